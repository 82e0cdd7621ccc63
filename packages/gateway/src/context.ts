// Holds the ports that operations and commands ask for; interfaces only.
import type { Backend } from './backend/backend.ts';
import type { Headers, KeepHeaders } from './backend/headers.ts';
import type { Clock, Random } from './clock.ts';
import type { GatewayConfig } from './config.ts';
import type { Broker } from './engine/broker.ts';
import type { MapBroker } from './engine/map-broker.ts';
import type { Nodes } from './engine/nodes.ts';
import type { PresenceStore } from './engine/presence-store.ts';
import type { Connections } from './hub/connections.ts';
import type { Hub } from './hub/hub.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Namespaces } from './namespaces.ts';
import type { Session, SessionSettings } from './session/session.ts';
import type { TimerWheel } from './timer-wheel.ts';
import type { TokenGate } from './token-gate.ts';

/** Who this process is. `startedAt` in Unix milliseconds. */
export interface NodeIdentity {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly startedAt: number;
}

/** Everything that operations may ask for; each takes the whole and uses little. */
export interface GatewayContext {
  readonly node: NodeIdentity;
  readonly config: GatewayConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly namespaces: Namespaces;
  readonly hub: Hub;
  readonly connections: Connections<Session>;
  readonly broker: Broker;
  readonly mapBroker: MapBroker;
  readonly presence: PresenceStore;
  readonly nodes: Nodes;
  readonly tokens: TokenGate;
  readonly metrics: Metrics;
  readonly wheel: Pick<TimerWheel<Session>, 'schedule' | 'cancel'>;
  readonly sessionSettings: SessionSettings;
  readonly backend: Backend;
  /** Which headers of a connect command stay with the connection. */
  readonly keepEmulatedHeaders: KeepHeaders<Headers | undefined>;
}
