// Holds what is known of a map subscription while the client reads page after page, until it is live.
import type { Payload, StreamPosition } from '@parley/protocol';
import type { Subscription } from './subscription.ts';

/** A client on its way into a map. */
export interface CatchUp {
  readonly subscription: Subscription;
  /** Given to the client with the last reply. */
  readonly data: Payload | undefined;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Whether a page is being read at this moment. */
  isReading: boolean;
  /** Where the map stood at the first page of its state: what changed later is in the stream. Undefined: no page was read. */
  start: StreamPosition | undefined;
  /** Offset at which the stream stood at its first page: from there it is near enough to go live. Undefined: no page was read. */
  target: number | undefined;
}
