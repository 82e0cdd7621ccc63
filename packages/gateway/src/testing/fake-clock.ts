// A clock that tests turn by hand.
import type { Clock } from '../clock.ts';

interface Repetition {
  intervalMs: number;
  nextAt: number;
  run: () => void;
}

/** A clock that stands still until `tick`. */
export interface FakeClock extends Clock {
  /** Moves time forward and runs what is due on the way, in order. */
  tick(ms: number): void;
  /** Sets the time back, as an operator or a time server may; what repeats goes on at its own pace. */
  setBack(ms: number): void;
}

/** Starts at a fixed time, in Unix milliseconds. */
export function createFakeClock(startMs = 1_700_000_000_000): FakeClock {
  let now = startMs;
  const repetitions = new Set<Repetition>();
  return {
    now: () => now,
    every(intervalMs, run) {
      const repetition = { intervalMs, nextAt: now + intervalMs, run };
      repetitions.add(repetition);
      return () => void repetitions.delete(repetition);
    },
    tick(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = [...repetitions].sort((a, b) => a.nextAt - b.nextAt);
        if (next === undefined || next.nextAt > end) break;
        now = next.nextAt;
        next.nextAt += next.intervalMs;
        next.run();
      }
      now = end;
    },
    setBack(ms) {
      now -= ms;
      for (const repetition of repetitions) repetition.nextAt -= ms;
    },
  };
}
