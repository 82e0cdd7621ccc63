// Decides how long to wait before the next try.

/** A growing pause. */
export interface Backoff {
  firstMs: number;
  longestMs: number;
}

/**
 * The pause before a try, in milliseconds: it doubles with each failure up to the longest, and half of it is chance,
 * so that those who failed together do not come back together.
 *
 * @param failures how many tries have failed, at least 1
 * @param random a number from 0 to 1
 */
export function pauseMs(backoff: Backoff, failures: number, random: number): number {
  const full = Math.min(backoff.longestMs, backoff.firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(full / 2 + (full / 2) * random);
}
