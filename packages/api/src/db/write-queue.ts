// Decides whose turn it is to write: one at a time, in order of arrival, bounded, leaving the event loop room to breathe.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StorageError } from './database.ts';

// A transaction of SQLite never leaves the microtask queue, so a run of them would hold up every socket.
const MAX_TURN_MS = 4;

/** Runs tasks one after another. */
export interface WriteQueue {
  /** Runs `task` when those before it have ended. Rejects with {@link StorageError} when too many wait already. */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Resolves when everything that was queued before this call has ended. */
  drained(): Promise<void>;
}

/** A queue that refuses a task when `maxWaiting` tasks wait. */
export function createWriteQueue(maxWaiting: number): WriteQueue {
  let tail: Promise<void> = Promise.resolve();
  let waiting = 0;
  let turnStartedAt = 0;

  const breathe = async (): Promise<void> => {
    if (performance.now() - turnStartedAt < MAX_TURN_MS) return;
    await nextTurn();
    turnStartedAt = performance.now();
  };
  return {
    run(task) {
      if (waiting >= maxWaiting) {
        return Promise.reject(
          new StorageError(
            'storage.unavailable',
            `The database is too busy: ${maxWaiting} writes wait. Try again soon.`,
          ),
        );
      }
      if (waiting === 0) turnStartedAt = performance.now();
      waiting += 1;
      const result = tail.then(breathe).then(task);
      const end = (): void => {
        waiting -= 1;
      };
      tail = result.then(end, end);
      return result;
    },
    drained: () => tail,
  };
}
