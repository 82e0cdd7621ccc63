// Holds the ports that operations and commands ask for; interfaces only.
import type { RateLimits } from './rate-limits/rate-limits.ts';
import type { RpcBackend } from './backend/rpc.ts';
import type { Clock, Random } from './clock.ts';
import type { GatewayConfig } from './config.ts';
import type { Broker } from './engine/broker.ts';
import type { Nodes } from './engine/nodes.ts';
import type { PresenceStore } from './engine/presence-store.ts';
import type { Connections } from './hub/connections.ts';
import type { Hub } from './hub/hub.ts';
import type { Log } from './log.ts';
import type { Namespaces } from './namespaces.ts';
import type { Session, SessionSettings } from './session/session.ts';
import type { SharedPolls } from './shared-poll/shared-polls.ts';
import type { Subscription } from './session/subscription.ts';
import type { TimerWheel } from './timer-wheel.ts';
import type { TokenGate } from './token-gate.ts';

/** What happened since the start; only ever counted up. */
export interface Counters {
  published: number;
  delivered: number;
  slowDisconnects: number;
  positionsLost: number;
  recoveriesOk: number;
  recoveriesFailed: number;
  authFailures: number;
  rateLimited: number;
}

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
  readonly presence: PresenceStore;
  readonly nodes: Nodes;
  readonly tokens: TokenGate;
  readonly counters: Counters;
  readonly wheel: Pick<TimerWheel<Session>, 'schedule' | 'cancel'>;
  readonly sessionSettings: SessionSettings;
  readonly rpc: RpcBackend | undefined;
  /** Undefined: nothing is limited. */
  readonly rateLimits: RateLimits | undefined;
  /** Undefined: there is no backend to ask. */
  readonly polls: SharedPolls<Subscription> | undefined;
}
