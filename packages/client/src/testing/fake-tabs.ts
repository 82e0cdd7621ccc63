// Decides how several tabs of one origin behave in a test: shared locks, shared storage, a channel between them.
import { createMemoryStorage, createProcessLocks } from '../memory-ports.ts';
import type { Network, Ports, TabChannel } from '../ports.ts';
import type { FakeClock } from './fake-clock.ts';

/** A network that a test switches. */
export interface FakeNetwork extends Network {
  set(isOnline: boolean): void;
}

/** Makes a network that is there. */
export function createFakeNetwork(): FakeNetwork {
  const listeners = new Set<() => void>();
  let online = true;
  return {
    isOnline: () => online,
    listen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    set(isOnline) {
      online = isOnline;
      for (const listener of Array.from(listeners)) listener();
    },
  };
}

/** Makes the ports of one tab after the other; all of them share locks, storage and channel. */
export function createFakeTabs(
  clock: FakeClock,
): () => Omit<Ports, 'fetch'> & { network: FakeNetwork; notes: string[] } {
  const locks = createProcessLocks();
  const storage = createMemoryStorage();
  const listeners = new Map<TabChannel, Set<(message: unknown) => void>>();

  function createTab(): TabChannel {
    const mine = new Set<(message: unknown) => void>();
    const tab: TabChannel = {
      post(message) {
        const copy: unknown = structuredClone(message);
        for (const [other, theirs] of listeners) {
          if (other === tab) continue;
          for (const listener of Array.from(theirs)) queueMicrotask(() => listener(copy));
        }
      },
      listen(listener) {
        mine.add(listener);
        return () => {
          mine.delete(listener);
        };
      },
      close: () => listeners.delete(tab),
    };
    listeners.set(tab, mine);
    return tab;
  }

  return () => {
    const notes: string[] = [];
    const log: Ports['log'] = (entry) => void notes.push(entry.message);
    return { clock, locks, storage, tabs: createTab(), network: createFakeNetwork(), log, notes };
  };
}
