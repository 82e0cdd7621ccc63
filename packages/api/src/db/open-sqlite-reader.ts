// Decides how the embedded database is read while a server writes it.
import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { StorageError, type Database } from './database.ts';
import type { Tables } from './schema.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { sqliteFailure } from './sqlite-errors.ts';

const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens the embedded database to be read only, beside a server that has it open: no lock is taken, and nothing is
 * brought up to date.
 *
 * @throws {StorageError} when there is no such file
 */
export function openSqliteReader(file: string): Database {
  const connection = connect(file);
  const ignore = (): void => undefined;
  const read = new Kysely<Tables>({
    dialect: sqliteDialect({
      connection,
      begin: 'begin',
      busyTimeoutMs: BUSY_TIMEOUT_MS,
      onCommit: ignore,
      onError: ignore,
    }),
  });
  const refuse = (): Promise<never> =>
    Promise.reject(new StorageError('storage.unavailable', 'The database is open to be read only: a server uses it.'));
  return {
    dialect: 'sqlite',
    read,
    transact: refuse,
    durable: () => Promise.resolve(),
    migrate: refuse,
    async ping() {
      await sql`select 1`.execute(read);
    },
    close: () => read.destroy(),
  };
}

function connect(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file, { timeout: 0, readOnly: true });
  } catch (error) {
    throw sqliteFailure(error);
  }
}
