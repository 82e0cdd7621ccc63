// Decides when the write-ahead log is moved into the database file, and when writers must pause for it.
import type { Logger } from 'pino';
import type { CheckpointThread } from './checkpoint-thread.ts';
import type { CheckpointResult } from './checkpoint-worker.ts';
import type { WriteQueue } from './write-queue.ts';

const MB = 1024 * 1024;

/** Keeps the log from growing without end. */
export interface Checkpointer {
  /** Says how much of the log is in use, in bytes. */
  walIs(bytes: number): void;
  /** Resolves when no checkpoint runs and none will. */
  close(): Promise<void>;
}

/** What the checkpointer works with. */
export interface CheckpointerOptions {
  thread: CheckpointThread;
  /** The writers, whose turn is taken when they must pause. */
  queue: WriteQueue;
  log: Logger;
  /** Called when a checkpoint could not be made; the log keeps growing until a later one succeeds. */
  onFailure(failure: CheckpointResult & { ok: false }): void;
  /** Each time the log has grown by so much, what can be moved is moved while writers go on. 8 MiB. */
  passiveBytes?: number;
  /** From this length on writers pause for a moment, so that the log can start from its beginning. 32 MiB. */
  gateBytes?: number;
}

/** A checkpointer that starts at most one checkpoint at a time. */
export function createCheckpointer(options: CheckpointerOptions): Checkpointer {
  const { thread, queue, log, passiveBytes = 8 * MB, gateBytes = 32 * MB } = options;
  let passiveAt = passiveBytes;
  let gateAt = gateBytes;
  let running: Promise<void> | undefined;
  let isClosed = false;

  const checkpoint = async (mode: 'passive' | 'restart'): Promise<CheckpointResult> => {
    const startedAt = performance.now();
    const result = await thread.checkpoint(mode);
    if (!result.ok) options.onFailure(result);
    log.debug({ mode, result, milliseconds: Math.round(performance.now() - startedAt) }, 'database checkpoint');
    return result;
  };
  const run = async (bytes: number): Promise<void> => {
    await checkpoint('passive');
    passiveAt = bytes + passiveBytes;
    if (bytes < gateAt) return;
    // Only what was written since the passive one is left to do while writers wait.
    const result = await queue.run(() => checkpoint('restart'));
    const restarted = result.ok && result.complete;
    gateAt = restarted ? gateBytes : bytes + gateBytes;
    if (!restarted)
      log.warn({ bytes }, 'the write-ahead log cannot start anew: is a program reading the database for long?');
  };
  return {
    walIs(bytes) {
      // Shorter than it was: a writer has started the log from its beginning.
      if (bytes < passiveAt - passiveBytes) passiveAt = passiveBytes;
      if (isClosed || running !== undefined || bytes < passiveAt) return;
      running = run(bytes)
        .catch((error: unknown) => log.error({ error }, 'a database checkpoint failed'))
        .finally(() => {
          running = undefined;
        });
    },
    async close() {
      isClosed = true;
      await running;
      await thread.close();
    },
  };
}
