// Decides how the embedded database is opened, written, made durable and closed.
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql, type Transaction } from 'kysely';
import type { Logger } from 'pino';
import { createCheckpointThread } from './checkpoint-thread.ts';
import { createCheckpointer } from './checkpointer.ts';
import { StorageError, type Database } from './database.ts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { lockDatabaseFile } from './process-lock.ts';
import type { Tables } from './schema.ts';
import { retryWhileBusy, sqliteDialect } from './sqlite-dialect.ts';
import { folderFailure, isSyncFailure, isSyncFailureCode } from './sqlite-errors.ts';
import { createWriteQueue, type WriteQueue } from './write-queue.ts';

const BUSY_TIMEOUT_MS = 5_000;
const TRANSACTION_TIMEOUT_MS = 15_000;
const MAX_WAITING_WRITES = 10_000;
// A page of 4,096 bytes and its header.
const WAL_FRAME_BYTES = 4_120;

/** How the embedded database is opened. */
export interface SqliteOptions {
  /** A path, whose folder is made if it is missing, or `:memory:`. */
  file: string;
  log: Logger;
  /** How long a lock of another program is waited for, in milliseconds. 5,000 if not given. */
  busyTimeoutMs?: number;
  /** How long one transaction may last, in milliseconds; all other writers wait for it. 15,000 if not given. */
  transactionTimeoutMs?: number;
  /** At which lengths the write-ahead log is moved into the file, in bytes. */
  checkpoint?: { passiveBytes: number; gateBytes: number };
  /** Brings the write-ahead log to the disk. `fdatasync` on libuv's threads if not given. */
  flush?: (wal: FlushableFile) => Promise<void>;
}

/** The part of a file handle that makes what was written last. */
export interface FlushableFile {
  datasync(): Promise<void>;
}

/**
 * Opens the embedded database. Every commit reaches the log at once and the disk with the next flush, which
 * `docs/decisions/003-group-commit` explains.
 *
 * @throws {StorageError} when the file cannot be used or another process uses it
 */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  return options.file === ':memory:' ? openMemory(options) : openFile(options);
}

/** What both kinds of opening give. */
interface Parts {
  write: Kysely<Tables>;
  read: Kysely<Tables>;
  queue: WriteQueue;
  commits: GroupCommit;
  transactionTimeoutMs: number | undefined;
  /** Releases what lies under the query builders; nothing is running any more. */
  release: () => Promise<void>;
}

function openMemory({ busyTimeoutMs = BUSY_TIMEOUT_MS, transactionTimeoutMs }: SqliteOptions): Database {
  const connection = new DatabaseSync(':memory:', { timeout: 0, enableForeignKeyConstraints: true });
  const commits = createGroupCommit(() => Promise.resolve());
  const queue = createWriteQueue(MAX_WAITING_WRITES);
  const write = builder({ connection, begin: 'begin immediate', busyTimeoutMs, commits });
  return assemble({ write, read: write, queue, commits, transactionTimeoutMs, release: () => write.destroy() });
}

async function openFile(options: SqliteOptions): Promise<Database> {
  const path = resolve(options.file);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    await using opening = new AsyncDisposableStack();
    const parts = await openParts({ ...options, file: path }, opening);
    const opened = opening.move();
    return assemble({ ...parts, release: () => opened.disposeAsync() });
  } catch (error) {
    throw folderFailure(error, dirname(path));
  }
}

/** Opens one thing after the other; `opening` closes them in the opposite order. */
async function openParts(options: SqliteOptions, opening: AsyncDisposableStack): Promise<Omit<Parts, 'release'>> {
  const { file, log, busyTimeoutMs = BUSY_TIMEOUT_MS, flush = (wal: FlushableFile) => wal.datasync() } = options;
  const queue = createWriteQueue(MAX_WAITING_WRITES);
  const commits = createGroupCommit(async () => {
    await flush(wal);
    const bytes = walBytes(connection);
    if (bytes !== undefined) checkpointer.walIs(bytes);
  });
  const lock = lockDatabaseFile(file);
  opening.defer(() => closeUnlessFailed(lock, commits));
  const connection = new DatabaseSync(file, { timeout: 0, enableForeignKeyConstraints: true });
  opening.defer(() => closeUnlessFailed(connection, commits));
  await retryWhileBusy(() => prepareWriter(connection), busyTimeoutMs);
  const reader = new DatabaseSync(file, { timeout: 0, readOnly: true });
  opening.defer(() => reader.close());
  const wal = await open(`${file}-wal`, 'r+');
  opening.defer(() => wal.close());
  await syncFolder(dirname(file));
  const checkpointer = createCheckpointer({
    thread: createCheckpointThread(file),
    queue,
    log,
    ...options.checkpoint,
    onFailure({ message, errcode }) {
      log.error({ reason: message }, 'a database checkpoint failed; the write-ahead log grows until one succeeds');
      if (isSyncFailureCode(errcode)) commits.fail(new Error(message));
    },
  });
  opening.defer(() => checkpointer.close());
  const write = builder({ connection, begin: 'begin immediate', busyTimeoutMs, commits });
  const read = builder({ connection: reader, begin: 'begin', busyTimeoutMs });
  return { write, read, queue, commits, transactionTimeoutMs: options.transactionTimeoutMs };
}

function prepareWriter(connection: DatabaseSync): void {
  const mode = connection.prepare('pragma journal_mode = wal').get();
  if (mode?.['journal_mode'] !== 'wal') {
    throw new StorageError(
      'storage.unavailable',
      'The file system of the data folder cannot share memory between programs. Use a local disk.',
    );
  }
  connection.exec('pragma synchronous = normal');
  connection.exec('pragma wal_autocheckpoint = 0');
  // What a crash left in the log is checked, moved to the file and flushed before anything else happens.
  connection.exec('pragma wal_checkpoint(truncate)');
}

/**
 * How much of the log is in use; the file itself never shrinks while it is open, because writing over what is there is
 * cheaper than growing. Undefined while a transaction is open, when SQLite does not tell.
 */
function walBytes(connection: DatabaseSync): number | undefined {
  if (connection.isTransaction) return undefined;
  const row = connection.prepare('pragma wal_checkpoint(noop)').get();
  return Number(row?.['log']) * WAL_FRAME_BYTES;
}

/** The names of new files last only when their folder has been flushed. */
async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

// Connections that must not close before the process ends.
const keptOpen = new Set<DatabaseSync>();

/**
 * Closing the last connection moves the log into the file. After a failed flush the log is not to be trusted before
 * its checksums have been read again, so then the connection stays open until the process ends.
 */
function closeUnlessFailed(connection: DatabaseSync, commits: GroupCommit): void {
  if (commits.failure() === undefined) connection.close();
  else keptOpen.add(connection);
}

interface BuilderOptions {
  connection: DatabaseSync;
  begin: 'begin' | 'begin immediate';
  busyTimeoutMs: number;
  /** Told of commits; a connection that only reads makes none. */
  commits?: GroupCommit;
}

function builder({ commits, ...options }: BuilderOptions): Kysely<Tables> {
  const onError = (error: unknown): void => {
    if (isSyncFailure(error)) commits?.fail(error);
  };
  return new Kysely<Tables>({
    dialect: sqliteDialect({ ...options, onCommit: () => commits?.committed(), onError }),
  });
}

function assemble(parts: Parts): Database {
  const { write, read, queue, commits, transactionTimeoutMs = TRANSACTION_TIMEOUT_MS, release } = parts;
  let closing: Promise<void> | undefined;
  const refuseWhenOver = (): void => {
    const failure = commits.failure();
    if (failure !== undefined) throw failure;
    if (closing !== undefined) throw new StorageError('storage.unavailable', 'The database has been closed.');
  };
  const close = async (): Promise<void> => {
    await queue.drained();
    // Who waited for a flush that failed earlier has been told then.
    if (commits.failure() === undefined) await commits.durable();
    await release();
  };
  return {
    dialect: 'sqlite',
    read,
    async transact<T>(work: (query: Transaction<Tables>) => Promise<T>): Promise<T> {
      refuseWhenOver();
      const bounded = (query: Transaction<Tables>): Promise<T> => inTime(work(query), transactionTimeoutMs);
      try {
        return await queue.run(() => write.transaction().execute(bounded));
      } finally {
        // Also when nothing was written or all was refused: what was read may not be on the disk yet.
        await commits.durable();
      }
    },
    durable: () => commits.durable(),
    async migrate() {
      refuseWhenOver();
      await queue.run(() => migrate(write, 'sqlite'));
      await commits.durable();
    },
    async ping() {
      refuseWhenOver();
      await sql`select 1`.execute(read);
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** Rejects when `work` takes too long; Kysely then refuses what it still sends. */
async function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const seconds = timeoutMs / 1_000;
    reject(
      new StorageError(
        'storage.unavailable',
        `A transaction was undone after ${seconds} s. It may wait for nothing but its own queries, and not for another transaction.`,
      ),
    );
  }, timeoutMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
