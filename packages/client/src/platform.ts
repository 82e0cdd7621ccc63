// Decides which of the platform's own parts stand behind the ports: those of a browser, or those of a plain process.
import { createIndexedDbStorage } from './indexed-db.ts';
import type { DbFactory } from './indexed-db.ts';
import { createLocalStorage } from './local-storage.ts';
import type { WebStorage } from './local-storage.ts';
import { createLonelyTab, createMemoryStorage, createProcessLocks, createSteadyNetwork } from './memory-ports.ts';
import type { Clock, KeyValueStorage, Locks, Network, Ports, TabChannel } from './ports.ts';

/** The parts of a browser that are used; each may be missing. */
export interface Globals {
  document?: unknown;
  navigator?: { onLine?: boolean; locks?: { request<T>(name: string, run: () => Promise<T>): Promise<T> } };
  indexedDB?: DbFactory;
  localStorage?: WebStorage;
  BroadcastChannel?: new (name: string) => BroadcastLike;
  addEventListener?: (type: string, listener: () => void) => void;
  removeEventListener?: (type: string, listener: () => void) => void;
}

/** The part of a BroadcastChannel that is used. */
export interface BroadcastLike {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  removeEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  close(): void;
}

/** The system's time and chance. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

function locksOf(globals: Globals): Locks {
  const locks = globals.navigator?.locks;
  return locks === undefined ? createProcessLocks() : { withLock: (name, run) => locks.request(name, run) };
}

function tabsOf(globals: Globals, scope: string): TabChannel {
  if (globals.BroadcastChannel === undefined) return createLonelyTab();
  const channel = new globals.BroadcastChannel(scope);
  return {
    post: (message) => channel.postMessage(message),
    listen(listener) {
      const onMessage = (event: { data: unknown }): void => listener(event.data);
      channel.addEventListener('message', onMessage);
      return () => channel.removeEventListener('message', onMessage);
    },
    close: () => channel.close(),
  };
}

/** Reading a forbidden storage throws in some browsers, even its name. */
function read<T>(get: () => T | undefined): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}

function storageOf(globals: Globals, scope: string): KeyValueStorage {
  const database = read(() => globals.indexedDB);
  if (database !== undefined) return createIndexedDbStorage(database, scope);
  const storage = read(() => globals.localStorage);
  return storage === undefined ? createMemoryStorage() : createLocalStorage(storage);
}

function networkOf(globals: Globals): Network {
  const { navigator, addEventListener, removeEventListener } = globals;
  if (navigator === undefined || addEventListener === undefined || removeEventListener === undefined) {
    return createSteadyNetwork();
  }
  return {
    isOnline: () => navigator.onLine !== false,
    listen(listener) {
      addEventListener.call(globals, 'online', listener);
      addEventListener.call(globals, 'offline', listener);
      return () => {
        removeEventListener.call(globals, 'online', listener);
        removeEventListener.call(globals, 'offline', listener);
      };
    },
  };
}

/**
 * The ports of the platform. A process without a document has no tabs: its locks and storage are its own.
 *
 * @param scope names what is shared among the tabs of one installation
 */
export function platformPorts(scope: string, globals: Globals = globalThis as Globals): Ports {
  const shared = { clock: systemClock, fetch: globalThis.fetch.bind(globalThis), log: () => undefined };
  if (globals.document === undefined) {
    return {
      ...shared,
      locks: createProcessLocks(),
      tabs: createLonelyTab(),
      storage: createMemoryStorage(),
      network: createSteadyNetwork(),
    };
  }
  return {
    ...shared,
    locks: locksOf(globals),
    tabs: tabsOf(globals, scope),
    storage: storageOf(globals, scope),
    network: networkOf(globals),
  };
}
