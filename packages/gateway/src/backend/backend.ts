// States what the gateway asks the application for, and how the application may answer; plain data both ways.
import type { Disconnect, Override, Payload, ReplyError, StreamPosition } from '@parley/protocol';
import type { GrantedSub } from '../token-gate.ts';

/** The connection in whose name the application is asked. */
export interface Caller {
  readonly client: string;
  /** Name of the transport, as `websocket` or `uni_sse`. */
  readonly transport: string;
  readonly protocol: 'json' | 'protobuf';
  /** "" is anonymous, and whoever is still connecting. */
  readonly user: string;
  /** What the application gave at connect, or the token; clients never see it. */
  readonly meta: Payload | undefined;
  /** Headers of the connection's HTTP request, by lower-case name; as many as some proxy forwards. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** Headers that the client put into its connect command, likewise. Nobody checked them: the client may write what it likes. */
  readonly emulatedHeaders: Readonly<Record<string, string>> | undefined;
}

/**
 * The application's answer. Error codes of applications are 400 to 1999, disconnect codes 4000 to 4999. Without a result: what the channel's
 * options say; nobody in particular for `connect`; over for `refresh` and `subRefresh`.
 */
export type BackendAnswer<Result> =
  | { readonly ok: true; readonly result?: Result | undefined }
  | { readonly ok: false; readonly error: ReplyError; readonly disconnect?: never }
  | { readonly ok: false; readonly disconnect: Disconnect; readonly error?: never };

/** Who connects. `channels` are those that the client names in its command. */
export interface ConnectCall extends Caller {
  readonly data: Payload | undefined;
  readonly name: string;
  readonly version: string;
  readonly channels: readonly string[];
}

/** Who it is. `expireAt` in Unix seconds; absent, 0 or negative: never. `subs` and `channels` are subscribed by the server. */
export interface ConnectGrant {
  readonly user: string;
  readonly expireAt?: number;
  readonly info?: Payload;
  /** For the client, with the reply. */
  readonly data?: Payload;
  readonly meta?: Payload;
  readonly channels?: readonly string[];
  readonly subs?: Readonly<Record<string, GrantedSub>>;
}

/** How a connection or a subscription goes on. `expireAt` as in `ConnectGrant`; `info` and `meta` replace what was there. */
export interface Renewal {
  readonly expired?: boolean;
  readonly expireAt?: number;
  readonly info?: Payload;
  readonly meta?: Payload;
}

/** Who wants which channel, with the data of the command. */
export interface SubscribeCall extends Caller {
  readonly channel: string;
  readonly token: string;
  readonly data: Payload | undefined;
}

/** What the subscription is to be. `expireAt` as in `ConnectGrant`. */
export interface SubscribeGrant {
  readonly expireAt?: number;
  /** Shown to others in the channel. */
  readonly info?: Payload;
  /** For the client, with the reply. */
  readonly data?: Payload;
  readonly override?: Override;
}

/** Who wants to publish what. */
export interface PublishCall extends Caller {
  readonly channel: string;
  readonly data: Payload;
}

/** How it is to be published. What is absent is as the client sent it and the channel has it. */
export interface PublishGrant extends KeepingOptions {
  readonly data?: Payload;
  readonly skipHistory?: boolean;
}

interface KeepingOptions {
  readonly tags?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
  readonly delta?: boolean;
  readonly version?: number;
  readonly versionEpoch?: string;
}

/** Which subscription is at its end. */
export interface SubRefreshCall extends Caller {
  readonly channel: string;
}

/** A call of a method. Nothing in it was checked but the connection. `data` is undefined if the client sent none. */
export interface RpcCall extends Caller {
  readonly method: string;
  readonly data: Payload | undefined;
}

/** Who wants to set a key of a map. */
export interface MapPublishCall extends Caller {
  readonly channel: string;
  readonly key: string;
  readonly data: Payload | undefined;
}

/** How the key is to be set. Without `key`, the requested one. */
export interface MapPublishGrant extends KeepingOptions {
  readonly key?: string;
  readonly data?: Payload;
  readonly keyMode?: 'if_new' | 'if_exists';
}

/** Who wants to remove a key of a map. */
export interface MapRemoveCall extends Caller {
  readonly channel: string;
  readonly key: string;
}

/** How the key is to be removed. Without `key`, the requested one. */
export type MapRemoveGrant = Pick<MapPublishGrant, 'key' | 'tags' | 'idempotencyKey'>;

/** Keys of a shared poll with the versions that are known; 0 is none. */
export interface SharedPollCall {
  readonly channel: string;
  readonly items: readonly { readonly key: string; readonly version: number }[];
}

/** What the application says about keys. `version` 0: it has no versions. A key that is missing has not changed. */
export interface SharedPollItem {
  readonly key: string;
  readonly version: number;
  readonly data?: Payload;
  readonly prevData?: Payload;
  readonly removed?: boolean;
}

/** The answer to a poll; another epoch voids what is known. */
export interface SharedPollGrant {
  readonly items: readonly SharedPollItem[];
  readonly epoch: StreamPosition['epoch'];
}

/** What happened. `id` is the same when it is told again; its last number grows by one within a hook and proxy. */
interface HookEvent {
  readonly id: string;
  /** Unix milliseconds. */
  readonly timeMs: number;
}

/** A connection that ended, or with `channel` a subscription; codes as the client was told, 0 and 1 for what it did itself. */
export interface EndedEvent extends HookEvent {
  readonly channel?: string;
  readonly client: string;
  readonly user: string;
  readonly transport: string;
  readonly protocol: 'json' | 'protobuf';
  readonly code: number;
  readonly reason: string;
  readonly meta: Payload | undefined;
}

/** A channel got its first subscriber on a node, or lost its last. `reset`: what the application knew of the node is void. */
export interface ChannelStateEvent extends HookEvent {
  readonly node: string;
  readonly type: 'reset' | 'occupied' | 'vacated';
  /** "" for `reset`. */
  readonly channel: string;
}

/** What happened, oldest first. An answer that is no error says that all of it was taken; else all of it is told again. */
export interface EventsCall<Event> {
  readonly events: readonly Event[];
}

/** Every question with its answer. */
export interface BackendEvents {
  connect: { readonly call: ConnectCall; readonly result: ConnectGrant };
  refresh: { readonly call: Caller; readonly result: Renewal };
  subscribe: { readonly call: SubscribeCall; readonly result: SubscribeGrant };
  publish: { readonly call: PublishCall; readonly result: PublishGrant };
  subRefresh: { readonly call: SubRefreshCall; readonly result: Renewal };
  rpc: { readonly call: RpcCall; readonly result: { readonly data?: Payload } };
  mapPublish: { readonly call: MapPublishCall; readonly result: MapPublishGrant };
  mapRemove: { readonly call: MapRemoveCall; readonly result: MapRemoveGrant };
  disconnect: { readonly call: EventsCall<EndedEvent>; readonly result: Record<string, never> };
  unsubscribe: { readonly call: EventsCall<EndedEvent>; readonly result: Record<string, never> };
  channelState: { readonly call: EventsCall<ChannelStateEvent>; readonly result: Record<string, never> };
  sharedPollRefresh: { readonly call: SharedPollCall; readonly result: SharedPollGrant };
}

/** Name of a question. */
export type BackendEvent = keyof BackendEvents;

/** Asks one question of the application that `proxy` names. */
export type Ask<Event extends BackendEvent> = (
  proxy: string,
  call: BackendEvents[Event]['call'],
) => Promise<BackendAnswer<BackendEvents[Event]['result']>>;

/**
 * The application, wherever it runs. `proxy` is the name of the proxy in the configuration, "default" unless a namespace chose another. A call
 * rejects, with `BackendUnavailable` where that is known, when there is no answer that can be read; then it is unknown whether the application
 * acted on it.
 */
export type Backend = { readonly [Event in BackendEvent]: Ask<Event> };

/** An application in the same process; it answers what the configuration asks of `in-process:`. */
export type Application = Partial<Backend>;

/** No answer, or none that can be read. The message names the proxy by its option and holds nothing of the endpoint, the call or the answer. */
export class BackendUnavailable extends Error {
  readonly code = 'BACKEND_UNAVAILABLE';
}
