// Decides how the embedded database is opened, written, made durable and closed.
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import type { Logger } from 'pino';
import type { Database } from './database.ts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { lockDatabaseFile } from './process-lock.ts';
import type { Tables } from './schema.ts';
import { retryWhileBusy, sqliteDialect } from './sqlite-dialect.ts';
import { isSyncFailure } from './sqlite-errors.ts';
import { createWriteQueue } from './write-queue.ts';

const BUSY_TIMEOUT_MS = 5_000;
const MAX_WAITING_WRITES = 10_000;

/** How the embedded database is opened. */
export interface SqliteOptions {
  /** A path, whose folder is made if it is missing, or `:memory:`. */
  file: string;
  log: Logger;
  /** How long a lock of another program is waited for. 5 seconds if not given. */
  busyTimeoutMs?: number;
}

/**
 * Opens the embedded database.
 *
 * @throws {StorageError} when the file cannot be used or another process uses it
 */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  return options.file === ':memory:' ? openMemory(options) : openFile(options);
}

/** The parts that both kinds of opening share. */
interface Parts {
  write: Kysely<Tables>;
  read: Kysely<Tables>;
  commits: GroupCommit;
  /** Releases what lies under the query builders; nothing is running any more. */
  release: () => Promise<void>;
}

function openMemory({ busyTimeoutMs = BUSY_TIMEOUT_MS }: SqliteOptions): Database {
  const connection = new DatabaseSync(':memory:', { timeout: 0, enableForeignKeyConstraints: true });
  const commits = createGroupCommit(() => Promise.resolve());
  const write = builder({ connection, begin: 'begin immediate', busyTimeoutMs, commits });
  return assemble({ write, read: write, commits, release: () => write.destroy() });
}

async function openFile({ file, busyTimeoutMs = BUSY_TIMEOUT_MS }: SqliteOptions): Promise<Database> {
  const path = resolve(file);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const unlock = lockDatabaseFile(path);
  const connection = new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: true });
  await retryWhileBusy(() => prepare(connection), busyTimeoutMs);
  const reader = new DatabaseSync(path, { timeout: 0, readOnly: true });
  const wal = await open(`${path}-wal`, 'r+');
  await syncFolder(dirname(path));
  const commits = createGroupCommit(() => wal.datasync());
  const write = builder({ connection, begin: 'begin immediate', busyTimeoutMs, commits });
  const read = builder({ connection: reader, begin: 'begin', busyTimeoutMs, commits });
  return assemble({
    write,
    read,
    commits,
    async release() {
      await wal.close();
      await read.destroy();
      await write.destroy();
      unlock();
    },
  });
}

function prepare(connection: DatabaseSync): void {
  connection.exec('pragma journal_mode = wal');
  connection.exec('pragma synchronous = normal');
  connection.exec('pragma wal_checkpoint(truncate)');
}

/** The names of new files last only when their folder has been flushed. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

interface BuilderOptions {
  connection: DatabaseSync;
  begin: 'begin' | 'begin immediate';
  busyTimeoutMs: number;
  commits: GroupCommit;
}

function builder({ commits, ...options }: BuilderOptions): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: sqliteDialect({
      ...options,
      onCommit: () => commits.committed(),
      onError(error) {
        if (isSyncFailure(error)) commits.fail(error);
      },
    }),
  });
}

function assemble({ write, read, commits, release }: Parts): Database {
  const queue = createWriteQueue(MAX_WAITING_WRITES);
  let closing: Promise<void> | undefined;
  const refuseAfterFailure = (): void => {
    const failure = commits.failure();
    if (failure !== undefined) throw failure;
  };
  const close = async (): Promise<void> => {
    await queue.drained();
    await commits.durable();
    await release();
  };
  return {
    dialect: 'sqlite',
    read,
    async transact(work) {
      refuseAfterFailure();
      const result = await queue.run(() => write.transaction().execute(work));
      await commits.durable();
      return result;
    },
    durable: () => commits.durable(),
    async migrate() {
      refuseAfterFailure();
      await queue.run(() => migrate(write, 'sqlite'));
      await commits.durable();
    },
    async ping() {
      refuseAfterFailure();
      await sql`select 1`.execute(read);
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
