// Decides which failures of PostgreSQL mean a full disk and which a lost database.
import { StorageError } from './database.ts';

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const DISK_FULL = '53100';
const LOST_CLASSES: readonly string[] = ['08', '57P', '53', '58', '28', '3D', '25P03', '55P03', '57014', '40P01'];
const LOST_SYSTEM_CALLS: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);
// pg gives these no code.
const LOST_MESSAGE =
  /connection terminated|timeout exceeded when trying to connect|connection error|not queryable|after calling end/i;

/** The SQLSTATE or the system's error code. */
export function postgresCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A {@link StorageError} for what the database could not do; an error that the caller made comes back as it is. */
export function postgresFailure(error: unknown): unknown {
  const code = postgresCode(error);
  if (code === DISK_FULL) {
    return new StorageError('storage.full', 'The disk of the database server is full. Free space on that server.', {
      cause: error,
    });
  }
  if (!isLost(error, code)) return error;
  return new StorageError(
    'storage.unavailable',
    `PostgreSQL does not answer (${code ?? 'connection lost'}). Check that the server of DATABASE_URL runs and can be reached.`,
    { cause: error },
  );
}

function isLost(error: unknown, code: string | undefined): boolean {
  if (code !== undefined) return LOST_SYSTEM_CALLS.has(code) || LOST_CLASSES.some((start) => code.startsWith(start));
  return error instanceof Error && LOST_MESSAGE.test(error.message);
}
