// Decides the rows that the database tests write.
import type { Insertable } from 'kysely';
import type { Database, Query } from '../database.ts';
import type { MessagesTable, OutboxTable } from '../schema.ts';

/** An announcement with this id. */
export function sampleAnnouncement(id: string): Insertable<OutboxTable> {
  return { id, stream: 's', type: 't', payload: '{}', created_at: 1_700_000_000_000 };
}

/** Writes the user `ada` and the room `lobby`, which messages refer to. */
export async function insertSampleRoom(query: Query): Promise<void> {
  await query
    .insertInto('users')
    .values({
      id: 'ada',
      email: 'Ada@example.org',
      email_key: 'ada@example.org',
      name: 'Ada',
      role: 'member',
      password_hash: 'none',
      disabled_at: null,
      created_at: 1_700_000_000_000,
    })
    .execute();
  await query
    .insertInto('rooms')
    .values({ id: 'lobby', name: 'Lobby', topic: '', is_private: 0, created_by: 'ada', created_at: 1_700_000_000_000 })
    .execute();
}

/** A message of `ada` in `lobby`. */
export function sampleMessage(id: string, seq: number): Insertable<MessagesTable> {
  return {
    id,
    room_id: 'lobby',
    seq,
    revision: seq,
    author_id: 'ada',
    client_message_id: `client-${id}`,
    text: 'Hello',
    created_at: 1_700_000_000_000,
    edited_at: null,
    deleted_at: null,
  };
}

/** Sends a message the way the product does: number, row and announcement in one transaction. Gives its number. */
export function sendSampleMessage(database: Database, id: string): Promise<number> {
  return database.transact(async (query) => {
    const room = await query
      .updateTable('rooms')
      .set((eb) => ({ last_seq: eb('last_seq', '+', 1), revision: eb('revision', '+', 1) }))
      .where('id', '=', 'lobby')
      .returning('last_seq')
      .executeTakeFirstOrThrow();
    await query.insertInto('messages').values(sampleMessage(id, room.last_seq)).execute();
    await query.insertInto('outbox').values(sampleAnnouncement(id)).execute();
    return room.last_seq;
  });
}
