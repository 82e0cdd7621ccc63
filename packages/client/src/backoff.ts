// Decides how long to wait between attempts.
import type { Clock } from './ports.ts';

/** Bounds of a growing delay, in milliseconds. */
export interface BackoffBounds {
  firstMs: number;
  maxMs: number;
}

/**
 * A delay that doubles with every failure, with half of it left to chance so that clients do not come back together.
 *
 * @param failures how many attempts have failed in a row; 1 gives about `firstMs`
 * @returns milliseconds, between half and all of the doubled value, never above `maxMs`
 */
export function backoffMs(clock: Pick<Clock, 'random'>, failures: number, bounds: BackoffBounds): number {
  const ceiling = Math.min(bounds.maxMs, bounds.firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return Math.round(ceiling / 2 + clock.random() * (ceiling / 2));
}
