// Decides where ended rights are kept, and how every node hears of those that another one has recorded.
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';
import { LIMITS } from '../http/limits.ts';

/** An ended right: `subject` says which, `expiresAt` (Unix ms) when the last token that rests on it is dead anyway. */
export interface RevocationRecord {
  subject: string;
  expiresAt: number;
}

/** Listening, until it is closed. */
export interface Listening {
  /** For how long nothing has been heard of the store, in milliseconds: it grows while the store cannot be reached. */
  silentMs(): number;
  /** Resolves when nothing is asked any more. */
  close(): Promise<void>;
}

/**
 * Where ended rights are kept. They are written in the transaction that ends the right (`recordRevocation`), so that an
 * end and its record are one fact; a store only has to carry them to the nodes.
 */
export interface RevocationStore {
  /** Everything that is of force at `now` (Unix ms), and the position from which {@link RevocationStore.listen} goes on. */
  load(now: number): Promise<{ records: RevocationRecord[]; position: number }>;
  /**
   * Hands over every record that was committed after `position`, by whatever node, at least once and in no order that
   * matters. While the store cannot be reached it goes on trying, and misses nothing.
   */
  listen(position: number, onRecords: (records: RevocationRecord[]) => void): Listening;
  /** Forgets what has ended at `now`. */
  sweep(now: number): Promise<void>;
}

/** What the database as a store asks for. `pollMs` is a quarter of a second if not given. */
export interface DatabaseRevocationPorts {
  database: Pick<Database, 'read' | 'transact' | 'dialect'>;
  log: Pick<Logger, 'warn'>;
  pollMs?: number;
}

/**
 * The database as a store. On PostgreSQL every node asks for new rows four times a second; SQLite has one process,
 * which knows what it has written itself.
 */
export function createDatabaseRevocationStore(ports: DatabaseRevocationPorts): RevocationStore {
  const { database } = ports;
  const isShared = database.dialect === 'postgres';
  return {
    async load(now) {
      // The position comes first: what is committed between the two statements is then heard twice rather than never.
      const { position } = isShared ? await readSince(database, Number.MAX_SAFE_INTEGER) : { position: 0 };
      const rows = await database.read
        .selectFrom('revocations')
        .select(['subject', 'expires_at'])
        .where('expires_at', '>', now)
        .execute();
      return { records: rows.map((row) => ({ subject: row.subject, expiresAt: row.expires_at })), position };
    },
    listen: (position, onRecords) => (isShared ? poll(ports, position, onRecords) : nothingToHear),
    async sweep(now) {
      await database.transact((query) => query.deleteFrom('revocations').where('expires_at', '<=', now).execute());
    },
  };
}

const nothingToHear: Listening = { silentMs: () => 0, close: () => Promise.resolve() };

/**
 * Reads what transactions from `position` on have recorded, and the position to ask from the next time: the oldest
 * transaction that may still be running. A counter would not do: a row with a lower number may be committed later.
 */
async function readSince(
  database: Pick<Database, 'read'>,
  position: number,
): Promise<{ position: number; records: RevocationRecord[] }> {
  const { rows } = await sql<{ horizon: number; subject: string | null; expires_at: number | null }>`
    select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon, subject, expires_at
    from (select 1) as one left join revocations on revocations.position >= ${position}`.execute(database.read);
  const records = rows.flatMap(({ subject, expires_at: expiresAt }) =>
    subject === null || expiresAt === null ? [] : [{ subject, expiresAt }],
  );
  return { position: rows[0]?.horizon ?? position, records };
}

function poll(
  ports: DatabaseRevocationPorts,
  from: number,
  onRecords: (records: RevocationRecord[]) => void,
): Listening {
  const { database, log, pollMs = LIMITS.revocationPollMs } = ports;
  const closing = new AbortController();
  const state = { position: from, heardAt: performance.now(), hasFailed: false };
  const askOnce = async (): Promise<void> => {
    try {
      const { position, records } = await readSince(database, state.position);
      if (records.length > 0) onRecords(records);
      Object.assign(state, { position, heardAt: performance.now(), hasFailed: false });
    } catch (error) {
      // Once for each time that it is lost, not four times a second.
      if (!state.hasFailed) log.warn({ err: error }, 'revocations of other nodes cannot be read; trying again');
      state.hasFailed = true;
    }
  };
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await askOnce();
      await pause(pollMs, undefined, { ref: false, signal: closing.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    silentMs: () => performance.now() - state.heardAt,
    async close() {
      closing.abort();
      await running;
    },
  };
}
