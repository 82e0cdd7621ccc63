// Holds what the rest of the api asks of delivery; interfaces only.
import type { ApiError, Json, StreamPosition } from '@parley/protocol';

/** One thing to be done at the gateway. `key` makes doing it twice the same as doing it once, for five minutes. */
export type Delivery =
  | { kind: 'publish'; channel: string; data: Json; key: string }
  /** The same data to many channels; one that refuses does not keep the others from it. */
  | { kind: 'broadcast'; channels: readonly string[]; data: Json; key: string }
  /** Kept in no history and never repeated. */
  | { kind: 'ephemeral'; channel: string; data: Json }
  /** Ends the live subscriptions of a person to a channel. */
  | { kind: 'unsubscribe'; userId: string; channel: string };

/** What came of a delivery. `lost` counts the channels of a broadcast that refused. */
export type Delivered = { ok: true; lost: number } | { ok: false; error: ApiError };

/** The gateway as the domains see it. Everything rejects when the gateway cannot be reached. */
export interface Realtime {
  deliver(delivery: Delivery): Promise<Delivered>;
  /** Where a channel's stream stands now; null when the channel keeps no history. */
  position(channel: string): Promise<StreamPosition | null>;
}
