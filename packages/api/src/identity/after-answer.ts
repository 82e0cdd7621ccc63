// Decides how work is done that an answer must not wait for, so that its time tells nothing.
import type { Logger } from 'pino';
import { LIMITS } from '../http/limits.ts';

/** A queue of work behind answers; one piece at a time, first come, first served. */
export interface AfterAnswer {
  /**
   * Takes work. It begins in a later turn of the event loop; a failure is logged. Beyond the bound it is dropped and
   * said so: the person asks again.
   */
  run(what: string, work: () => Promise<void>): void;
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>;
}

/** Makes the queue. */
export function createAfterAnswer({ log }: { log: Pick<Logger, 'error' | 'warn'> }): AfterAnswer {
  const state = { waiting: 0, last: Promise.resolve() };
  const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    run(what, work) {
      if (state.waiting >= LIMITS.afterAnswerWaiting) {
        log.warn({ event: 'after_answer.dropped', what }, 'too much work waits behind answers');
        return;
      }
      state.waiting++;
      state.last = state.last
        .then(later)
        .then(work)
        .catch((error: unknown) => log.error({ err: error }, `${what} failed`))
        .finally(() => state.waiting--);
    },
    idle: () => state.last,
  };
}
