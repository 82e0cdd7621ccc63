// Decides how the server's log looks: lines for people on a terminal, JSON everywhere else.
import { createLog } from '@parley/api';
import type { Logger } from 'pino';

/** How the log is made. */
export interface ServerLogOptions {
  level: string;
  isProduction: boolean;
  isTerminal: boolean;
}

/** Makes the log of the server on standard output, with redaction. */
export async function createServerLog({ level, isProduction, isTerminal }: ServerLogOptions): Promise<Logger> {
  if (isProduction || !isTerminal) return createLog({ level });
  // Loaded only where somebody reads it.
  const { build } = await import('pino-pretty');
  const destination = build({ sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'requestId,userAgent,traceId' });
  return createLog({ level, destination });
}
