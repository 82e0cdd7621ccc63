// Decides how the server's log looks: lines for people on a terminal, JSON everywhere else.
import { createLog } from '@parley/api';
import { destination as openFile } from 'pino';
import type { Logger } from 'pino';

/** How the log is made. */
export interface ServerLogOptions {
  level: string;
  isProduction: boolean;
  isTerminal: boolean;
  /** A file that lines are appended to, as JSON; "" or absent: standard output. */
  file?: string;
}

/**
 * Makes the log of the server, with redaction.
 *
 * @throws the error of the system when the file cannot be written
 */
export async function createServerLog(options: ServerLogOptions): Promise<Logger> {
  const { level, isProduction, isTerminal, file = '' } = options;
  if (file !== '') return createLog({ level, destination: openFile({ dest: file, sync: true }) });
  if (isProduction || !isTerminal) return createLog({ level });
  // Loaded only where somebody reads it.
  const { build } = await import('pino-pretty');
  const destination = build({ sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'requestId,userAgent,traceId' });
  return createLog({ level, destination });
}
