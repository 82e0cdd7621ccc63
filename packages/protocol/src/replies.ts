// Decides the shapes of what a server sends over a connection (Centrifugo client protocol, Reply and Push).
import type { Disconnect } from './disconnects.ts';
import type { ReplyError } from './errors.ts';
import type { Payload } from './payload.ts';
import type { ClientInfo } from './server-api.ts';
import type { Unsubscribe } from './unsubscribes.ts';

/** Who published or is present, with payloads as they travel. */
export type WireClientInfo = ClientInfo<Payload>;

/**
 * A publication as clients see it. `offset` 0 means that it is not part of a stream; `epoch` only with offset 1 and from shared polls.
 * `data` is missing in removals and in entries of presence maps; with `delta` it is a patch. `key`: of a map or shared poll.
 */
export interface WirePublication {
  readonly data?: Payload;
  readonly info?: WireClientInfo;
  readonly offset: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly epoch?: string;
  readonly delta?: boolean;
  readonly key?: string;
  readonly removed?: boolean;
  readonly version?: number;
  /** Never written: tags of the value that it replaces at its key, if they are others than its own. */
  readonly formerTags?: Readonly<Record<string, string>>;
}

/** Expiry as clients read it: seconds until they must refresh. Absent if there is none. */
export interface Expiry {
  readonly ttl?: number;
}

/**
 * Answer to `subscribe`, and one entry of the connect result's `subs`. `type`, `phase`, `cursor` and `state` are of map subscriptions,
 * `type` of shared polls too. `delta`: payloads travel in the form of delta compression from now on. `publishDebounce` in
 * milliseconds.
 */
export interface SubscribeResult extends Expiry {
  readonly recoverable: boolean;
  readonly positioned: boolean;
  readonly epoch: string;
  readonly offset: number;
  readonly recovered: boolean;
  readonly wasRecovering: boolean;
  readonly publications: readonly WirePublication[];
  readonly data?: Payload;
  readonly delta?: boolean;
  readonly type?: number;
  readonly phase?: number;
  readonly cursor?: string;
  readonly state?: readonly WirePublication[];
  readonly publishDebounce?: number;
}

/** Answer to `connect`. `ping` in seconds; `session` and `node` only on transports whose commands come in requests of their own. */
export interface ConnectResult extends Expiry {
  readonly client: string;
  readonly version: string;
  readonly subs: ReadonlyMap<string, SubscribeResult>;
  readonly ping: number;
  readonly pong: boolean;
  readonly data?: Payload;
  readonly session?: string;
  readonly node?: string;
  /** Unix milliseconds; only where configured. */
  readonly time?: number;
}

/** Answer to `history`. */
export interface HistoryResult {
  readonly publications: readonly WirePublication[];
  readonly offset: number;
  readonly epoch: string;
}

/** The result of each command; `send` has none. */
export interface Results {
  connect: ConnectResult;
  subscribe: SubscribeResult;
  unsubscribe: Record<string, never>;
  publish: Record<string, never>;
  presence: { readonly presence: ReadonlyMap<string, WireClientInfo> };
  presence_stats: { readonly num_clients: number; readonly num_users: number };
  history: HistoryResult;
  rpc: { readonly data?: Payload };
  refresh: Expiry;
  sub_refresh: Expiry & { readonly items?: readonly WirePublication[] };
}

/** Name of a command that is answered. */
export type ResultName = keyof Results;

/** A reply: the result of a command, or its refusal. */
export type Reply =
  | { [Name in ResultName]: { readonly id: number; readonly name: Name; readonly result: Results[Name] } }[ResultName]
  | { readonly id: number; readonly name: 'error'; readonly error: ReplyError };

/** What the server sends without being asked. */
export type Push =
  | { readonly name: 'pub'; readonly channel: string; readonly pub: WirePublication }
  | { readonly name: 'join' | 'leave'; readonly channel: string; readonly info: WireClientInfo }
  | { readonly name: 'unsubscribe'; readonly channel: string; readonly unsubscribe: Unsubscribe }
  | {
      readonly name: 'subscribe';
      readonly channel: string;
      readonly subscribe: Pick<SubscribeResult, 'recoverable' | 'positioned' | 'epoch' | 'offset' | 'data'>;
    }
  | { readonly name: 'refresh'; readonly refresh: Expiry }
  | { readonly name: 'message'; readonly data: Payload }
  | { readonly name: 'disconnect'; readonly disconnect: Disconnect };
