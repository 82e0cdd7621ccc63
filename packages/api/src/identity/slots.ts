// Decides how much costly work runs at once, how much may wait, and for how long.

/** What became of the work: done, or refused because too much was waiting or it waited too long. */
export type Ran<T> = { ok: true; value: T } | { ok: false };

/** A place where costly work is run. */
export interface Slots {
  /** Runs `work` when a slot is free. Rejects only if `work` does. */
  run<T>(work: () => Promise<T>): Promise<Ran<T>>;
}

/**
 * Makes slots. Work is taken first come, first served.
 *
 * @param bounds `parallel` at once, `maxWaiting` in the queue, each for `maxWaitMs` at most
 */
export function createSlots(bounds: { parallel: number; maxWaiting: number; maxWaitMs: number }): Slots {
  const waiting = new Set<(granted: boolean) => void>();
  const state = { running: 0 };

  const acquire = (): Promise<boolean> => {
    if (state.running < bounds.parallel) {
      state.running++;
      return Promise.resolve(true);
    }
    if (waiting.size >= bounds.maxWaiting) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (granted: boolean): void => {
        clearTimeout(timer);
        waiting.delete(settle);
        resolve(granted);
      };
      const timer = setTimeout(settle, bounds.maxWaitMs, false);
      waiting.add(settle);
    });
  };

  const release = (): void => {
    const [next] = waiting;
    // The slot passes on without becoming free in between, so nobody can overtake the queue.
    if (next !== undefined) next(true);
    else state.running--;
  };

  return {
    async run(work) {
      if (!(await acquire())) return { ok: false };
      try {
        return { ok: true, value: await work() };
      } finally {
        release();
      }
    },
  };
}
