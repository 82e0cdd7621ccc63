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
import type { Hooks } from './hooks/hooks.ts';
import type { Hub } from './hub/hub.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Namespaces } from './namespaces.ts';
import type { RateLimits } from './rate-limits/rate-limits.ts';
import type { Revocations } from './revocations/store.ts';
import type { Session, SessionSettings } from './session/session.ts';
import type { SharedPolls } from './shared-poll/shared-polls.ts';
import type { Subscription } from './session/subscription.ts';
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
  /** Knows revocations, too. */
  readonly tokens: TokenGate;
  readonly metrics: Metrics;
  readonly revocations: Revocations;
  readonly wheel: Pick<TimerWheel<Session>, 'schedule' | 'cancel'>;
  readonly sessionSettings: SessionSettings;
  readonly backend: Backend;
  /** Which headers of a connect command stay with the connection. */
  readonly keepEmulatedHeaders: KeepHeaders<Headers | undefined>;
  readonly hooks: Pick<Hooks, 'connectionEnded' | 'subscriptionStarted' | 'subscriptionEnded' | 'counts'>;
  /** Undefined: nothing is limited. */
  readonly rateLimits: RateLimits | undefined;
  readonly polls: SharedPolls<Subscription>;
}
