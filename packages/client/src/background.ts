// Decides what becomes of a promise that nobody awaits: its failure is told to the log.
import type { Log } from './ports.ts';

/** Lets `promise` run by itself; a rejection goes to `log` with `what` failed. */
export function background(log: Log, what: string, promise: Promise<unknown>): void {
  promise.catch((error: unknown) => {
    log({ level: 'warn', message: `${what} failed`, detail: error instanceof Error ? error.name : typeof error });
  });
}
