// Decides how an announcement is stored beside its fact.
import type { Transaction } from 'kysely';
import type { Tables } from '../db/schema.ts';
import type { Announcement } from './event.ts';

/**
 * Records announcements in the transaction that stores their fact: both become true, or neither. Wake the relay
 * when the transaction has resolved.
 *
 * Order within a stream is the order of the transactions only if they lock one row first: a room's own for its
 * stream. Streams of persons carry absolute values and need none.
 *
 * @param query the transaction; the database itself does not fit, on purpose
 * @param announcements in the order in which they are to arrive; none is allowed
 */
export async function record(query: Transaction<Tables>, announcements: readonly Announcement[]): Promise<void> {
  if (announcements.length === 0) return;
  const rows = announcements.map(({ stream, event }) => ({
    id: event.id,
    stream,
    type: event.type,
    payload: JSON.stringify(event),
    created_at: Date.parse(event.time),
  }));
  await query.insertInto('outbox').values(rows).execute();
}
