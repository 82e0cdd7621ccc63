// Decides how `parley gateway` starts, what it prints first, and how it ends.
import { rm, writeFile } from 'node:fs/promises';
import { type GatewayConfig, type OpenEngine, sharedEngine } from '@parley/gateway';
import type { Logger } from 'pino';
import { packageVersion } from '../../commands/start.ts';
import { EXIT } from '../../output.ts';
import { endInOrder, waitForSignal } from '../../serve/ending.ts';
import { createServerLog } from '../../serve/log.ts';
import { servedParts } from '../listeners.ts';
import { reload } from '../reload.ts';
import { findRisks } from '../risks.ts';
import { type RunningGateway, runGateway } from '../run.ts';
import { type CreatedGate, createReplaceableGate } from '../token-gate.ts';
import { endWorker, isWorker, openEnginePipe, reportReady, startWorkers } from '../workers.ts';
import { type GatewayCommand, loadFor, textOption } from './options.ts';

/** One process that serves, or several. */
type RunningServer = Pick<RunningGateway, 'url' | 'internalUrl' | 'stop'>;

/** How much longer than `shutdown.timeout` the whole end may take, in milliseconds. */
const graceMs = 10_000;

/** Runs the gateway until a signal ends it; with `--workers` as several processes. */
export async function serve(command: GatewayCommand): Promise<number> {
  try {
    return await serveUntilSignal(command);
  } finally {
    // Also one that could not start: it would wait for its supervisor, which waits for it.
    if (isWorker()) endWorker();
  }
}

async function serveUntilSignal(command: GatewayCommand): Promise<number> {
  const loaded = loadFor(command);
  const workers = workersOf(command);
  if (!loaded.ok || workers === undefined) {
    for (const problem of loaded.ok ? [workersProblem] : loaded.problems) command.output.fail(problem);
    return EXIT.usage;
  }
  const { config } = loaded;
  const log = await logOf(command, config);
  const gate = createReplaceableGate(config.client, log);
  if (!gate.ok) {
    for (const problem of gate.problems) command.output.fail(problem);
    return EXIT.usage;
  }
  const ending = waitForSignal(log, ['SIGINT', 'SIGTERM']);
  const version = packageVersion();
  const starting =
    workers > 1 && !isWorker() ? startWorkers(workers, log) : serveHere({ command, config, log, gate, version });
  const running = await starting.catch((error: unknown) => {
    throw explained(error);
  });
  if (isWorker())
    reportReady({
      url: running.url,
      ...(running.internalUrl === undefined ? {} : { internalUrl: running.internalUrl }),
    });
  else {
    await writePidFile(config, running);
    greet(command, { running, config, log, version });
    for (const warning of [...loaded.warnings, ...findRisks(config)]) log.warn(warning);
  }
  const signal = await ending;
  log.info({ signal }, 'stopping: no new connections, clients are told to come back');
  await endInOrder(log, config.shutdown.timeout + graceMs, () => running.stop());
  if (!isWorker() && config.pid_file !== '') await rm(config.pid_file, { force: true });
  return EXIT.ok;
}

const workersProblem = '--workers must be a whole number from 1 to 64';

function workersOf(command: GatewayCommand): number | undefined {
  const text = textOption(command, 'workers') ?? '1';
  return /^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= 64 ? Number(text) : undefined;
}

interface Serving {
  readonly command: GatewayCommand;
  readonly config: GatewayConfig;
  readonly log: Logger;
  readonly gate: Extract<CreatedGate, { ok: true }>;
  readonly version: string;
}

async function serveHere({ command, config, log, gate, version }: Serving): Promise<RunningServer> {
  const holder: { running?: RunningGateway } = {};
  const apply = (next: GatewayConfig): readonly string[] => {
    const problems = gate.replace(next.client);
    if (problems.length === 0) holder.running?.gateway.reconfigure(next);
    return problems;
  };
  // Before anybody knows that the process is there: without a listener this signal would end it.
  process.on('SIGHUP', () => {
    try {
      reload({ log, started: config, load: () => loadFor(command), apply });
    } catch (error) {
      // A fault of ours must not end a server that runs.
      log.error({ err: error }, 'the configuration could not be read again; the old one stays in force');
    }
  });
  const engine = isWorker() ? { engine: engineOfHost(log) } : {};
  holder.running = await runGateway({ config, tokens: gate.gate, log, version, ...engine });
  return holder.running;
}

/** The engine of the process that started this one; without it there is nothing to serve. */
function engineOfHost(log: Logger): OpenEngine {
  const onLost = (reason: string): void => {
    log.error({ reason }, 'the process that holds channels and presence is gone; ending');
    process.exit(EXIT.failure);
  };
  // The pipe is opened by a gateway that can start: an open one would keep the process alive.
  return (needs) => sharedEngine({ stream: openEnginePipe(), log, onLost })(needs);
}

async function writePidFile({ pid_file: file }: GatewayConfig, running: RunningServer): Promise<void> {
  if (file === '') return;
  try {
    await writeFile(file, `${process.pid}\n`);
  } catch {
    await running.stop();
    throw new Error(`pid_file: ${file} cannot be written; look whether its folder is there and this account may write`);
  }
}

function logOf({ io, output }: GatewayCommand, { log }: GatewayConfig): Promise<Logger> {
  return createServerLog({
    level: log.level === 'none' ? 'silent' : log.level,
    isProduction: output.isJson || io.environment.NODE_ENV === 'production',
    isTerminal: io.isTerminal,
    file: log.file,
  });
}

interface Started {
  readonly running: RunningServer;
  readonly config: GatewayConfig;
  readonly log: Logger;
  readonly version: string;
}

function greet({ io, output }: GatewayCommand, { running, config, log, version }: Started): void {
  const { url, internalUrl } = running;
  const serves = servedParts(config);
  const record = { ok: true, url, ...(internalUrl === undefined ? {} : { internalUrl }), version, serves };
  if (io.environment.NODE_ENV === 'production' && !output.isJson) {
    log.info(record, 'the gateway is ready');
    return;
  }
  const internal = internalUrl === undefined ? '' : `, internal ${internalUrl}`;
  output.print(record, [`Parley gateway ${version} on ${url}${internal}: ${serves.join(', ')}`]);
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use; choose another with --http_server.port',
  EACCES: 'is not for this account; choose a port above 1023 with --http_server.port',
  EADDRNOTAVAIL: 'is no address of this machine; choose another with --http_server.address',
  ENOTFOUND: 'is no address of this machine; choose another with --http_server.address',
};

function explained(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const { code } = error;
  if (/^ERR_(OSSL|SSL)/.test(code)) {
    return new Error('http_server.tls: the certificate or its key cannot be read, or they do not belong together');
  }
  const reason = reasons[code];
  const address = 'address' in error ? String(error.address) : 'the address';
  const port = 'port' in error ? `:${String(error.port)}` : '';
  return reason === undefined ? error : new Error(`${address}${port} ${reason}`);
}
