// Decides how the end-to-end tests run a real server: its own process, its own data folder, killed and started at will.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnServer } from './command.ts';

/** A Parley server in a process of its own. */
export interface RunningServer {
  /** `http://127.0.0.1:{port}`; stays the same over restarts. */
  url: string;
  /** The folder that holds the database and the keys. */
  data: string;
  /** The present process id. */
  pid(): number;
  /** The one-time set-up link that the first start printed. */
  setupLink(): string;
  /** Everything that was printed so far. */
  output(): string;
  /** Ends the process at once, as a power cut of the process would. */
  kill(): Promise<void>;
  /** Starts again on the same port and data, and waits until it says that it is ready. */
  start(): Promise<void>;
  /** Ends the process and removes its data. */
  close(): Promise<void>;
}

/** Finds a port of the loopback that is free now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/**
 * Calls `probe` until it returns something other than undefined or false.
 *
 * @throws when `milliseconds` pass first; the message names `what`
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  milliseconds = 15_000,
): Promise<T> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited ${milliseconds} ms for ${what}`);
    await delay(20);
  }
}

const isReady = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
};

/** Starts a server on a free port with an empty data folder and waits until it is ready. */
export async function startServer(environment: Record<string, string> = {}): Promise<RunningServer> {
  const data = await mkdtemp(join(tmpdir(), 'parley-e2e-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  let output = '';

  const start = async (): Promise<void> => {
    const settings = { PORT: String(port), PARLEY_DATA: data, PARLEY_PUBLIC_URL: url, LOG_LEVEL: 'info' };
    const started = spawnServer([], { ...settings, ...environment });
    child = started;
    const collect = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-1_000_000));
    started.stdout.on('data', collect);
    started.stderr.on('data', collect);
    await until(
      'the server to be ready',
      () => {
        if (started.exitCode !== null) throw new Error(`the server ended with ${started.exitCode}:\n${output}`);
        return isReady(url);
      },
      30_000,
    );
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill(signal);
    await ended;
  };
  const server: RunningServer = {
    url,
    data,
    pid: () => child?.pid ?? 0,
    setupLink: () => {
      const link = /https?:\/\/\S+\/setup#[A-Za-z0-9_-]+/.exec(output)?.[0];
      if (link === undefined) throw new Error(`no set-up link in:\n${output}`);
      return link;
    },
    output: () => output,
    kill: () => end('SIGKILL'),
    start,
    async close() {
      await end('SIGTERM');
      await rm(data, { recursive: true, force: true });
    },
  };
  try {
    await start();
  } catch (error) {
    await end('SIGKILL');
    await rm(data, { recursive: true, force: true });
    throw error;
  }
  return server;
}
