// Decides how one checkpoint is done, on a thread of its own: its flushes would stop the event loop.
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { sqliteCode } from './sqlite-errors.ts';

/** What the thread is asked: a checkpoint of a mode, or to end. */
export type CheckpointRequest = 'passive' | 'restart' | 'close';

/** How a checkpoint ended; `complete` means that the file holds everything that the log held when it began. */
export type CheckpointResult =
  | { ok: true; complete: boolean }
  | { ok: false; message: string; errcode: number | undefined };

// Writers wait while a restarting checkpoint waits for readers.
const READER_TIMEOUT_MS = 250;

if (parentPort !== null) serve(parentPort);

function serve(port: NonNullable<typeof parentPort>): void {
  const connection = new DatabaseSync(String(workerData), { timeout: READER_TIMEOUT_MS });
  port.on('message', (request: CheckpointRequest) => {
    if (request === 'close') {
      connection.close();
      port.close();
      return;
    }
    port.postMessage(checkpoint(connection, request));
  });
}

function checkpoint(connection: DatabaseSync, mode: 'passive' | 'restart'): CheckpointResult {
  try {
    const row = connection.prepare(`pragma wal_checkpoint(${mode})`).get();
    return { ok: true, complete: row?.['busy'] === 0 && row['log'] === row['checkpointed'] };
  } catch (error) {
    return { ok: false, message: String(error), errcode: sqliteCode(error) };
  }
}
