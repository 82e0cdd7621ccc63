// Decides what the api's log lines look like and what can never stand in one.
import { pino, type DestinationStream, type Logger } from 'pino';
import { LIMITS } from './limits.ts';

/** Members that are cut out wherever they stand in a logged object, up to two levels deep. */
const SECRET_MEMBERS = [
  'password',
  'authorization',
  'cookie',
  'set-cookie',
  'setCookie',
  'token',
  'accessToken',
  'refreshToken',
  'invitation',
  'secret',
  'x-api-key',
  'password_hash',
  'secret_hash',
  'successor_box',
  'email',
  'body',
];

const paths = SECRET_MEMBERS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);

/** How the log is made. `destination` defaults to standard output. */
export interface LogOptions {
  level: string;
  destination?: DestinationStream;
}

/**
 * Makes the log: JSON lines with RFC 3339 times, one line per entry whatever the text holds, secrets cut out.
 *
 * @throws Error if the level is not one of pino's
 */
export function createLog(options: LogOptions): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, censor: '[redacted]' },
      serializers: { err: serializeError },
    },
    options.destination ?? pino.destination({ dest: 1, sync: false }),
  );
}

/** An error as it is logged: no request, no bindings of a query, only what names the fault. */
function serializeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    name: error.name,
    message: safeText(error.message),
    ...('code' in error ? { code: error.code } : {}),
    stack: error.stack?.slice(0, 4_000),
    ...(error.cause === undefined ? {} : { cause: serializeError(error.cause) }),
  };
}

/**
 * Makes foreign text fit for one log line: control characters, line separators and bidirectional marks become `?`,
 * and it is cut at {@link LIMITS}.loggedTextLength.
 */
export function safeText(text: string): string {
  return text.slice(0, LIMITS.loggedTextLength).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
}

/**
 * Runs work that nobody waits for; a failure is logged.
 *
 * @param what names the work in the log
 */
export function background(log: Pick<Logger, 'error'>, what: string, work: Promise<unknown>): void {
  work.catch((error: unknown) => log.error({ err: error }, `${what} failed`));
}
