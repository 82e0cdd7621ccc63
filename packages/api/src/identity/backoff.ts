// Decides how long a source waits after failing at a name: a few tries are free, then each doubles the wait.
import type { Transaction } from 'kysely';
import type { Clock } from '../context.ts';
import type { Tables } from '../db/schema.ts';
import { LIMITS } from '../http/limits.ts';

/** Tries of a source at a name. */
export interface Backoff {
  /**
   * Begins a try: it counts as failed until told otherwise, so that of many at once no more than the free ones begin.
   * While a wait runs it is refused, and that changes nothing.
   *
   * @returns how long to wait, in milliseconds; 0 if the try may go on, and then when the try before it was
   */
  begin(pair: string): Promise<{ waitMs: number; previousAt: number }>;
  /** Takes one try back that never came to a verdict; the wait runs from the try before it again. */
  giveBack(pair: string, previousAt: number): Promise<void>;
  /** Forgets the failures after a success, in its transaction; returns how many there were besides it. */
  forget(query: Transaction<Tables>, pair: string): Promise<number>;
}

interface Tries {
  failures: number;
  at: number;
}

/** How long the next try waits after so many failures, in milliseconds. */
export function waitAfter(failures: number): number {
  const { freeFailures, firstWaitMs, longestWaitMs } = LIMITS.lockout;
  return failures < freeFailures ? 0 : Math.min(firstWaitMs * 2 ** (failures - freeFailures), longestWaitMs);
}

/** Keeps the tries in this process's memory; beyond the bound the pair that was tried longest ago is forgotten. */
export function createBackoff(clock: Clock): Backoff {
  const pairs = new Map<string, Tries>();
  const keep = (pair: string, tries: Tries): void => {
    pairs.delete(pair);
    if (tries.failures > 0) pairs.set(pair, tries);
    const [oldest] = pairs.keys();
    if (pairs.size > LIMITS.lockout.pairs && oldest !== undefined) pairs.delete(oldest);
  };
  const find = (pair: string): Tries => {
    const tries = pairs.get(pair);
    const isRecent = tries !== undefined && tries.at + LIMITS.lockout.forgetMs > clock.now();
    return isRecent ? tries : { failures: 0, at: 0 };
  };
  return {
    begin(pair) {
      const { failures, at } = find(pair);
      const now = clock.now();
      // A clock that was set back must not make the wait longer than it ever was.
      const waitMs = Math.min(at + waitAfter(failures) - now, waitAfter(failures));
      if (waitMs > 0) return Promise.resolve({ waitMs, previousAt: at });
      keep(pair, { failures: failures + 1, at: now });
      return Promise.resolve({ waitMs: 0, previousAt: at });
    },
    giveBack(pair, previousAt) {
      const { failures } = find(pair);
      keep(pair, { failures: Math.max(0, failures - 1), at: previousAt });
      return Promise.resolve();
    },
    forget(_query, pair) {
      const { failures } = find(pair);
      pairs.delete(pair);
      return Promise.resolve(Math.max(0, failures - 1));
    },
  };
}
