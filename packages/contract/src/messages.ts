// Decides the bodies of the message endpoints: sending, editing, deleting, paging, catching up.
import { z } from 'zod';
import { Cursor, Id, Limit, PlainText, Sequence, Time, pageOf } from './ids.ts';
import { UserSummary } from './identity.ts';

/** Greatest length of a message, in UTF-16 code units. */
export const MESSAGE_MAX_LENGTH = 8_000;

const Text = PlainText.min(1)
  .max(MESSAGE_MAX_LENGTH)
  .refine((text) => text.trim() !== '', 'must not be blank');

/**
 * A message. `seq` numbers the messages of a room 1, 2, 3 … without gaps. `revision` is the number of the room's
 * change that last touched it. A deleted message stays as a tombstone: `text` is empty and `deletedAt` is set.
 */
export const Message = z.object({
  id: Id,
  roomId: Id,
  seq: Sequence,
  revision: Sequence,
  author: UserSummary,
  clientMessageId: z.string(),
  text: z.string(),
  createdAt: Time,
  editedAt: Time.nullable(),
  deletedAt: Time.nullable(),
});
/** See {@link Message}. */
export type Message = z.infer<typeof Message>;

/**
 * Sends a message. `clientMessageId` is chosen by the sender and unique per author for ever: sending it again
 * returns the first message with status 200 instead of 201, whatever the text.
 */
export const MessageSend = z.strictObject({
  clientMessageId: z
    .string()
    .min(8)
    .max(64)
    .regex(/^[A-Za-z0-9_-]+$/),
  text: Text,
});
/** See {@link MessageSend}. */
export type MessageSend = z.infer<typeof MessageSend>;

/** Replaces the text of one's own message. */
export const MessageEdit = z.strictObject({ text: Text });
/** See {@link MessageEdit}. */
export type MessageEdit = z.infer<typeof MessageEdit>;

/**
 * Which page of messages: at most one of `before`, `after` (cursors of an earlier page) and `around` (a message id).
 * Without any, the newest. Pages are ascending by `seq`.
 */
export const MessageQuery = z
  .strictObject({ limit: Limit, before: Cursor.optional(), after: Cursor.optional(), around: Id.optional() })
  .refine(
    (query) => [query.before, query.after, query.around].filter((value) => value !== undefined).length <= 1,
    'give at most one of before, after and around',
  );
/** See {@link MessageQuery}. */
export type MessageQuery = z.input<typeof MessageQuery>;

/** A page of messages, ascending by `seq`. `page.prev` leads to older ones, `page.next` to newer ones. */
export const MessagePage = pageOf(Message);
/** See {@link MessagePage}. */
export type MessagePage = z.infer<typeof MessagePage>;

/** Asks for everything that changed in a room after `since` (a revision; 0 for all). */
export const ChangesQuery = z.strictObject({ since: z.coerce.number().pipe(Sequence).default(0), limit: Limit });
/** See {@link ChangesQuery}. */
export type ChangesQuery = z.input<typeof ChangesQuery>;

/**
 * What changed in a room: each message that was created, edited or deleted after `since`, in its present state,
 * ascending by `revision`, at most `limit`. `revision` is the room's newest; `hasMore` asks to come again with
 * `since` = the last message's revision. `position` is the channel's stream position, read before the rows, so that
 * a subscription recovering from it misses nothing; null when none is known, because the channel keeps no history or
 * the gateway does not answer now: subscribe first then, and ask for changes once more.
 */
export const Changes = z.object({
  messages: z.array(Message),
  revision: Sequence,
  lastSeq: Sequence,
  hasMore: z.boolean(),
  position: z.object({ offset: z.number().int().min(0), epoch: z.string() }).nullable(),
});
/** See {@link Changes}. */
export type Changes = z.infer<typeof Changes>;
