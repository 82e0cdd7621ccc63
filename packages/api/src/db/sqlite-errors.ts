// Decides which failures of SQLite mean a full disk, which a lost database, and which may be tried again.
import { StorageError } from './database.ts';

// https://sqlite.org/rescode.html: the low byte is the kind, the rest the detail.
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;
const IO_ERROR_SHARED_MEMORY_SIZE = 4874;
const SYNC_FAILURES: ReadonlySet<number> = new Set([1034, 1290]);

const LOST: ReadonlyMap<number, string> = new Map([
  [BUSY, 'Another program holds the write lock of the database. End that program, then try again.'],
  [LOCKED, 'The database is locked. End the program that holds it, then try again.'],
  [READ_ONLY, 'The database file may not be written. Check the owner and the permissions of the data folder.'],
  [IO_ERROR, 'The disk failed while the database was used. Check the disk, then start Parley again.'],
  [CORRUPT, 'The database file is damaged. Stop Parley and restore the last backup.'],
  [CANNOT_OPEN, 'The database file cannot be opened. Check that the data folder exists and may be written.'],
  [NOT_A_DATABASE, 'The database file is not a SQLite database. Check the configured path.'],
]);

/** The extended result code of an error from node:sqlite, undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}

/** Whether the same statement may succeed a moment later, because someone else holds a lock now. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && (code & 0xff) === BUSY;
}

/** Whether an fsync failed: what is on the disk is then unknown, and no later fsync makes it known. */
export function isSyncFailure(error: unknown): boolean {
  return isSyncFailureCode(sqliteCode(error));
}

/** The same for the code alone, which is all that another thread can send. */
export function isSyncFailureCode(code: number | undefined): boolean {
  return code !== undefined && SYNC_FAILURES.has(code);
}

const FULL_MESSAGE = 'The disk is full. Free space on the disk of the data folder.';

/** Whether a system call failed because the disk, or our share of it, is full. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/** A {@link StorageError} for a data folder that cannot be used; an error that is none of the file system's comes back as it is. */
export function folderFailure(error: unknown, folder: string): unknown {
  if (isFull(error)) return new StorageError('storage.full', FULL_MESSAGE, { cause: error });
  if (!(error instanceof Error) || !('syscall' in error)) return sqliteFailure(error);
  return new StorageError(
    'storage.unavailable',
    `The data folder ${folder} cannot be used. Check that it may be created and written by this user.`,
    { cause: error },
  );
}

/** A {@link StorageError} for what the database could not do; an error that the caller made comes back as it is. */
export function sqliteFailure(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  if (code === IO_ERROR_SHARED_MEMORY_SIZE || (code & 0xff) === FULL) {
    return new StorageError('storage.full', FULL_MESSAGE, { cause: error });
  }
  const message = LOST.get(code & 0xff);
  return message === undefined ? error : new StorageError('storage.unavailable', message, { cause: error });
}
