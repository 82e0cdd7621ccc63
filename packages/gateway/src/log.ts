// Decides what the gateway asks of a logger, and what happens to promises that nobody waits for.

/** A logger as pino has it: fields first. Fields never hold a token, a key or a payload. */
export interface Log {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** Lets a promise run by itself; if it fails, the log says so. */
export function background(log: Log, promise: Promise<unknown>): void {
  promise.catch((error: unknown) => log.error({ err: error }, 'background work failed'));
}
