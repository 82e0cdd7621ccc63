// Decides where the timestamps of rates are kept: in this process, in as much memory as is given.
import type { Clock } from '../context.ts';
import { fit, type Cells, type Fitted } from './gcra.ts';

/**
 * Keeps one timestamp a key. Guarantees: each call is atomic for its key, `take` in the order of the calls; a key that
 * was never seen is an empty bucket. It may forget a key whose bucket has run empty, and, when it is full, the key that
 * was used longest ago. May reject when the store cannot be reached.
 */
export interface CounterStore {
  take(key: string, cells: Cells, cost: number): Promise<Fitted>;
  /** Puts points back that were taken for what did not happen. */
  give(key: string, cells: Cells, cost: number): Promise<void>;
  forget(key: string): Promise<void>;
}

/** Keeps timestamps in memory; for one process. */
export function createMemoryCounters(clock: Clock, maxKeys: number): CounterStore {
  // In the order of the last use: a key is put in anew whenever its timestamp changes.
  const arrivals = new Map<string, number>();
  const keep = (key: string, arrival: number): void => {
    arrivals.delete(key);
    arrivals.set(key, arrival);
    const [oldest] = arrivals.keys();
    if (arrivals.size > maxKeys && oldest !== undefined) arrivals.delete(oldest);
  };
  return {
    take(key, cells, cost) {
      const fitted = fit(arrivals.get(key), cells, { now: clock.now(), cost });
      if (fitted.ok) keep(key, fitted.arrival);
      return Promise.resolve(fitted);
    },
    give(key, cells, cost) {
      const arrival = arrivals.get(key);
      if (arrival !== undefined) keep(key, arrival - cells.intervalMs * cost);
      return Promise.resolve();
    },
    forget(key) {
      arrivals.delete(key);
      return Promise.resolve();
    },
  };
}
