// States what a broker guarantees: streams with offsets, and delivery of publications to this node.
import type { Payload, StreamPosition, WireClientInfo, WirePublication } from '@parley/protocol';
import type { Arrived } from '../hub/delivery.ts';

/** What somebody wants to publish. */
export interface NewPublication {
  readonly data: Payload;
  readonly info?: WireClientInfo;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Where a publication stands; `suppressed` says why it was not made: then it is where the stream stands. */
export interface Published extends StreamPosition {
  readonly suppressed?: 'idempotency' | 'version';
}

/** How a publication is kept. Times in milliseconds. */
export interface PublishSettings {
  /** Undefined: the publication is not part of a stream and has offset 0. */
  readonly history?: HistorySettings;
  /** The same key in the same channel publishes once within five minutes; then the first result is returned again. */
  readonly idempotencyKey?: string;
  /** Above 0: dropped when the stream has this version or a higher one of the same `versionEpoch` ("" matches any). */
  readonly version?: number;
  readonly versionEpoch?: string;
  /** Hand over what stood before it in the stream as well, for those who want only the difference. */
  readonly delta?: boolean;
}

/** How long a stream is and how long it lives. */
export interface HistorySettings {
  readonly size: number;
  readonly ttlMs: number;
  /** How long offset and epoch survive without reads and writes. */
  readonly metaTtlMs: number;
}

/** What to read of a stream. */
export interface HistoryQuery {
  /** 0: the position only; -1: everything. */
  readonly limit: number;
  /** Exclusive. Its epoch is not looked at: compare it with the position that comes back. */
  readonly since?: StreamPosition;
  /** Newest first, and before `since`. */
  readonly reverse?: boolean;
  readonly metaTtlMs: number;
}

/** Part of a stream, with the stream's position at the same instant. */
export interface StreamPart {
  readonly publications: readonly WirePublication[];
  readonly position: StreamPosition;
}

/** Where a broker hands over what arrives for channels that this node subscribed. */
export interface BrokerEvents {
  onPublication(channel: string, arrived: Arrived): void;
  onJoin(channel: string, info: WireClientInfo): void;
  onLeave(channel: string, info: WireClientInfo): void;
}

/**
 * A broker. Every method may fail with an error when the broker cannot be reached; then it is unknown what was done.
 *
 * - `publish` numbers, stores and hands over as one step: two publications of a channel are delivered in the order of
 *   their offsets, which are gapless within an epoch. A read that returns position n is followed only by deliveries
 *   above n or of what it contained.
 * - What was delivered before a node subscribed is not delivered again; `history` has it.
 */
export interface Broker {
  /** From when this resolves, deliveries of the channel arrive here. Calling it again is harmless. */
  subscribe(channel: string): Promise<void>;
  /** Ends deliveries. Harmless without a subscription. */
  unsubscribe(channel: string): Promise<void>;
  /** @returns the position of the publication, or the stream's when it was dropped; zeros without a stream */
  publish(channel: string, publication: NewPublication, settings: PublishSettings): Promise<Published>;
  publishJoin(channel: string, info: WireClientInfo): Promise<void>;
  publishLeave(channel: string, info: WireClientInfo): Promise<void>;
  /** Reads a stream. A first read makes it: it has an epoch and offset 0. */
  history(channel: string, query: HistoryQuery): Promise<StreamPart>;
  /** Drops what is stored; offset and epoch stay. */
  removeHistory(channel: string): Promise<void>;
}
