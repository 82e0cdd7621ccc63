// Decides how Kysely talks to node:sqlite: statements kept, parameters checked, locks waited for without blocking.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely';
import { StorageError } from './database.ts';
import { NO_STREAMS, storable } from './storable.ts';
import { isBusy, sqliteFailure } from './sqlite-errors.ts';

const MAX_STATEMENTS = 512;
const FIRST_RETRY_MS = 1;
const MAX_RETRY_MS = 50;

/** What the dialect is made of. */
export interface SqliteDialectOptions {
  /** An open connection without a busy timeout, which would block the event loop. */
  connection: DatabaseSync;
  /** How transactions begin: `begin immediate` takes the write lock at once, `begin` only reads. */
  begin: 'begin' | 'begin immediate';
  /** How long a lock of another process is waited for. */
  busyTimeoutMs: number;
  /** Called after each commit. */
  onCommit(): void;
  /** Called with each error of SQLite before it is thrown. */
  onError(error: unknown): void;
}

/** The Kysely dialect for one connection of node:sqlite. `destroy` closes the connection. */
export function sqliteDialect(options: SqliteDialectOptions): Dialect {
  return {
    createDriver: () => createDriver(options),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalDdlAdapter(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  };
}

/** SQLite rolls schema changes back; Kysely's own adapter says no for the sake of pragmas that we do not use. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

interface Statement {
  prepared: StatementSync;
  returnsRows: boolean;
}

function createDriver(options: SqliteDialectOptions): Driver {
  const { connection, busyTimeoutMs } = options;
  const statement = createStatementCache(connection);
  let inTransaction = false;

  const run = (sql: string, parameters: readonly unknown[]): QueryResult<never> => {
    try {
      return execute(statement(sql), parameters);
    } catch (error) {
      options.onError(error);
      throw error;
    }
  };
  // Outside a transaction nothing has been done yet, so a statement that found a lock may simply run again.
  const runWhenFree = async (sql: string, parameters: readonly unknown[]): Promise<QueryResult<never>> => {
    try {
      return await retryWhileBusy(() => run(sql, parameters), busyTimeoutMs);
    } catch (error) {
      throw sqliteFailure(error);
    }
  };
  const runInside = (sql: string, parameters: readonly unknown[]): QueryResult<never> => {
    // SQLite ends a transaction by itself when the disk is full; what follows must not run on its own.
    if (!connection.isTransaction) throw new StorageError('storage.unavailable', 'The transaction has been undone.');
    try {
      return run(sql, parameters);
    } catch (error) {
      throw sqliteFailure(error);
    }
  };
  const handle: DatabaseConnection = {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      if (inTransaction) return runInside(query.sql, query.parameters);
      const result = await runWhenFree(query.sql, query.parameters);
      if (result.numAffectedRows !== undefined) options.onCommit();
      return result;
    },
    streamQuery() {
      throw new TypeError(NO_STREAMS);
    },
  };
  return {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(handle),
    releaseConnection: () => Promise.resolve(),
    async beginTransaction() {
      await runWhenFree(options.begin, []);
      inTransaction = true;
    },
    async commitTransaction() {
      runInside('commit', []);
      inTransaction = false;
      options.onCommit();
      await Promise.resolve();
    },
    async rollbackTransaction() {
      inTransaction = false;
      if (connection.isTransaction) run('rollback', []);
      await Promise.resolve();
    },
    destroy() {
      connection.close();
      return Promise.resolve();
    },
  };
}

/** The statements that were used last, prepared; the oldest goes when there are too many. */
function createStatementCache(connection: DatabaseSync): (sql: string) => Statement {
  const statements = new Map<string, Statement>();
  return (sql) => {
    const known = statements.get(sql);
    if (known !== undefined) {
      statements.delete(sql);
      statements.set(sql, known);
      return known;
    }
    const prepared = connection.prepare(sql);
    const made = { prepared, returnsRows: prepared.columns().length > 0 };
    for (const oldest of statements.keys()) {
      if (statements.size < MAX_STATEMENTS) break;
      statements.delete(oldest);
    }
    statements.set(sql, made);
    return made;
  };
}

function execute(statement: Statement, parameters: readonly unknown[]): QueryResult<never> {
  const values = parameters.map(storable);
  if (!statement.returnsRows) {
    return { numAffectedRows: BigInt(statement.prepared.run(...values).changes), rows: [] };
  }
  // node:sqlite gives rows without a prototype; PostgreSQL's are plain objects, and callers compare them.
  return { rows: statement.prepared.all(...values).map((row) => ({ ...row })) as never[] };
}

/** Runs `attempt` until it is not refused for a lock, with pauses in which the event loop is free. */
export async function retryWhileBusy<T>(attempt: () => T, timeoutMs: number): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs;
  for (let pauseMs = FIRST_RETRY_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_RETRY_MS)) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() + pauseMs > giveUpAt) throw error;
    }
    await delay(pauseMs);
  }
}
