// Decides how PostgreSQL is reached: the pool, its limits, and what its failures are called.
import {
  Kysely,
  PostgresDialect,
  sql,
  type PostgresCursor,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
  type Transaction,
} from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import { StorageError, type Database } from './database.ts';
import { migrate } from './migrate.ts';
import { postgresCode, postgresFailure } from './postgres-errors.ts';
import type { Tables } from './schema.ts';
import { NO_STREAMS, storable } from './storable.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 15_000;
const LOCK_TIMEOUT_MS = 10_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
const INT8 = 20;

/** How PostgreSQL is reached. */
export interface PostgresOptions {
  /** A `postgres://` address; it may hold a password and is never logged. */
  url: string;
  /** The most connections that this process opens. */
  poolSize: number;
  log: Logger;
}

/** Opens a pool. Connections are made when they are needed, so a server that is down is met by `ping`. */
export function openPostgres({ url, poolSize, log }: PostgresOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    application_name: 'parley',
    types: { getTypeParser },
  });
  const lost = (error: Error): void => log.warn({ code: postgresCode(error) }, 'a database connection was lost');
  // The pool listens to idle connections only; one that breaks in use would end the process.
  pool.on('connect', (client) => client.on('error', lost));
  pool.on('error', lost);
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: translateFailures(pool) }) });
  let closing: Promise<void> | undefined;
  return {
    dialect: 'postgres',
    read: kysely,
    transact: (work) => transact(kysely, work),
    // The answer to a COMMIT comes after the server's own flush.
    durable: () => Promise.resolve(),
    migrate: () => migrate(kysely, 'postgres'),
    async ping() {
      await sql`select 1`.execute(kysely);
    },
    close() {
      closing ??= pool.end();
      return closing;
    },
  };
}

/** Tries once more on a fresh connection when the pooled one turned out dead before `work` had begun. */
async function transact<T>(kysely: Kysely<Tables>, work: (query: Transaction<Tables>) => Promise<T>): Promise<T> {
  let hasBegun = false;
  const attempt = (): Promise<T> =>
    kysely.transaction().execute((query) => {
      hasBegun = true;
      return work(query);
    });
  try {
    return await attempt();
  } catch (error) {
    if (hasBegun || !(error instanceof StorageError)) throw error;
    return attempt();
  }
}

/** The pool as Kysely sees it: the same, but parameters are checked and failures have our names. */
function translateFailures(pool: pg.Pool): PostgresPool {
  return {
    options: pool.options,
    connect: async () => translated(await withOurNames(() => pool.connect())),
    end: () => pool.end(),
  };
}

function translated(client: pg.PoolClient): PostgresPoolClient {
  function query<R>(statement: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  function query<R>(
    statement: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    // pg says nothing of the rows' shape; Kysely's query types do.
    const run = client.query.bind(client) as unknown as PostgresPoolClient['query'];
    if (typeof statement !== 'string') throw new TypeError(NO_STREAMS);
    return withOurNames(() => run<R>(statement, parameters.map(sendable)));
  }
  return { query, release: (destroy) => client.release(destroy) };
}

// Kysely's own look at the catalogue sends flags; PostgreSQL itself refuses one for a number.
function sendable(value: unknown): unknown {
  return typeof value === 'boolean' ? value : storable(value);
}

async function withOurNames<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    throw postgresFailure(error);
  }
}

/** Gives 64-bit integers as numbers; the others as pg gives them. */
const getTypeParser: typeof pg.types.getTypeParser = (id: number, format?: 'text' | 'binary') =>
  id === INT8 ? toSafeInteger : pg.types.getTypeParser(id, format as 'text');

function toSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is too large to be read exactly.`);
  return value;
}
