// Decides what `parley doctor` looks at, in which order, and how each failure is mended.
import { access, constants, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { StorageError } from '@parley/api';
import { tokenRings } from '@parley/tokens';
import { pino } from 'pino';
import { publicUrlOf } from '../output.ts';
import { extraOrigins } from '../serve/api-config.ts';
import { isPostgres, openDatabase, sqliteFile } from '../serve/database.ts';
import { keyFilesOf, readKeys } from '../settings/key-store.ts';
import type { Settings } from '../settings/settings.ts';
import { isLoopback } from '../settings/values.ts';
import { connectOnce } from './connect-once.ts';
import { askServer } from './probes.ts';

/** What a check found; a failure says how it is mended. */
export type CheckResult =
  | { status: 'ok' | 'skipped'; detail: string }
  | { status: 'failed'; detail: string; fix: string };

/** One check. A rejection counts as failed. */
export interface Check {
  name: string;
  run(settings: Settings): Promise<CheckResult>;
}

const ok = (detail: string): CheckResult => ({ status: 'ok', detail });
const skipped = (detail: string): CheckResult => ({ status: 'skipped', detail });
const failed = (detail: string, fix: string): CheckResult => ({ status: 'failed', detail, fix });

const minFreeBytes = 512 * 1024 * 1024;
const maxClockDifferenceMs = 5_000;

/** All checks, in the order in which a failure explains the next. */
export const CHECKS: readonly Check[] = [
  { name: 'node', run: async () => ok(`version ${process.versions.node}`) },
  { name: 'data folder', run: checkDataFolder },
  { name: 'keys', run: checkKeys },
  { name: 'disk space', run: checkDiskSpace },
  { name: 'server', run: checkServer },
  { name: 'database', run: checkDatabase },
  { name: 'realtime', run: checkRealtime },
  { name: 'clock', run: checkClock },
  { name: 'public address', run: checkPublicUrl },
  { name: 'origins', run: checkOrigins },
];

async function checkDataFolder({ dataFolder }: Settings): Promise<CheckResult> {
  const folder = path.resolve(dataFolder);
  const stats = await stat(folder).catch(undefinedIfMissing);
  if (stats === undefined) return skipped(`${folder} is not there yet; the first start makes it`);
  if (!stats.isDirectory()) return failed(`${folder} is no folder`, 'choose another with --data or PARLEY_DATA');
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
    return failed(`other accounts can look into ${folder}`, `chmod 700 ${folder}`);
  }
  return ok(folder);
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

async function checkKeys(settings: Settings): Promise<CheckResult> {
  const [file = ''] = keyFilesOf(settings).map((name) => path.resolve(name));
  const stats = await stat(file).catch(undefinedIfMissing);
  if (stats === undefined && settings.keysFile === undefined) {
    return skipped('there are none yet; the first start makes them');
  }
  const isOpen = process.platform !== 'win32' && ((stats?.mode ?? 0) & 0o077) !== 0;
  if (isOpen && settings.keysFile === undefined) {
    return failed(`other accounts can read ${file}`, `chmod 600 ${file}, then parley keys rotate --ring all`);
  }
  const read = await readKeys(settings, []);
  if (!read.ok) return failed(read.problem, `restore ${file} from a backup, or move it away`);
  const withoutKey = tokenRings.filter((kind) => read.keys.rings[kind].current() === undefined);
  if (withoutKey.length > 0) {
    return failed(`no current key in: ${withoutKey.join(', ')}`, 'parley keys rotate --ring all');
  }
  return ok('six rings, each with a current key');
}

async function checkDiskSpace({ dataFolder }: Settings): Promise<CheckResult> {
  const stats = await statfs(dataFolder).catch(undefinedIfMissing);
  if (stats === undefined) return skipped('the data folder is not there yet');
  const freeBytes = stats.bavail * stats.bsize;
  const words = `${Math.floor(freeBytes / 1024 / 1024)} MiB free`;
  return freeBytes >= minFreeBytes ? ok(words) : failed(words, 'free space on that disk, or move the data folder');
}

async function checkServer(settings: Settings): Promise<CheckResult> {
  const answer = await askServer(settings, '/readyz?verbose');
  if (answer.kind === 'free') return skipped(`nothing listens on port ${settings.port}: Parley is not running`);
  if (answer.kind === 'foreign') {
    return failed(
      `port ${settings.port} belongs to another program`,
      `stop it, or choose another port: --port ${settings.port + 1}`,
    );
  }
  if (answer.status === 200) return ok(`Parley answers on port ${settings.port} and is ready`);
  return failed(
    `Parley answers on port ${settings.port} but is not ready: ${answer.body.slice(0, 300)}`,
    'look into its log',
  );
}

async function checkDatabase(settings: Settings): Promise<CheckResult> {
  const log = pino({ level: 'silent' });
  if (!isPostgres(settings) && (await stat(sqliteFile(settings)).catch(undefinedIfMissing)) === undefined) {
    return skipped('there is none yet; the first start makes it');
  }
  const running = await askServer(settings, '/readyz');
  if (running.kind === 'parley' && !isPostgres(settings)) {
    return running.status === 200
      ? ok('in use by the running server, which says that it is well')
      : failed('the running server says that it is not well', 'look into its log');
  }
  try {
    const database = await openDatabase(settings, log);
    await database.migrate();
    await database.ping();
    await database.close();
    return ok(
      isPostgres(settings) ? 'PostgreSQL answers; the tables are up to date' : 'opens; the tables are up to date',
    );
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return failed(error.message, 'stop the other program that uses it, or correct DATABASE_URL');
  }
}

async function checkRealtime(settings: Settings): Promise<CheckResult> {
  const answer = await askServer(settings, '/livez');
  if (answer.kind !== 'parley') return skipped('Parley is not running');
  const result = await connectOnce(settings);
  if (result.ok) return ok(`a WebSocket connects (${result.ms} ms)`);
  return failed(
    result.problem,
    'run doctor with the same data folder and PARLEY_PUBLIC_URL as the server; behind a proxy, let Upgrade pass',
  );
}

async function checkClock(settings: Settings): Promise<CheckResult> {
  const [keyFile = ''] = keyFilesOf(settings);
  const answer = await askServer(settings, '/livez');
  if (answer.kind === 'parley' && answer.date !== undefined) {
    const differenceMs = Math.abs(answer.date - Date.now());
    if (differenceMs > maxClockDifferenceMs) {
      return failed(
        `the server's clock is ${Math.round(differenceMs / 1000)} s away from this one`,
        'switch on time synchronisation (NTP)',
      );
    }
  }
  const keys = await stat(keyFile).catch(undefinedIfMissing);
  if (keys !== undefined && keys.mtimeMs > Date.now() + maxClockDifferenceMs) {
    return failed('the clock stands before the keys were made', 'switch on time synchronisation (NTP)');
  }
  return ok(new Date().toISOString());
}

async function checkPublicUrl(settings: Settings): Promise<CheckResult> {
  const publicUrl = publicUrlOf(settings, settings.port);
  const { hostname } = new URL(publicUrl);
  if (!isLoopback(hostname)) {
    const answer = await fetch(`${publicUrl}/livez`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    if (answer?.status === 200) return ok(publicUrl);
    return failed(`${publicUrl} does not lead to Parley`, 'check the name, the certificate and the proxy in front');
  }
  if (settings.isProduction) {
    return failed(`${publicUrl} is this machine only`, 'set PARLEY_PUBLIC_URL to the https address that people use');
  }
  return ok(`${publicUrl} (this machine only)`);
}

async function checkOrigins(settings: Settings): Promise<CheckResult> {
  const publicUrl = publicUrlOf(settings, settings.port);
  const plain = settings.allowedOrigins.filter(
    (origin) => origin.startsWith('http:') && !isLoopback(new URL(origin).hostname),
  );
  if (settings.isProduction && plain.length > 0) {
    return failed(`not encrypted: ${plain.join(', ')}`, 'use https origins in PARLEY_ALLOWED_ORIGINS');
  }
  return ok([publicUrl, ...extraOrigins(settings, publicUrl)].join(', '));
}
