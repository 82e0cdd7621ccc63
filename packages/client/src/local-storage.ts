// Decides how small strings are kept in the browser's localStorage, where IndexedDB is not to be had.
import type { KeyValueStorage } from './ports.ts';

/** The part of `globalThis.localStorage` that is used here. */
export interface WebStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Keeps strings in `storage`. A full or forbidden storage rejects. */
export function createLocalStorage(storage: WebStorage): KeyValueStorage {
  return {
    get: async (key) => storage.getItem(key),
    set: async (key, value) => storage.setItem(key, value),
    remove: async (key) => storage.removeItem(key),
    list: async (prefix) => {
      const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
      return keys
        .filter((key): key is string => key !== null && key.startsWith(prefix))
        .map((key) => [key, storage.getItem(key) ?? ''] as const);
    },
  };
}
