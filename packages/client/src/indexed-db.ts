// Decides how small strings are kept in the browser's IndexedDB.
import type { KeyValueStorage } from './ports.ts';

/** The part of IndexedDB's request that is used here. */
export interface DbRequest {
  result: unknown;
  error: unknown;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}

/** The part of an object store that is used here. */
export interface DbStore {
  get(key: string): DbRequest;
  put(value: string, key: string): DbRequest;
  delete(key: string): DbRequest;
  getAll(): DbRequest;
  getAllKeys(): DbRequest;
}

/** The part of a transaction that is used here. */
export interface DbTransaction {
  objectStore(name: string): DbStore;
  error: unknown;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
}

/** The part of a database that is used here. */
export interface Db {
  createObjectStore(name: string): unknown;
  transaction(name: string, mode: 'readonly' | 'readwrite'): DbTransaction;
  close(): void;
  onversionchange: (() => void) | null;
}

/** The part of `globalThis.indexedDB` that is used here. */
export interface DbFactory {
  open(
    name: string,
    version: number,
  ): DbRequest & { onupgradeneeded: (() => void) | null; onblocked: (() => void) | null };
}

const STORE = 'entries';

/** Storage could not be read or written: it is full, forbidden, or the database is damaged. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
  readonly code = 'storage.unavailable';
}

function failure(cause: unknown): StorageUnavailableError {
  return new StorageUnavailableError('The browser storage cannot be used', { cause });
}

function openDatabase(factory: DbFactory, name: string): Promise<Db> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, 1);
    request.onupgradeneeded = () => {
      (request.result as Db).createObjectStore(STORE);
    };
    request.onblocked = () => reject(failure(undefined));
    request.onerror = () => reject(failure(request.error));
    request.onsuccess = () => {
      const db = request.result as Db;
      // Another tab brings a newer version: it must not be kept waiting.
      db.onversionchange = () => db.close();
      resolve(db);
    };
  });
}

/**
 * Keeps strings in one object store. A write resolves after its transaction has completed. The database is opened on
 * first use; when that fails, each call tries anew.
 *
 * @param name the name of the database
 */
export function createIndexedDbStorage(factory: DbFactory, name: string): KeyValueStorage {
  let opened: Promise<Db> | null = null;

  function database(): Promise<Db> {
    opened ??= openDatabase(factory, name).catch((error: unknown) => {
      opened = null;
      throw error;
    });
    return opened;
  }

  async function run<T>(
    mode: 'readonly' | 'readwrite',
    work: (store: DbStore) => readonly DbRequest[],
    read: (results: readonly unknown[]) => T,
  ): Promise<T> {
    const db = await database();
    return new Promise<T>((resolve, reject) => {
      const transaction = db.transaction(STORE, mode);
      const requests = work(transaction.objectStore(STORE));
      transaction.onabort = () => reject(failure(transaction.error));
      transaction.oncomplete = () => resolve(read(requests.map((request) => request.result)));
    });
  }

  return {
    get: (key) =>
      run(
        'readonly',
        (store) => [store.get(key)],
        ([value]) => (typeof value === 'string' ? value : null),
      ),
    set: (key, value) =>
      run(
        'readwrite',
        (store) => [store.put(value, key)],
        () => undefined,
      ),
    remove: (key) =>
      run(
        'readwrite',
        (store) => [store.delete(key)],
        () => undefined,
      ),
    list: (prefix) =>
      run(
        'readonly',
        (store) => [store.getAllKeys(), store.getAll()],
        ([keys, values]) => {
          const [names, texts] = [keys as readonly string[], values as readonly string[]];
          return names.map((key, at) => [key, texts[at] ?? ''] as const).filter(([key]) => key.startsWith(prefix));
        },
      ),
  };
}
