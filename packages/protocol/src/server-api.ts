// Decides the shapes of the server API: what a backend may ask a gateway, in process or over HTTP (Centrifugo v6).
import type { Override } from './override.ts';

/** Raw JSON as it travels: carried, never looked into. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Where a stream stands. `offset` counts from 1; `epoch` names one life of the stream. */
export interface StreamPosition {
  offset: number;
  epoch: string;
}

/**
 * Who is connected: `user` is "" for anonymous, `conn_info` and `chan_info` come from the tokens. `Data` says how the
 * payloads are held: as values (a backend in this process), or as text that is never printed again (`RawJson`).
 */
export interface ClientInfo<Data = Json> {
  user: string;
  client: string;
  conn_info?: Data;
  chan_info?: Data;
}

/** Options that `publish` and `broadcast` share. */
export interface PublishOptions<Data = Json> {
  data: Data;
  skip_history?: boolean;
  tags?: Record<string, string>;
  /** The same key in the same channel within five minutes publishes once and returns the first result. */
  idempotency_key?: string;
  /** Above 0: dropped silently when the stream has seen this version or a higher one. Needs history. */
  version?: number;
  version_epoch?: string;
  /** Subscribers that negotiated delta compression get the difference to the publication before. Needs history. */
  delta?: boolean;
}

/** An error as the server API answers it, always beside HTTP status 200. */
export interface ApiError {
  code: number;
  message: string;
}

/** Every method of the server API with its parameters and its result; times are Unix seconds. */
export interface ServerApiMethods<Data = Json> {
  publish: { params: PublishOptions<Data> & { channel: string }; result: StreamPosition };
  broadcast: {
    params: PublishOptions<Data> & { channels: string[] };
    result: { responses: ApiReply<StreamPosition>[] };
  };
  subscribe: {
    params: {
      user: string;
      channel: string;
      client?: string;
      session?: string;
      expire_at?: number;
      info?: Data;
      data?: Data;
      recover_since?: StreamPosition;
      override?: Override;
    };
    result: Record<string, never>;
  };
  /** `channel` "" means every channel. */
  unsubscribe: {
    params: { user: string; channel: string; client?: string; session?: string };
    result: Record<string, never>;
  };
  disconnect: {
    params: {
      user: string;
      client?: string;
      session?: string;
      whitelist?: string[];
      disconnect?: { code: number; reason: string };
    };
    result: Record<string, never>;
  };
  refresh: {
    params: { user: string; client?: string; session?: string; expired?: boolean; expire_at?: number; info?: Data };
    result: Record<string, never>;
  };
  presence: { params: { channel: string }; result: { presence: Record<string, ClientInfo<Data>> } };
  presence_stats: { params: { channel: string }; result: { num_clients: number; num_users: number } };
  /** `limit` 0 returns the position only, -1 all. */
  history: {
    params: { channel: string; limit?: number; since?: StreamPosition; reverse?: boolean };
    result: { publications: ApiPublication<Data>[]; offset: number; epoch: string };
  };
  history_remove: { params: { channel: string }; result: Record<string, never> };
  /** Sets a key; with `key_mode` only if it is not there, or is. `data` may be left out, as in maps that only say who is there. */
  map_publish: {
    params: Omit<PublishOptions<Data>, 'data' | 'skip_history'> & {
      channel: string;
      key: string;
      data?: Data;
      key_mode?: 'if_new' | 'if_exists';
    };
    result: MapWriteAnswer;
  };
  map_remove: { params: { channel: string; key: string; idempotency_key?: string }; result: MapWriteAnswer };
  /**
   * `limit` 0 returns the position only, -1 all; keys come in byte order after `cursor`, or `key` alone. With a revision: entries that
   * changed later are left out, and another epoch is error 112. `asc` changes nothing: there is one order.
   */
  map_read_state: {
    params: {
      channel: string;
      cursor?: string;
      limit?: number;
      key?: string;
      asc?: boolean;
      revision_offset?: number;
      revision_epoch?: string;
    };
    result: { entries: MapEntry<Data>[]; offset: number; epoch: string; cursor?: string };
  };
  /** `limit` 0 returns the position only, -1 all. */
  map_read_stream: {
    params: { channel: string; since_offset?: number; since_epoch?: string; limit?: number; reverse?: boolean };
    result: { entries: MapEntry<Data>[]; offset: number; epoch: string };
  };
  map_stats: { params: { channel: string }; result: { num_keys: number } };
  map_clear: { params: { channel: string }; result: Record<string, never> };
  channels: { params: { pattern?: string }; result: { channels: Record<string, { num_clients: number }> } };
  info: { params: Record<string, never>; result: { nodes: NodeInfo[] } };
  /** Connections in pages; `user` and `channel` narrow. `limit` 0 is 100; the cursor of a page begins the next one. */
  connections: {
    params: { user?: string; channel?: string; cursor?: string; limit?: number; with_channels?: boolean };
    result: { connections: Record<string, ConnectionInfo>; cursor?: string };
  };
  /** Ends what came in with the token of this id (`jti`), and lets it in no more until `expire_at`. */
  revoke_token: { params: { uid: string; expire_at?: number }; result: Record<string, never> };
  /**
   * The same for tokens that were issued before a time (by default: now) to a user, or with `all_users` to everybody; with `channel`
   * only those that subscribe it.
   */
  invalidate_user_tokens: {
    params: { user: string; all_users?: boolean; channel?: string; issued_before?: number; expire_at?: number };
    result: Record<string, never>;
  };
  /** Gives a key of a shared poll, with a version above 0, to those who track it; another `epoch` makes all versions void. */
  shared_poll_publish: {
    params: { channel: string; key: string; data: Data; version: number; epoch?: string };
    result: Record<string, never>;
  };
}

/** A publication as the server API's history returns it. */
export interface ApiPublication<Data = Json> {
  data?: Data;
  info?: ClientInfo<Data>;
  offset?: number;
  tags?: Record<string, string>;
}

/** One connection; times in Unix seconds. `expire_at`: when it ends unless it is refreshed. */
export interface ConnectionInfo {
  client: string;
  user: string;
  transport: string;
  protocol: string;
  app_name?: string;
  app_version?: string;
  connected_at: number;
  expire_at?: number;
  token_uid?: string;
  token_issued_at?: number;
  num_channels: number;
  channels?: string[];
}

/** Where a map's stream stands after a write, and why nothing was written, if so. */
export interface MapWriteAnswer extends StreamPosition {
  suppressed?: boolean;
  suppress_reason?: string;
}

/** A key of a map, or one of its changes: `removed` without `data`. */
export interface MapEntry<Data = Json> {
  key: string;
  data?: Data;
  tags?: Record<string, string>;
  offset?: number;
  removed?: boolean;
}

/** One gateway process; `uptime` in seconds. `metrics`: what was counted in the last full `interval`, in seconds. */
export interface NodeInfo {
  uid: string;
  name: string;
  version: string;
  num_clients: number;
  num_users: number;
  num_subs: number;
  num_channels: number;
  uptime: number;
  metrics?: { interval: number; items: Readonly<Record<string, number>> };
}

/** The name of a server API method. */
export type ServerApiMethod = keyof ServerApiMethods;

/** What a method answers: a result or an error, never both. */
export type ApiReply<Result> = { result: Result; error?: never } | { error: ApiError; result?: never };

/**
 * A gateway as its backend sees it, wherever it runs. Refusals are answers (`error`); a call rejects only when the
 * gateway cannot be reached, and then it is unknown whether it was carried out.
 */
export interface ServerApi {
  call<M extends ServerApiMethod>(
    method: M,
    params: ServerApiMethods[M]['params'],
  ): Promise<ApiReply<ServerApiMethods[M]['result']>>;
}
