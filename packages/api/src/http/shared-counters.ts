// Decides how nodes share the timestamps of rates: one row a key in their database, changed by one statement.
import { sql, type Transaction } from 'kysely';
import type { Clock } from '../context.ts';
import type { Database, Query } from '../db/database.ts';
import type { Tables } from '../db/schema.ts';
import type { CounterStore } from './counter-store.ts';
import { fit, type Cells, type Fitted } from './gcra.ts';
import { LIMITS } from './limits.ts';

/** For how long a node believes a refusal without asking again, so that a flood of refused requests asks for nothing. */
const BELIEVED_MS = 1_000;

/**
 * Keeps the timestamps in the database, for all nodes of it. Each node brings its own time: clocks that are apart by a
 * second move an allowance by a second. What `forget` and `give` do is seen by other nodes within a second. Rejects with
 * `StorageError` while the database cannot be reached.
 */
export function createSharedCounters(ports: { database: Database; clock: Clock }): CounterStore {
  const { clock, database } = ports;
  // In the order in which they were refused; until when each key's refusal is believed, and when it really ends.
  const refused = new Map<string, { cost: number; until: number; end: number }>();
  const remember = (key: string, waitMs: number, { now, cost }: { now: number; cost: number }): Fitted => {
    refused.delete(key);
    refused.set(key, { cost, until: now + Math.min(waitMs, BELIEVED_MS), end: now + waitMs });
    const [oldest] = refused.keys();
    if (refused.size > LIMITS.rateLimitKeys && oldest !== undefined) refused.delete(oldest);
    return { ok: false, waitMs };
  };
  return {
    async take(key, cells, cost) {
      const now = clock.now();
      const known = refused.get(key);
      if (known?.cost === cost && now < known.until && now >= known.until - BELIEVED_MS)
        return { ok: false, waitMs: known.end - now };
      const first = fit(undefined, cells, { now, cost });
      // More than a full allowance never fits, whatever is kept.
      const arrival = !first.ok
        ? undefined
        : await write(database, (query) => push(query, { key, cells, now, first: first.arrival }));
      if (arrival !== undefined) return { ok: true, arrival };
      const kept = await read(database, key);
      const fitted = fit(kept, cells, { now, cost });
      // Somebody has put points back between the two statements: what was refused stays refused for this moment.
      return remember(key, fitted.ok ? 1 : fitted.waitMs, { now, cost });
    },
    async give(key, cells, cost) {
      refused.delete(key);
      const back = cells.intervalMs * cost;
      await write(database, (query) =>
        sql`update rate_counts set arrival = arrival - ${back} where key = ${key}`.execute(query),
      );
    },
    async forget(key) {
      refused.delete(key);
      await write(database, (query) => query.deleteFrom('rate_counts').where('key', '=', key).execute());
    },
  };
}

/** PostgreSQL makes a transaction of a single statement; SQLite has one writer, whose turn has to be waited for. */
function write<T>(database: Database, work: (query: Query) => Promise<T>): Promise<T> {
  return database.dialect === 'postgres' ? work(database.read) : database.transact(work);
}

interface Push {
  key: string;
  cells: Cells;
  now: number;
  /** The timestamp that a new key gets. */
  first: number;
}

/** What {@link fit} decides, as one statement: the new timestamp, or undefined if it does not fit. */
async function push(query: Query, { key, cells, now, first }: Push): Promise<number | undefined> {
  const full = now + cells.intervalMs * cells.capacity;
  const begins = sql`case when rate_counts.arrival < ${now} then ${now} when rate_counts.arrival > ${full} then ${full}
    else rate_counts.arrival end`;
  const { rows } = await sql<{ arrival: number }>`
    insert into rate_counts (key, arrival) values (${key}, ${first})
    on conflict (key) do update set arrival = (${begins}) + ${first - now}
    where (${begins}) + ${first - now} < ${full + 0.5}
    returning arrival`.execute(query);
  return rows[0]?.arrival;
}

async function read(database: Database, key: string): Promise<number | undefined> {
  const row = await database.read.selectFrom('rate_counts').select('arrival').where('key', '=', key).executeTakeFirst();
  return row?.arrival;
}

/** Erases keys whose bucket has run empty, and beyond the bound those that will be the first to. */
export async function sweepCounts(query: Transaction<Tables>, now: number): Promise<void> {
  await query.deleteFrom('rate_counts').where('arrival', '<=', now).execute();
  await query
    .deleteFrom('rate_counts')
    .where('key', 'in', (inner) =>
      inner
        .selectFrom('rate_counts')
        .select('key')
        .orderBy('arrival', 'desc')
        .offset(LIMITS.sharedRateKeys)
        .limit(LIMITS.sharedRateKeys),
    )
    .execute();
}
