// Decides that one process at a time changes the keys: a lock that the operating system releases however a process ends.
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';

const waitMs = 10_000;
const pauseMs = 25;

/**
 * Runs `work` while no other process holds the lock of this name.
 *
 * @param file the lock's own file, beside what it protects; it stays there, empty
 * @throws Error with a sentence for people when the lock is not free after ten seconds
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = await takeLock(file);
  try {
    return await work();
  } finally {
    lock.close();
  }
}

async function takeLock(file: string): Promise<DatabaseSync> {
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    const lock = new DatabaseSync(file, { timeout: 0 });
    try {
      lock.exec('begin exclusive');
      return lock;
    } catch (error) {
      lock.close();
      if (!isBusy(error)) throw error;
      if (waitedMs >= waitMs)
        throw new Error(`${file} is held by another process; end it, or try again`, { cause: error });
    }
    await pause(pauseMs);
  }
}

const busy = 5;

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === busy;
