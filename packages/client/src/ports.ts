// Holds the ports through which the client reaches time, tabs, storage and the network; interfaces only.

/** Ends something that was begun; calling it again does nothing. */
export type Cancel = () => void;

/** Time and chance as arguments. Times are Unix milliseconds, delays are milliseconds. */
export interface Clock {
  now(): number;
  /** Runs `run` once after `delayMs`, unless cancelled before. */
  after(delayMs: number, run: () => void): Cancel;
  /** A number from 0 (inclusive) to 1 (exclusive). */
  random(): number;
}

/** A lock that all tabs of one origin share; without tabs, one process. Holders of one name run one after another. */
export interface Locks {
  /** Waits for the lock, runs `run` and releases the lock when its promise settles. */
  withLock<T>(name: string, run: () => Promise<T>): Promise<T>;
}

/** Carries messages to the other tabs of the origin, never back to the sender. */
export interface TabChannel {
  post(message: unknown): void;
  listen(listener: (message: unknown) => void): Cancel;
  close(): void;
}

/**
 * Keeps small strings over a reload. Each call is atomic for one key. A failure rejects; nothing is kept half.
 */
export interface KeyValueStorage {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
  /** All entries whose key begins with `prefix`, in no order. */
  list(prefix: string): Promise<ReadonlyArray<readonly [key: string, value: string]>>;
}

/** Whether the device believes that it has a network at all. */
export interface Network {
  isOnline(): boolean;
  /** Calls `listener` after each change of {@link Network.isOnline}. */
  listen(listener: () => void): Cancel;
}

/** What the client tells its application about troubles that it handles itself. Never holds a token or a text. */
export interface Log {
  (entry: { level: 'info' | 'warn'; message: string; detail?: string }): void;
}

/** Every outside thing that the client needs. */
export interface Ports {
  clock: Clock;
  locks: Locks;
  tabs: TabChannel;
  storage: KeyValueStorage;
  network: Network;
  fetch: typeof globalThis.fetch;
  log: Log;
}
