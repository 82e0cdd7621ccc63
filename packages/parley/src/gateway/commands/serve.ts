// Decides how `parley gateway` starts, what it prints first, and how it ends.
import { rm, writeFile } from 'node:fs/promises';
import type { GatewayConfig } from '@parley/gateway';
import type { Logger } from 'pino';
import { packageVersion } from '../../commands/start.ts';
import { EXIT } from '../../output.ts';
import { endInOrder, waitForSignal } from '../../serve/ending.ts';
import { createServerLog } from '../../serve/log.ts';
import { servedParts } from '../listeners.ts';
import { reload } from '../reload.ts';
import { findRisks } from '../risks.ts';
import { type RunningGateway, runGateway } from '../run.ts';
import { createReplaceableGate } from '../token-gate.ts';
import { type GatewayCommand, loadFor } from './options.ts';

/** How much longer than `shutdown.timeout` the whole end may take, in milliseconds. */
const graceMs = 10_000;

/** Runs the gateway until a signal ends it. */
export async function serve(command: GatewayCommand): Promise<number> {
  const loaded = loadFor(command);
  if (!loaded.ok) {
    for (const problem of loaded.problems) command.output.fail(problem);
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
  // Before anybody knows that the process is there: without a listener this signal would end it.
  const onHangUp = (): void => {
    try {
      reload({ log, started: config, load: () => loadFor(command), apply: (next) => gate.replace(next.client) });
    } catch (error) {
      // A fault of ours must not end a server that runs.
      log.error({ err: error }, 'the configuration could not be read again; the old one stays in force');
    }
  };
  process.on('SIGHUP', onHangUp);
  const version = packageVersion();
  const running = await runGateway({ config, tokens: gate.gate, log, version }).catch((error: unknown) => {
    throw explained(error);
  });
  await writePidFile(config, running);
  greet(command, { running, config, log, version });
  for (const warning of [...loaded.warnings, ...findRisks(config)]) log.warn(warning);
  const signal = await ending;
  log.info({ signal }, 'stopping: no new connections, clients are told to come back');
  await endInOrder(log, config.shutdown.timeout + graceMs, () => running.stop());
  if (config.pid_file !== '') await rm(config.pid_file, { force: true });
  process.off('SIGHUP', onHangUp);
  return EXIT.ok;
}

async function writePidFile({ pid_file: file }: GatewayConfig, running: RunningGateway): Promise<void> {
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
  readonly running: RunningGateway;
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
