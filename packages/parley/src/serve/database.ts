// Decides which database a server opens: the embedded one in the data folder, or PostgreSQL.
import path from 'node:path';
import { openPostgres, openSqlite } from '@parley/api';
import type { Database } from '@parley/api';
import type { Logger } from 'pino';
import type { Settings } from '../settings/settings.ts';

type Location = Pick<Settings, 'databaseUrl' | 'dataFolder'>;

/** Connections to PostgreSQL of one process. */
const poolSize = 10;

/** Whether the settings name a PostgreSQL server. */
export function isPostgres({ databaseUrl }: Pick<Settings, 'databaseUrl'>): boolean {
  return databaseUrl !== undefined && /^postgres(ql)?:/.test(databaseUrl);
}

/** The file of the embedded database. */
export function sqliteFile({ databaseUrl, dataFolder }: Location): string {
  if (databaseUrl === undefined) return path.join(dataFolder, 'parley.db');
  return databaseUrl.replace(/^(file|sqlite):(\/\/(?=\/))?/, '');
}

/**
 * Opens the database of the settings.
 *
 * @throws StorageError when it is locked, full or cannot be reached
 */
export async function openDatabase(settings: Location, log: Logger): Promise<Database> {
  const { databaseUrl } = settings;
  if (databaseUrl !== undefined && isPostgres(settings)) return openPostgres({ url: databaseUrl, poolSize, log });
  return openSqlite({ file: sqliteFile(settings), log });
}
