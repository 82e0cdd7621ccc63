// Decides how a value is observed: a snapshot that never changes in place, and a list of listeners.
import type { Cancel } from './ports.ts';

/** A value that can be observed; fits React's `useSyncExternalStore`. */
export interface Store<T> {
  /** Calls `listener` after each change. Returns the way to stop. */
  subscribe: (listener: () => void) => Cancel;
  /** The present value: the same object until it changes. Treat it as frozen. */
  getSnapshot: () => T;
}

/** A {@link Store} whose owner changes it. */
export interface WritableStore<T> extends Store<T> {
  /** Replaces the value; the identical value tells nobody. */
  set(next: T): void;
}

/**
 * Makes a store. Its functions need no `this`, so they can be handed around.
 */
export function createStore<T>(initial: T): WritableStore<T> {
  const listeners = new Set<() => void>();
  let value = initial;
  return {
    subscribe(listener) {
      // A wrapper of its own, so that one function subscribed twice has two lives.
      const entry = (): void => listener();
      listeners.add(entry);
      return () => {
        listeners.delete(entry);
      };
    },
    getSnapshot: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of Array.from(listeners)) listener();
    },
  };
}

/**
 * Derives a store from others. The result is computed when asked for and kept while the sources keep their snapshots.
 *
 * @param sources stores whose snapshots go to `compute` in this order
 */
export function deriveStore<A, B, T>(sources: readonly [Store<A>, Store<B>], compute: (a: A, b: B) => T): Store<T> {
  const [first, second] = sources;
  let last: { a: A; b: B; result: T } | undefined;
  return {
    subscribe(listener) {
      const cancels = [first.subscribe(listener), second.subscribe(listener)];
      return () => {
        for (const cancel of cancels) cancel();
      };
    },
    getSnapshot() {
      const a = first.getSnapshot();
      const b = second.getSnapshot();
      if (last !== undefined && Object.is(last.a, a) && Object.is(last.b, b)) return last.result;
      const result = compute(a, b);
      last = { a, b, result };
      return result;
    },
  };
}
