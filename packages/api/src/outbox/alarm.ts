// Decides how a loop sleeps so that it can be woken early and never misses a call.

/** A bell for one sleeper. A ring while nobody sleeps is kept for the next sleep. */
export interface Alarm {
  ring(): void;
  /**
   * Sleeps until the bell rings or the time is over, whichever comes first.
   *
   * @param ms at most this long
   * @param isDeaf whether a ring is to wait for the next sleep
   */
  sleep(ms: number, isDeaf?: boolean): Promise<void>;
  /** Ends the present sleep and every later one at once. */
  stop(): void;
}

/** Makes a bell. */
export function createAlarm(): Alarm {
  const state = { isRung: false, isStopped: false, isDeaf: false, end: () => {} };
  return {
    ring() {
      state.isRung = true;
      if (!state.isDeaf) state.end();
    },
    stop() {
      state.isStopped = true;
      state.end();
    },
    async sleep(ms, isDeaf = false) {
      if (state.isStopped || (state.isRung && !isDeaf)) {
        state.isRung = false;
        return;
      }
      state.isDeaf = isDeaf;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        state.end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      state.end = () => {};
      if (!isDeaf) state.isRung = false;
      state.isDeaf = false;
    },
  };
}
