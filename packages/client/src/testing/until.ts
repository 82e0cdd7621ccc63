// Decides how a test waits for something that happens by itself: by asking the store, with a deadline.
import assert from 'node:assert/strict';
import type { Store } from '../store.ts';

/** Longest wait for anything in a test, in milliseconds. */
const DEADLINE_MS = 5_000;

/** Resolves when the store's value fulfils `wanted`; fails after 5 s with the value that it had. */
export function until<T>(store: Store<T>, wanted: (value: T) => boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(deadline);
      stop();
    };
    const look = (): void => {
      const value = store.getSnapshot();
      if (!wanted(value)) return;
      end();
      resolve(value);
    };
    const deadline = setTimeout(() => {
      stop();
      reject(new assert.AssertionError({ message: `still ${JSON.stringify(store.getSnapshot())}` }));
    }, DEADLINE_MS);
    const stop = store.subscribe(look);
    look();
  });
}
