// Decides the statements about messages and the sequences that number them.
import type { RoomRole } from '@parley/contract';
import { sql, type Transaction } from 'kysely';
import type { Query } from '../../db/database.ts';
import type { MessageRow, Tables } from '../../db/schema.ts';
import type { AuthoredRow } from './present.ts';

function authored(query: Query) {
  return query
    .selectFrom('messages as m')
    .innerJoin('users as u', 'u.id', 'm.author_id')
    .selectAll('m')
    .select('u.name as author_name');
}

/** The message that an author has sent under an id of their own, in whatever room. */
export async function findSent(
  query: Query,
  authorId: string,
  clientMessageId: string,
): Promise<AuthoredRow | undefined> {
  return authored(query)
    .where('m.author_id', '=', authorId)
    .where('m.client_message_id', '=', clientMessageId)
    .executeTakeFirst();
}

/** One message of a room. */
export async function findMessage(query: Query, roomId: string, messageId: string): Promise<AuthoredRow | undefined> {
  return authored(query).where('m.id', '=', messageId).where('m.room_id', '=', roomId).executeTakeFirst();
}

/** The numbers that a change of a room gets, and what policies want to know of the room. */
export interface Advanced {
  seq: number;
  revision: number;
  is_private: number;
}

/**
 * Takes the next number of a room's changes, and of its messages if asked to. The room stays locked until the
 * transaction ends, so numbers have no gaps and are committed in their order.
 *
 * @returns undefined when there is no such room
 */
export async function advanceRoom(
  query: Transaction<Tables>,
  roomId: string,
  by: { messages: 0 | 1 },
): Promise<Advanced | undefined> {
  return query
    .updateTable('rooms')
    .set((eb) => ({ last_seq: eb('last_seq', '+', by.messages), revision: eb('revision', '+', 1) }))
    .where('id', '=', roomId)
    .returning(['last_seq as seq', 'revision', 'is_private'])
    .executeTakeFirst();
}

/**
 * Stores a message.
 *
 * @returns false, with nothing stored, when its author has used the client's id before
 */
export async function insertMessage(query: Transaction<Tables>, message: MessageRow): Promise<boolean> {
  const inserted = await query
    .insertInto('messages')
    .values(message)
    .onConflict((conflict) => conflict.columns(['author_id', 'client_message_id']).doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

/**
 * Moves a person's read pointer to their own message.
 *
 * @returns their role in the room as of now; undefined, with nothing moved, for somebody who is no member
 */
export async function readOwn(
  query: Transaction<Tables>,
  about: { roomId: string; userId: string; seq: number },
): Promise<RoomRole | undefined> {
  const moved = await query
    .updateTable('memberships')
    .set({ read_seq: about.seq })
    .where('room_id', '=', about.roomId)
    .where('user_id', '=', about.userId)
    .returning('role')
    .executeTakeFirst();
  return moved?.role;
}

/**
 * Writes a new state of a message.
 *
 * @returns the row as it is now; undefined, with nothing written, when it has been deleted
 */
export async function rewriteMessage(
  query: Transaction<Tables>,
  messageId: string,
  state: Pick<MessageRow, 'text' | 'revision'> & ({ edited_at: number } | { deleted_at: number }),
): Promise<MessageRow | undefined> {
  return query
    .updateTable('messages')
    .set(state)
    .where('id', '=', messageId)
    .where('deleted_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
}

/** Messages whose number lies in `from` … `to`, both included, ascending; the newest or oldest `limit` of them. */
export async function messagesBetween(
  query: Query,
  roomId: string,
  range: { from: number; to: number; limit: number; end: 'oldest' | 'newest' },
): Promise<AuthoredRow[]> {
  const rows = await authored(query)
    .where('m.room_id', '=', roomId)
    .where('m.seq', '>=', range.from)
    .where('m.seq', '<=', range.to)
    .orderBy('m.seq', range.end === 'oldest' ? 'asc' : 'desc')
    .limit(range.limit)
    .execute();
  return range.end === 'oldest' ? rows : rows.toReversed();
}

/** Up to `limit` messages around one, ascending; none when the room has no such message. */
export async function messagesAround(
  query: Query,
  roomId: string,
  about: { messageId: string; limit: number },
): Promise<AuthoredRow[]> {
  const before = Math.floor(about.limit / 2);
  return authored(query)
    .where('m.room_id', '=', roomId)
    .where(
      sql<boolean>`m.seq >= (select t.seq - ${sql.lit(before)} from messages as t
        where t.id = ${about.messageId} and t.room_id = ${roomId})`,
    )
    .orderBy('m.seq')
    .limit(about.limit)
    .execute();
}

/** Messages that changed after a revision, in the order of their last change. */
export async function messagesChangedSince(
  query: Query,
  roomId: string,
  about: { since: number; limit: number },
): Promise<AuthoredRow[]> {
  return authored(query)
    .where('m.room_id', '=', roomId)
    .where('m.revision', '>', about.since)
    .orderBy('m.revision')
    .limit(about.limit)
    .execute();
}
