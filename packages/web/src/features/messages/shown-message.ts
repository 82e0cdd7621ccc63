// Decides the one form in which the room shows a message, whether it is stored, on its way or refused.
import type { ProblemCode, UserSummary } from '@parley/contract';

/** Why a message was not sent: `code` is undefined when no server answered. */
export type FailureReason = { code: ProblemCode | undefined; title: string; requestId: string | undefined };

/** Where a message stands between the composer and the log. */
export type Delivery = { state: 'pending' } | { state: 'sent' } | { state: 'failed'; reason: FailureReason };

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
