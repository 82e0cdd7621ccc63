// States what a map broker guarantees: channels that hold a value at each key, and delivery of their changes to this node.
import type { Payload, StreamPosition, WireClientInfo, WirePublication } from '@parley/protocol';
import type { StreamPart } from './broker.ts';

/** How a map is kept; the same for every call about one channel. Times in milliseconds. */
export interface MapStorage {
  /** Changes are appended to a stream. Without one all offsets are 0. */
  readonly hasStream: boolean;
  /** How long a key lives after it was last published; 0 is for ever. */
  readonly keyTtlMs: number;
  readonly streamSize: number;
  readonly streamTtlMs: number;
  /** How long offset and epoch outlive the last use; 0 is for ever. A map without a stream is forgotten when it is empty. */
  readonly metaTtlMs: number;
}

/** A value for a key. */
export interface NewMapEntry {
  readonly key: string;
  readonly data?: Payload;
  readonly info?: WireClientInfo;
  readonly tags?: Readonly<Record<string, string>>;
}

/** What else is to be known to set a key. The checks happen in the order of the members. */
export interface MapPublishSettings {
  readonly map: MapStorage;
  /** The same key in the same channel writes once within five minutes; then the first position is returned again. */
  readonly idempotencyKey?: string;
  /** Above 0: dropped when the key was set with this version or a higher one of the same `versionEpoch` ("" matches any). */
  readonly version?: number;
  readonly versionEpoch?: string;
  readonly keyMode?: 'if_new' | 'if_exists';
  /** With `if_new`: a key that is there lives on as if it had been published. */
  readonly renewsTtl?: boolean;
  /** Hand over the key's former value as well, for those who want only the difference. */
  readonly delta?: boolean;
  /** The key stands for a connection of this node: it is removed as well if the node dies while others live. */
  readonly endsWithNode?: boolean;
}

/** What else is to be known to remove a key. */
export interface MapRemoveSettings {
  readonly map: MapStorage;
  readonly idempotencyKey?: string;
  /** Tags of the removal instead of those of the value that it removes. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Why nothing was changed. */
export type MapSuppression = 'idempotency' | 'version' | 'key_exists' | 'key_not_found';

/** Where the map's stream stands after a write; `full`: there is no room for one more key, and nothing was changed. */
export type MapWritten =
  | { readonly ok: true; readonly position: StreamPosition; readonly suppressed?: MapSuppression }
  | { readonly ok: false; readonly problem: 'full' };

/** What to read of a map's state. */
export interface MapStateQuery {
  readonly map: MapStorage;
  /** 0: the position only; -1: everything. */
  readonly limit: number;
  /** Exclusive; "" begins at the first key. */
  readonly after: string;
  /** This key only. */
  readonly key?: string;
}

/** Part of a map's state, with the position of its stream at the same instant. */
export interface MapPage {
  /** In the byte order of their keys, each with the offset of its last change. */
  readonly entries: readonly WirePublication[];
  readonly position: StreamPosition;
  /** The last key of the page, "" if no key follows. */
  readonly cursor: string;
}

/** What to read of a map's stream. */
export interface MapStreamQuery {
  readonly map: MapStorage;
  /** 0: the position only; -1: everything. */
  readonly limit: number;
  /** Exclusive. Its epoch is not looked at: compare it with the position that comes back. */
  readonly since?: StreamPosition;
  /** Newest first, and before `since`. */
  readonly reverse?: boolean;
}

/**
 * A map broker. Arguments and results are plain data. Every method may fail with an error when the broker cannot be reached; then it
 * is unknown what was done.
 *
 * - A write changes the state, appends to the stream and hands over as one step: changes of a channel are delivered in the order of
 *   their offsets, which are gapless within an epoch. The state at offset n is what the changes up to n make of an empty map.
 * - A key that has expired is there until it is removed, at most about a second later; its removal is a change like any other.
 * - A read makes a map that is missing: it has an epoch, offset 0 and no keys.
 * - Changes are handed over through `BrokerEvents.onPublication`: a value with its `key`, a removal with `removed` and the `tags` of
 *   what it removed, both with `formerTags` where the tags are others than before (in the stream, too), and that the map was cleared as `isCleared` has it, with the new epoch.
 */
export interface MapBroker {
  /** From when this resolves, changes of the channel are delivered here. Calling it again is harmless. */
  subscribe(channel: string): Promise<void>;
  /** Ends deliveries. Harmless without a subscription. */
  unsubscribe(channel: string): Promise<void>;
  /** Sets a key. */
  publish(channel: string, entry: NewMapEntry, settings: MapPublishSettings): Promise<MapWritten>;
  /** Removes a key. */
  remove(channel: string, key: string, settings: MapRemoveSettings): Promise<MapWritten>;
  readState(channel: string, query: MapStateQuery): Promise<MapPage>;
  readStream(channel: string, query: MapStreamQuery): Promise<StreamPart>;
  /** Number of keys. */
  count(channel: string): Promise<number>;
  /** Drops keys and stream and gives the channel a new epoch. */
  clear(channel: string, map: MapStorage): Promise<void>;
}
