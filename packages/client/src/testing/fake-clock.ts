// Decides how time passes in tests: only when told.
import type { Clock } from '../ports.ts';

/** A clock that stands still until {@link FakeClock.tick}. Chance is always one half. */
export interface FakeClock extends Clock {
  /** Lets time pass; timers run in order at their own moment, and promises settle in between. */
  tick(ms: number): Promise<void>;
  /** How many timers are waiting. */
  pending(): number;
}

/** Lets one turn of the event loop pass: the shortest time that a network takes. */
export function turn(): Promise<void> {
  return new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

/** Lets everything that is ready to go on, go on. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) {
    await turn();
  }
}

/** Makes a clock that begins at 1,000,000. */
export function createFakeClock(): FakeClock {
  const timers = new Set<{ at: number; run: () => void }>();
  let now = 1_000_000;
  return {
    now: () => now,
    random: () => 0.5,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      timers.add(timer);
      return () => {
        timers.delete(timer);
      };
    },
    pending: () => timers.size,
    async tick(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const due = Array.from(timers)
          .filter((timer) => timer.at <= end)
          .toSorted((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        timers.delete(due);
        now = Math.max(now, due.at);
        due.run();
      }
      now = end;
      await settle();
    },
  };
}
