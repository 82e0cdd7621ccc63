// Decides the shapes of what a client may ask over its connection (Centrifugo client protocol, Command).
import type { Payload } from './payload.ts';
import type { StreamPosition } from './server-api.ts';

/**
 * First command of a connection. `subs`: where server-side subscriptions stood, and channels asked for. `data` and `headers` are for
 * the application's backend; `headers` stand in for HTTP headers that a browser cannot set.
 */
export interface ConnectRequest {
  token: string;
  name: string;
  version: string;
  data: Payload | undefined;
  headers: Readonly<Record<string, string>> | undefined;
  subs: ReadonlyMap<string, ServerSubWish>;
}

/** What a client knows about a server-side subscription. `delta` as in `SubscribeRequest`. */
export interface ServerSubWish extends RecoveryWish {
  delta: string;
}

/** What a client knows about a stream. An empty epoch matches any. */
export interface RecoveryWish {
  recover: boolean;
  position: StreamPosition;
}

/**
 * A tree of conditions on a publication's tags. `op` "" is a leaf with `cmp`, `key` and `val` or `vals`; `and`, `or`, `not` have
 * `nodes`. Nothing is checked here but the types.
 */
export interface FilterNode {
  op: string;
  key: string;
  cmp: string;
  val: string;
  vals: readonly string[];
  nodes: readonly FilterNode[];
}

/** What `type` of a subscribe means. */
export const subscriptionTypes = { stream: 0, map: 1, mapClients: 2, mapUsers: 3, sharedPoll: 4 } as const;

/** What `phase` of a map subscribe means, in requests and replies. */
export const mapPhases = { live: 0, stream: 1, state: 2 } as const;

/**
 * Asks for a subscription, or for the next page of a map's state or stream. `flag` bit 2: answer with error 112 instead of
 * `recovered: false`. `type` as in `subscriptionTypes`, `phase` as in `mapPhases`; `limit` 0 is the channel's page size.
 */
export interface SubscribeRequest extends RecoveryWish {
  channel: string;
  token: string;
  positioned: boolean;
  recoverable: boolean;
  joinLeave: boolean;
  delta: string;
  flag: number;
  type: number;
  data: Payload | undefined;
  tf: FilterNode | undefined;
  phase: number;
  cursor: string;
  limit: number;
  asc: boolean;
}

/**
 * Publishes into a channel. `data` is undefined when the client sent none. `type` 1 sets or removes (`removed`) the `key` of a map.
 */
export interface PublishRequest {
  channel: string;
  data: Payload | undefined;
  type: number;
  key: string;
  removed: boolean;
}

/** Reads a channel's history. `limit` 0 asks for the position only, below 0 for as much as the server allows. */
export interface HistoryRequest {
  channel: string;
  limit: number;
  since: StreamPosition | undefined;
  reverse: boolean;
}

/** Calls a method of the application. */
export interface RpcRequest {
  method: string;
  data: Payload | undefined;
}

/** Keys that a client tracks, signed by its backend; `version` is what it has, 0 for nothing. */
export interface TrackBatch {
  signature: string;
  items: readonly { key: string; version: number }[];
}

/** What `type` of a sub_refresh means. */
export const subRefreshTypes = { token: 0, track: 1, untrack: 2 } as const;

/** Renews a subscription's token, or says which keys of a shared poll are wanted and which no more. */
export interface SubRefreshRequest {
  channel: string;
  token: string;
  type: number;
  track: readonly TrackBatch[];
  untrack: readonly string[];
}

/** The request of each command, in the order in which the first one present wins. */
export interface Requests {
  connect: ConnectRequest;
  subscribe: SubscribeRequest;
  unsubscribe: { channel: string };
  publish: PublishRequest;
  presence: { channel: string };
  presence_stats: { channel: string };
  history: HistoryRequest;
  rpc: RpcRequest;
  send: { data: Payload | undefined };
  refresh: { token: string };
  sub_refresh: SubRefreshRequest;
}

/** Name of a command as it stands on the wire. */
export type CommandName = keyof Requests;

/** A command with the id that its reply repeats (0 only for `send`). */
export type Command = {
  [Name in CommandName]: { readonly id: number; readonly name: Name; readonly request: Requests[Name] };
}[CommandName];

/** What a piece of a frame turned out to be: a command, the answer to a ping, or nothing that we can read. */
export type Incoming = Command | { readonly name: 'pong' } | { readonly name: 'malformed' };
