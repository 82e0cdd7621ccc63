// Decides the one form in which the room shows a message, whether it is stored, on its way or refused.
import type { SendFailure } from '@parley/client';
import type { UserSummary } from '@parley/contract';

/** Where a message stands between the composer and the log. */
export type Delivery = { state: 'pending' } | { state: 'sent' } | { state: 'failed'; reason: SendFailure };

/**
 * A message as a row shows it. `key` stays the same from the optimistic row to the stored one, so that the row is
 * never replaced; `id` and `seq` are there once the server has stored it. Times are RFC 3339.
 */
export type ShownMessage = {
  key: string;
  clientMessageId: string;
  id: string | undefined;
  seq: number | undefined;
  author: UserSummary;
  text: string;
  createdAt: string;
  isEdited: boolean;
  isDeleted: boolean;
  delivery: Delivery;
};
