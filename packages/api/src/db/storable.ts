// Decides which values may be sent to a database: those that both databases store alike.

/** Why `stream()` is refused. */
export const NO_STREAMS = 'Queries are not streamed here. Read page by page with a limit.';

/** A value that both databases store alike. */
export type Storable = string | number | bigint | null | Uint8Array;

/**
 * Gives a parameter back if both databases store it alike.
 *
 * @throws {TypeError} for anything else: SQLite would store a `Date` as NULL, PostgreSQL a flag as a word
 */
export function storable(value: unknown): Storable {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value;
  if (value instanceof Uint8Array) return value;
  const kind = value instanceof Date ? 'Date' : typeof value;
  throw new TypeError(
    `A value of type ${kind} cannot be stored. Give times in Unix milliseconds, flags as 0 or 1, objects as JSON text.`,
  );
}
