// Decides what time is to the gateway: an argument, so that tests can turn it.

/** Time as an argument. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Runs something again and again; the returned function ends it. Does not keep the process alive. */
  every(intervalMs: number, run: () => void): () => void;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: Date.now,
  every(intervalMs, run) {
    const timer = setInterval(run, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};

/** A number from 0 up to 1; as an argument, so that tests can choose it. */
export type Random = () => number;

/** Runs something once, later; the returned function prevents it. */
export function after(clock: Pick<Clock, 'every'>, delayMs: number, run: () => void): () => void {
  const stop = clock.every(delayMs, () => {
    stop();
    run();
  });
  return stop;
}
