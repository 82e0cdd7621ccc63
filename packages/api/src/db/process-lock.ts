// Decides that one process at a time uses a database file.
import { DatabaseSync } from 'node:sqlite';
import { StorageError } from './database.ts';
import { isBusy, sqliteFailure } from './sqlite-errors.ts';

/**
 * Takes the lock that belongs to a database file. The operating system releases it when the process ends, however
 * it ends, so there is never a stale one.
 *
 * @returns a connection that holds the lock until it is closed
 * @throws {StorageError} `storage.unavailable` when another process, or this one, holds it already
 */
export function lockDatabaseFile(file: string): DatabaseSync {
  const lockFile = `${file}.lock`;
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(lockFile, { timeout: 0 });
    lock.exec('begin exclusive');
  } catch (error) {
    lock?.close();
    if (!isBusy(error)) throw sqliteFailure(error);
    throw new StorageError(
      'storage.unavailable',
      `Another Parley process uses ${file}. Stop it, or give this one its own data folder.`,
      { cause: error },
    );
  }
  return lock;
}
