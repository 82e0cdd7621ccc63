// Decides how work is done that an answer must not wait for, so that its time tells nothing.
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { LIMITS } from '../http/limits.ts';

/** A queue of work behind answers; one piece at a time, first come, first served. */
export interface AfterAnswer {
  /**
   * Takes work. It begins some milliseconds later, when the answer has left; a failure is logged. Beyond the bound it is
   * dropped and said so: the person asks again.
   */
  run(what: string, work: () => Promise<void>): void;
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>;
}

/** Work begins so long after it was asked for, in milliseconds: from the least on, and less than the most. */
const PAUSE_MS = [25, 50] as const;

/**
 * Makes the queue. Work of a later turn alone would not do: it can come before the answer is written, which is made in
 * several turns. The pause differs each time, so that who asks twice in a row cannot count on when the work falls.
 */
export function createAfterAnswer({ log }: { log: Pick<Logger, 'error' | 'warn'> }): AfterAnswer {
  const state = { waiting: 0, last: Promise.resolve() };
  return {
    run(what, work) {
      if (state.waiting >= LIMITS.afterAnswerWaiting) {
        log.warn({ event: 'after_answer.dropped', what }, 'too much work waits behind answers');
        return;
      }
      state.waiting++;
      const dueAt = performance.now() + randomInt(...PAUSE_MS);
      state.last = state.last
        .then(() => delay(Math.max(0, dueAt - performance.now())))
        .then(work)
        .catch((error: unknown) => log.error({ err: error }, `${what} failed`))
        .finally(() => state.waiting--);
    },
    idle: () => state.last,
  };
}
