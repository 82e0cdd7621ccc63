// Decides how tests run `parley gateway`: a process of its own, in a folder and an environment of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { Centrifuge, type Options } from 'centrifuge';
import { WebSocket } from 'ws';
import { LAUNCHER } from './command.ts';

/** A gateway that runs. */
export interface TestGateway {
  /** `http://127.0.0.1:port` */
  url: string;
  internalUrl?: string;
  version: string;
  serves: readonly string[];
  /** What it has logged until now, parsed. */
  logged: readonly { level: string; msg: string }[];
  /** An official client that is closed with the test. */
  client(options?: Partial<Options>): Centrifuge;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the exit code when the process has ended. */
  ended: Promise<number | null>;
}

/** A folder that goes away with the test. */
export async function makeFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-gateway-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Starts a gateway on free ports of this machine and resolves with its first line.
 *
 * @throws Error with the output when it ends before
 */
export async function startGateway(
  context: { after(end: () => unknown): void },
  options: { folder: string; args?: readonly string[]; environment?: Record<string, string> },
): Promise<TestGateway> {
  const { folder, args = [], environment = {} } = options;
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, [LAUNCHER, 'gateway', '--json', '-a', '127.0.0.1', '-p', '0', ...args], {
    cwd: folder,
    env: { PATH, HOME, TMPDIR, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  context.after(() => child.kill('SIGKILL'));
  const logged: { level: string; msg: string }[] = [];
  const first = await new Promise<Pick<TestGateway, 'url' | 'internalUrl' | 'version' | 'serves'>>(
    (resolve, reject) => {
      const seen: string[] = [];
      createInterface({ input: child.stdout }).on('line', (line) => {
        seen.push(line);
        const record = JSON.parse(line) as TestGateway & { ok?: boolean; level: string; msg: string };
        if (record.ok === true) resolve(record);
        else logged.push(record);
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => seen.push(text));
      ended.then((code) => reject(new Error(`the gateway ended with ${code}:\n${seen.join('\n')}`)), reject);
    },
  );
  return {
    ...first,
    logged,
    ended,
    signal: (signal) => void child.kill(signal),
    client(clientOptions) {
      const client = new Centrifuge(`${first.url.replace('http', 'ws')}/connection/websocket`, {
        websocket: WebSocket,
        ...clientOptions,
      });
      context.after(() => client.disconnect());
      return client;
    },
  };
}
