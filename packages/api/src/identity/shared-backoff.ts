// Decides how nodes share the waits of sources at names: one row a pair in their database, changed by one statement.
import { sql, type Transaction } from 'kysely';
import type { Clock } from '../context.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/schema.ts';
import { LIMITS } from '../http/limits.ts';
import { waitAfter, type Backoff } from './backoff.ts';

const { freeFailures, firstWaitMs, longestWaitMs, forgetMs, pairs } = LIMITS.lockout;
/** Doublings after which the wait is the longest. */
const DOUBLINGS = Math.ceil(Math.log2(longestWaitMs / firstWaitMs));

/**
 * Keeps the tries in PostgreSQL, where a single statement is a transaction by itself. Each node brings its own time. A
 * success forgets in the transaction that it is part of. Rejects with `StorageError` while the database cannot be reached.
 */
export function createSharedBackoff(ports: { database: Pick<Database, 'read'>; clock: Clock }): Backoff {
  const { clock, database } = ports;
  return {
    async begin(pair) {
      const now = clock.now();
      const begun = await beginTry(database, pair, now);
      if (begun !== undefined) return { waitMs: 0, previousAt: begun };
      const row = await database.read
        .selectFrom('login_waits')
        .select(['failures', 'tried_at'])
        .where('pair', '=', pair)
        .executeTakeFirst();
      const wait = waitAfter(row?.failures ?? 0);
      const previousAt = row?.tried_at ?? 0;
      // A wait that has just been forgotten elsewhere: the try was refused, the next one will not be.
      return { waitMs: Math.max(1, Math.min(previousAt + wait - now, wait)), previousAt };
    },
    async giveBack(pair, previousAt) {
      await database.read
        .updateTable('login_waits')
        .set((set) => ({ failures: set('failures', '-', 1), tried_at: previousAt }))
        .where('pair', '=', pair)
        .where('failures', '>', 0)
        .execute();
    },
    async forget(query, pair) {
      const gone = await query
        .deleteFrom('login_waits')
        .where('pair', '=', pair)
        .returning(['failures', 'tried_at'])
        .executeTakeFirst();
      const isRecent = gone !== undefined && gone.tried_at + forgetMs > clock.now();
      return isRecent ? Math.max(0, gone.failures - 1) : 0;
    },
  };
}

/** Counts a try if no wait runs: when the one before it was, 0 for none; undefined if it has to wait. */
async function beginTry(database: Pick<Database, 'read'>, pair: string, now: number): Promise<number | undefined> {
  const isRecent = sql`login_waits.tried_at > ${now - forgetMs}`;
  const wait = sql`case when not (${isRecent}) or login_waits.failures < ${freeFailures} then 0
    when login_waits.failures >= ${freeFailures + DOUBLINGS} then ${longestWaitMs}
    else ${firstWaitMs} * (1 << cast(login_waits.failures - ${freeFailures} as integer)) end`;
  const { rows } = await sql<{ previous_at: number }>`
    insert into login_waits (pair, failures, tried_at, previous_at) values (${pair}, 1, ${now}, 0)
    on conflict (pair) do update set
      failures = case when ${isRecent} then login_waits.failures + 1 else 1 end,
      previous_at = case when ${isRecent} then login_waits.tried_at else 0 end,
      tried_at = ${now}
    where login_waits.tried_at + (${wait}) <= ${now} or (${wait}) = 0
    returning previous_at`.execute(database.read);
  return rows[0]?.previous_at;
}

/** Erases pairs that nobody has tried for long, and beyond the bound those that were tried longest ago. */
export async function sweepWaits(query: Transaction<Tables>, now: number): Promise<void> {
  await query
    .deleteFrom('login_waits')
    .where('tried_at', '<=', now - forgetMs)
    .execute();
  await query
    .deleteFrom('login_waits')
    .where('pair', 'in', (inner) =>
      inner.selectFrom('login_waits').select('pair').orderBy('tried_at', 'desc').offset(pairs).limit(pairs),
    )
    .execute();
}
