// Decides how the relay reads, deletes and postpones the rows of the outbox.
import { sql, type RawBuilder } from 'kysely';
import type { Database, Dialect } from '../db/database.ts';
import type { OutboxRow } from '../db/schema.ts';

/**
 * A list as one parameter, so that lists of every length share one prepared statement.
 *
 * @returns what stands after `in`
 */
function list(dialect: Dialect, values: readonly number[] | readonly string[]): RawBuilder<unknown> {
  const json = JSON.stringify(values);
  if (dialect === 'sqlite') return sql`(select value from json_each(${json}))`;
  if (typeof values[0] === 'string') return sql`(select jsonb_array_elements_text(${json}::jsonb))`;
  return sql`(select jsonb_array_elements(${json}::jsonb)::bigint)`;
}

/**
 * The next rows in order of position. A stream whose first row waits for its next try is left out whole: nothing
 * overtakes within a stream.
 */
export async function nextRows(database: Database, about: { now: number; limit: number }): Promise<OutboxRow[]> {
  return database.read
    .selectFrom('outbox as o')
    .selectAll('o')
    .where((eb) =>
      eb(
        eb
          .selectFrom('outbox as first')
          .select('first.next_attempt_at')
          .whereRef('first.stream', '=', 'o.stream')
          .orderBy('first.position')
          .limit(1),
        '<=',
        about.now,
      ),
    )
    .orderBy('o.position')
    .limit(about.limit)
    .execute();
}

/** A row that could not be delivered, and when to try again. */
export interface Postponed {
  position: number;
  nextAttemptAt: number;
}

/** Deletes what is done with and postpones what failed, in one transaction. */
export async function settle(
  database: Database,
  outcome: { done: readonly number[]; postponed: readonly Postponed[] },
): Promise<void> {
  if (outcome.done.length === 0 && outcome.postponed.length === 0) return;
  await database.transact(async (query) => {
    if (outcome.done.length > 0)
      await sql`delete from outbox where position in ${list(database.dialect, outcome.done)}`.execute(query);
    for (const { position, nextAttemptAt } of outcome.postponed)
      await query
        .updateTable('outbox')
        .set(({ eb }) => ({ attempts: eb('attempts', '+', 1), next_attempt_at: nextAttemptAt }))
        .where('position', '=', position)
        .execute();
  });
}

/** Who is a member of each of these rooms now. */
export async function membersOfRooms(
  database: Database,
  roomIds: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const members = new Map<string, Set<string>>(roomIds.map((roomId) => [roomId, new Set<string>()]));
  if (roomIds.length === 0) return members;
  const { rows } = await sql<{ room_id: string; user_id: string }>`
    select room_id, user_id from memberships where room_id in ${list(database.dialect, roomIds)}`.execute(
    database.read,
  );
  for (const row of rows) members.get(row.room_id)?.add(row.user_id);
  return members;
}

/** What waits: how many rows, and when the oldest was recorded (Unix milliseconds; null when none waits). */
export interface Backlog {
  waiting: number;
  oldestAt: number | null;
}

/** Measures the outbox. */
export async function backlog(database: Database): Promise<Backlog> {
  const row = await database.read
    .selectFrom('outbox')
    .select(({ fn }) => [fn.countAll<number | string>().as('waiting'), fn.min('created_at').as('oldest')])
    .executeTakeFirstOrThrow();
  return { waiting: Number(row.waiting), oldestAt: row.oldest };
}
