// Decides how waiting mails are taken, settled and erased.
import type { Selectable } from 'kysely';
import type { Database } from '../db/database.ts';
import type { MailsTable } from '../db/identity-tables.ts';

/** A row of `mails` as it is read. */
export type MailRow = Selectable<MailsTable>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How long a mail is tried; the links that it carries live no longer. */
export const TRY_MS = DAY_MS;
/** A mail that was taken and never settled (its process was killed) is taken again after this. */
const LEASE_MS = 120_000;
/** How long mails stay that nobody could send: administrators may read them so long. */
const KEEP_UNSENT_MS = 7 * DAY_MS;
/** How long it is known that a mail was sent, without what it said. */
const KEEP_SENT_MS = 30 * DAY_MS;
const ERASED = '{}';

/**
 * Takes one mail that is due: nobody else takes it for two minutes, on this node or another.
 *
 * @returns undefined when none is due
 */
export function takeDue(database: Database, now: number): Promise<MailRow | undefined> {
  return database.transact((query) => {
    const due = query
      .selectFrom('mails')
      .select('position')
      .where('status', '=', 'waiting')
      .where('next_attempt_at', '<=', now)
      .orderBy('next_attempt_at')
      .limit(1);
    return query
      .updateTable('mails')
      .set((eb) => ({ attempts: eb('attempts', '+', 1), next_attempt_at: now + LEASE_MS }))
      .where('position', '=', database.dialect === 'postgres' ? due.forUpdate().skipLocked() : due)
      .returningAll()
      .executeTakeFirst();
  });
}

/** Whether one is due, without taking it. */
export async function isDue({ read }: Pick<Database, 'read'>, now: number): Promise<boolean> {
  const row = await read
    .selectFrom('mails')
    .select('position')
    .where('status', '=', 'waiting')
    .where('next_attempt_at', '<=', now)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Ends a mail that has gone; what it said is erased. */
export async function settleSent(database: Database, row: MailRow, now: number): Promise<void> {
  await database.transact((query) =>
    query
      .updateTable('mails')
      .set({ status: 'sent', data: ERASED, last_error: null, ended_at: now })
      .where('position', '=', row.position)
      .execute(),
  );
}

/** Notes that a try failed: another one later, or the end when `nextAttemptAt` is null. */
export async function settleFailed(
  database: Database,
  row: MailRow,
  failure: { reason: string; now: number; nextAttemptAt: number | null },
): Promise<void> {
  const { reason, now, nextAttemptAt } = failure;
  const change =
    nextAttemptAt === null
      ? ({ status: 'failed', last_error: reason, ended_at: now } as const)
      : { last_error: reason, next_attempt_at: nextAttemptAt };
  await database.transact((query) =>
    query
      .updateTable('mails')
      .set(change)
      .where('position', '=', row.position)
      .where('status', '=', 'waiting')
      .execute(),
  );
}

/** Lets mails go that were held because there was no server, as far as their links may still be good. */
export async function releaseHeld(database: Database, now: number): Promise<void> {
  await database.transact((query) =>
    query
      .updateTable('mails')
      .set({ status: 'waiting', next_attempt_at: now })
      .where('status', '=', 'held')
      .where('created_at', '>', now - TRY_MS)
      .execute(),
  );
}

/** Deletes what has been kept long enough. */
export async function sweepMails(database: Database, now: number): Promise<void> {
  await database.transact((query) =>
    query
      .deleteFrom('mails')
      .where((eb) =>
        eb.or([
          eb('created_at', '<=', now - KEEP_SENT_MS),
          eb.and([eb('status', '<>', 'sent'), eb('created_at', '<=', now - KEEP_UNSENT_MS)]),
        ]),
      )
      .execute(),
  );
}

/** Held mails that came after a position, oldest first. */
export function heldAfter({ read }: Pick<Database, 'read'>, position: number): Promise<MailRow[]> {
  return read
    .selectFrom('mails')
    .selectAll()
    .where('position', '>', position)
    .where('status', '=', 'held')
    .orderBy('position')
    .limit(50)
    .execute();
}
