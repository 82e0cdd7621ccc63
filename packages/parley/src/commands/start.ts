// Decides how the server is started from the command line, what it prints first, and how it ends.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import { EXIT } from '../output.ts';
import type { Output } from '../output.ts';
import { startServer } from '../serve/compose.ts';
import type { RunningServer } from '../serve/compose.ts';
import { endInOrder, waitForSignal } from '../serve/ending.ts';
import { createServerLog } from '../serve/log.ts';
import type { ReadKeys } from '../settings/key-store.ts';
import { loadKeys, loadSecrets, masked } from '../settings/secret-files.ts';
import type { Secrets } from '../settings/secret-files.ts';
import type { CommandContext } from './context.ts';

const stopTimeoutMs = 10_000;
const hardStopMs = 30_000;

/** The version of this package. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const version: unknown =
    typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, 'version') : undefined;
  return typeof version === 'string' ? version : 'unknown';
}

/** Runs the server until a signal ends it; the exit code is 0 when it stopped in order. */
export async function start(context: CommandContext): Promise<number> {
  const { io, settings } = context;
  const { logLevel: level, isProduction } = settings;
  const log = await createServerLog({ level, isProduction, isTerminal: io.isTerminal });
  for (const warning of context.warnings) log.warn(warning);
  // Without a terminal nobody hangs up: there the signal asks for the keys to be read again.
  const ending = waitForSignal(log, io.isTerminal ? ['SIGINT', 'SIGTERM', 'SIGHUP'] : ['SIGINT', 'SIGTERM']);
  const server = await startServer({
    settings,
    log,
    clock: { now: Date.now },
    version: packageVersion(),
    webFolder: path.resolve(import.meta.dirname, '../../../web/dist'),
    loadSecrets: () => obtainSecrets(context),
    readKeys: () => readKeysAgain(context),
  }).catch((error: unknown) => {
    throw explained(error, context);
  });
  if (!io.isTerminal) {
    process.on('SIGHUP', () => {
      log.info('SIGHUP: reading the keys again');
      void server.reloadKeys();
    });
  }
  greet(server, context, log);
  const signal = await ending;
  log.info({ signal }, 'stopping: no new connections, clients are told to come back');
  await endInOrder(log, hardStopMs, () => server.stop(stopTimeoutMs));
  return EXIT.ok;
}

async function obtainSecrets({ settings }: CommandContext): Promise<Secrets> {
  const loaded = await loadSecrets(settings);
  if (!loaded.ok) throw new Error(loaded.problem);
  return loaded.secrets;
}

async function readKeysAgain({ readAgain }: CommandContext): Promise<ReadKeys> {
  const read = readAgain();
  if (!read.ok) return { ok: false, problem: read.problems.map(({ message }) => message).join('; ') };
  return loadKeys(read.settings, []);
}

function explained(error: unknown, { settings }: CommandContext): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const { port, host } = settings;
  if (code === 'EADDRINUSE') {
    return new Error(
      `port ${port} is in use. Perhaps Parley runs already; otherwise choose another: --port ${port + 1}`,
    );
  }
  if (code === 'EACCES' && error instanceof Error && 'syscall' in error && error.syscall === 'listen') {
    return new Error(`this account may not listen on port ${port}; choose one above 1023, such as --port 8000`);
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new Error(`HOST ${host} is no address of this machine; use 127.0.0.1 or 0.0.0.0`);
  }
  return error;
}

function greet(server: RunningServer, context: CommandContext, log: Logger): void {
  const { settings, output } = context;
  const dataFolder = path.resolve(settings.dataFolder);
  const { publicUrl, setupLink, secrets } = server;
  for (const warning of secrets.warnings) log.warn(warning);
  if (settings.isProduction && !output.isJson) {
    log.info({ publicUrl, dataFolder }, 'Parley is ready');
    // Past the log: it is a secret, which logs are not for, and it must be seen at every level.
    if (setupLink !== undefined) output.print({}, setupLines(setupLink, output));
    return;
  }
  const record = {
    ok: true,
    publicUrl,
    port: server.port,
    dataFolder,
    ...(setupLink === undefined ? {} : { setupLink }),
  };
  output.print(record, bannerLines(server, dataFolder, output));
}

function bannerLines({ publicUrl, setupLink, secrets }: RunningServer, dataFolder: string, output: Output): string[] {
  const created = secrets.created.map((file) => path.basename(file)).join(', ');
  return [
    '',
    `  ${output.paint('bold', 'Parley')} runs on ${output.paint('green', publicUrl)}`,
    `  Data in ${dataFolder}${created === '' ? '' : ` (new: ${created}; API key ${masked(secrets.apiKey)})`}`,
    ...(setupLink === undefined ? [] : ['', ...setupLines(setupLink, output)]),
    '',
    '  Ctrl-C stops it.',
    '',
  ];
}

function setupLines(setupLink: string, output: Output): string[] {
  return ['  Open this link once to become the first administrator:', `  ${output.paint('bold', setupLink)}`];
}
