// Decides when the next attempt to connect may begin, and lets everybody see when that will be.
import { backoffMs } from './backoff.ts';
import type { Cancel, Clock } from './ports.ts';
import { createStore } from './store.ts';
import type { Store } from './store.ts';

/** `open`: no attempt has failed. `waiting`: the next begins at `retryAt`, Unix ms. `trying`: one is under way. */
export type GateState = { name: 'open' } | { name: 'waiting'; retryAt: number } | { name: 'trying' };

const RECONNECT = { firstMs: 1_000, maxMs: 20_000 };
/** A connection that lasted this long has proved itself: the next failure starts with a short wait. Milliseconds. */
const PROVED_MS = 5_000;

/**
 * Spaces the attempts to connect. The realtime library calls {@link AttemptGate.pass} at the start of each attempt and
 * waits; its own delays are set to nearly nothing. So the moment of the next attempt is known, and can be moved.
 */
export interface AttemptGate {
  state: Store<GateState>;
  /** Resolves when an attempt may begin: at once for the very first, later after a drop or a failure. */
  pass(): Promise<void>;
  /** Begins the waiting attempt now, on a hint that it will work; if it does not, the waits start anew. */
  release(): void;
  /** An attempt has led to a connection. */
  succeeded(): void;
  /** Forgets all failures; a waiting attempt is let through, to find that it is no longer wanted. */
  reset(): void;
}

/** Makes a gate without failures. */
export function createAttemptGate(clock: Clock): AttemptGate {
  const state = createStore<GateState>({ name: 'open' });
  let attempts = 0;
  let connectedAt: number | null = null;
  let open: Cancel = () => undefined;

  return {
    state,
    pass() {
      // After a drop even the first attempt waits a little: a restarted server is not met by everybody at once.
      if (connectedAt !== null && clock.now() - connectedAt >= PROVED_MS) attempts = 1;
      connectedAt = null;
      open();
      attempts += 1;
      if (attempts === 1) {
        state.set({ name: 'trying' });
        return Promise.resolve();
      }
      const waitMs = backoffMs(clock, attempts - 1, RECONNECT);
      state.set({ name: 'waiting', retryAt: clock.now() + waitMs });
      return new Promise((resolve) => {
        const cancel = clock.after(waitMs, () => open());
        open = () => {
          open = () => undefined;
          cancel();
          state.set({ name: 'trying' });
          resolve();
        };
      });
    },
    release() {
      if (state.getSnapshot().name === 'waiting') attempts = 1;
      open();
    },
    succeeded() {
      connectedAt = clock.now();
      state.set({ name: 'open' });
    },
    reset() {
      attempts = 0;
      connectedAt = null;
      open();
      state.set({ name: 'open' });
    },
  };
}
