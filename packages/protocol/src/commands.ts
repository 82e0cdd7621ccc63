// Decides the shapes of what a client may ask over its connection (Centrifugo client protocol, Command).
import type { RawJson } from './raw-json.ts';
import type { StreamPosition } from './server-api.ts';

/** First command of a connection. `subs`: where server-side subscriptions stood, and channels asked for. */
export interface ConnectRequest {
  token: string;
  name: string;
  version: string;
  subs: ReadonlyMap<string, RecoveryWish>;
}

/** What a client knows about a stream. An empty epoch matches any. */
export interface RecoveryWish {
  recover: boolean;
  position: StreamPosition;
}

/** Asks for a subscription. `flag` bit 2: answer with error 112 instead of `recovered: false`. `type` 0 is a stream. */
export interface SubscribeRequest extends RecoveryWish {
  channel: string;
  token: string;
  positioned: boolean;
  recoverable: boolean;
  joinLeave: boolean;
  delta: string;
  flag: number;
  type: number;
}

/** Publishes into a channel. `data` is undefined when the client sent none. */
export interface PublishRequest {
  channel: string;
  data: RawJson | undefined;
  type: number;
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
  data: RawJson | undefined;
}

/** Renews a subscription's token. `type` 0; others belong to shared polling. */
export interface SubRefreshRequest {
  channel: string;
  token: string;
  type: number;
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
  send: { data: RawJson | undefined };
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
