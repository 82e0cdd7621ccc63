// Decides how locks, tabs and storage behave where there are no tabs and no disk: in one process, in memory.
import type { KeyValueStorage, Locks, Network, TabChannel } from './ports.ts';

/** Locks for callers inside this process only. */
export function createProcessLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    withLock<T>(name: string, run: () => Promise<T>): Promise<T> {
      const before = tails.get(name) ?? Promise.resolve();
      const result = before.then(run, run);
      // The next in line waits for the end, not for success.
      const tail = result.then(
        () => undefined,
        () => undefined,
      );
      tails.set(name, tail);
      void tail.then(() => {
        if (tails.get(name) === tail) tails.delete(name);
      });
      return result;
    },
  };
}

/** A channel without anybody at the other end. */
export function createLonelyTab(): TabChannel {
  return { post: () => undefined, listen: () => () => undefined, close: () => undefined };
}

/** Storage that ends with the process. */
export function createMemoryStorage(): KeyValueStorage {
  const entries = new Map<string, string>();
  return {
    get: (key) => Promise.resolve(entries.get(key) ?? null),
    set(key, value) {
      entries.set(key, value);
      return Promise.resolve();
    },
    remove(key) {
      entries.delete(key);
      return Promise.resolve();
    },
    list: (prefix) => Promise.resolve(Array.from(entries).filter(([key]) => key.startsWith(prefix))),
  };
}

/** A device of which nothing is known: it counts as online. */
export function createSteadyNetwork(): Network {
  return { isOnline: () => true, listen: () => () => undefined };
}
