// Decides how code reaches the database: reads on any connection, writes in transactions that answer when durable.
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './schema.ts';

/** A query builder: the database itself or a transaction. */
export type Query = Kysely<Tables> | Transaction<Tables>;

/** Which database it is, for the few statements that differ. */
export type Dialect = 'sqlite' | 'postgres';

/**
 * The database.
 *
 * Guarantees: `transact` runs `work` in one serialisable-enough write transaction (SQLite: one writer at a time;
 * PostgreSQL: READ COMMITTED, rows that count must be locked by an UPDATE first), rolls back when it throws, and
 * resolves only when the commit would survive a power loss. Many transactions may share one fsync.
 * A full disk throws {@link StorageError} with code `storage.full`, a lost or locked database with
 * `storage.unavailable`; nothing of that transaction is stored then.
 */
export interface Database {
  dialect: Dialect;
  /**
   * For reads outside transactions. Sees every transaction that has resolved. On PostgreSQL a single statement that
   * writes may go this way: it is a transaction by itself and answers when it is durable.
   */
  read: Kysely<Tables>;
  transact<T>(work: (query: Transaction<Tables>) => Promise<T>): Promise<T>;
  /** Resolves when everything that this process has committed so far would survive a power loss. */
  durable(): Promise<void>;
  /** Brings the tables up to date; safe to call by several processes. */
  migrate(): Promise<void>;
  /** Resolves if a trivial query works, rejects with {@link StorageError} otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Thrown when the database cannot do what it should: full, locked, lost. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: 'storage.full' | 'storage.unavailable';
  constructor(code: 'storage.full' | 'storage.unavailable', message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
