// Decides how the thread that does checkpoints is started, asked and ended.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CheckpointRequest, CheckpointResult } from './checkpoint-worker.ts';

// The thread runs one statement again and again.
const MAX_HEAP_MB = 16;

/** Does checkpoints, one at a time. */
export interface CheckpointThread {
  /**
   * `passive` moves what it can while others write; `restart` moves everything, so that the next writer starts the
   * log from its beginning, but needs all writers to pause. A thread that crashed is started anew by the next call.
   */
  checkpoint(mode: 'passive' | 'restart'): Promise<CheckpointResult>;
  close(): Promise<void>;
}

/** The thread for one database file; it starts with the first checkpoint. */
export function createCheckpointThread(file: string): CheckpointThread {
  let running: Worker | undefined;

  const start = (): Worker => {
    const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), {
      workerData: file,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    // Whoever awaits the answer learns of the crash there; here it is only forgotten.
    worker.on('error', () => {
      running = undefined;
    });
    running = worker;
    return worker;
  };
  const ask = (worker: Worker, request: CheckpointRequest, event: 'message' | 'exit'): Promise<unknown[]> => {
    worker.ref();
    const answered = once(worker, event);
    worker.postMessage(request);
    return answered;
  };
  return {
    async checkpoint(mode) {
      const worker = running ?? start();
      try {
        const [result] = await ask(worker, mode, 'message');
        return result as CheckpointResult;
      } catch (error) {
        return { ok: false, message: String(error), errcode: undefined };
      } finally {
        worker.unref();
      }
    },
    async close() {
      if (running !== undefined) await ask(running, 'close', 'exit');
    },
  };
}
