// Decides how a server ends: by a signal, in order, and at the latest after a time.
import type { Logger } from 'pino';
import { EXIT } from '../output.ts';

/** Terminals and npm may hand over one Ctrl-C twice within this time. */
const sameSignalMs = 300;

/** Resolves with the first of these signals; a second one ends the process at once. */
export function waitForSignal(log: Logger, signals: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const first: { at: number | undefined } = { at: undefined };
    const onSignal = (signal: NodeJS.Signals): void => {
      const now = performance.now();
      if (first.at === undefined) {
        first.at = now;
        resolve(signal);
      } else if (now - first.at > sameSignalMs) {
        log.warn({ signal }, 'stopped at once by a second signal; what was acknowledged is on disk');
        process.exit(EXIT.failure);
      }
    };
    for (const signal of signals) process.on(signal, onSignal);
  });
}

/** Waits for `stop`; when it is not done after `hardStopMs`, ends the process with a failure. */
export async function endInOrder(log: Logger, hardStopMs: number, stop: () => Promise<void>): Promise<void> {
  const timer = setTimeout(() => {
    log.error(`not stopped after ${hardStopMs / 1_000} s; ending anyway, what was acknowledged is on disk`);
    process.exit(EXIT.failure);
  }, hardStopMs);
  timer.unref();
  await stop();
  clearTimeout(timer);
  log.info('stopped');
}
