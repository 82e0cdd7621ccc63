// Decides when commits count as durable: one flush at a time, shared by all who wait.
import { StorageError } from './database.ts';
import { isFull } from './sqlite-errors.ts';

/** Makes commits durable in groups. */
export interface GroupCommit {
  /** Says that a commit has been written to the log, but not yet to the disk. */
  committed(): void;
  /**
   * Resolves when every commit that was reported before this call is on the disk. Rejects with
   * {@link StorageError} when a flush has failed, now or earlier.
   */
  durable(): Promise<void>;
  /** Refuses everything from now on: what is on the disk is unknown. */
  fail(cause: unknown): void;
  /** The reason why nothing may be written any more, if there is one. */
  failure(): StorageError | undefined;
}

type Phase =
  | { name: 'idle' }
  | { name: 'flushing'; covers: number; done: Promise<void>; next: Promise<void> | undefined }
  | { name: 'failed'; error: StorageError };

/**
 * Groups commits.
 *
 * @param flush brings everything that was written before the call to the disk, off the event loop
 */
export function createGroupCommit(flush: () => Promise<void>): GroupCommit {
  let commits = 0;
  let onDisk = 0;
  let phase: Phase = { name: 'idle' };

  const fail = (cause: unknown): StorageError => {
    if (phase.name === 'failed') return phase.error;
    const error = flushFailure(cause);
    phase = { name: 'failed', error };
    return error;
  };
  const start = (): Promise<void> => {
    const covers = commits;
    const done = flush().then(
      () => {
        if (phase.name === 'failed') throw phase.error;
        onDisk = covers;
        phase = { name: 'idle' };
      },
      (cause: unknown) => {
        throw fail(cause);
      },
    );
    phase = { name: 'flushing', covers, done, next: undefined };
    return done;
  };
  const durable = (): Promise<void> => {
    if (phase.name === 'failed') return Promise.reject(phase.error);
    if (onDisk === commits) return Promise.resolve();
    if (phase.name === 'idle') return start();
    if (phase.covers === commits) return phase.done;
    // The running flush may have passed over our commit already: only one that starts later counts.
    phase.next ??= phase.done.then(durable);
    return phase.next;
  };
  return {
    committed() {
      commits += 1;
    },
    durable,
    fail(cause) {
      fail(cause);
    },
    failure: () => (phase.name === 'failed' ? phase.error : undefined),
  };
}

function flushFailure(cause: unknown): StorageError {
  if (isFull(cause)) {
    return new StorageError(
      'storage.full',
      'The disk filled up while a commit was flushed. Free space, then start Parley again.',
      { cause },
    );
  }
  return new StorageError(
    'storage.unavailable',
    'The disk failed to confirm a commit, so nothing more is written. Check the disk, then start Parley again.',
    { cause },
  );
}
