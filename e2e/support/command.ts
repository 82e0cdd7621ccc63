// Decides how tests run the command `parley`: a process of its own, in an environment of its own.
import { spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';

/** The root of the repository. */
export const ROOT = path.resolve(import.meta.dirname, '../..');

/** The command `parley`. */
export const LAUNCHER = path.join(ROOT, 'packages/parley/bin/parley.mjs');

/** What the server printed when it was ready. */
export interface Greeting {
  publicUrl: string;
  port: number;
  dataFolder: string;
  setupLink?: string;
}

/** A server that runs. */
export interface TestServer extends Greeting {
  process: ChildProcess;
  /** Ends it with a signal and resolves with its exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** A command that has ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Makes a data folder that goes away with the test. */
export async function makeDataFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-e2e-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return path.join(folder, 'data');
}

/** The environment of a server: ours, without settings that the machine may have. */
function environmentOf(extra: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  // Cheap passwords: the tests are not about them.
  return { PATH, HOME, TMPDIR, NODE_ENV: 'development', ...extra };
}

/** Starts the server's process with piped output, in our environment and `extra`. */
export function spawnServer(
  args: readonly string[],
  extra: Record<string, string>,
): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [LAUNCHER, 'start', ...args], {
    env: environmentOf(extra),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs a command of `parley` to its end. */
export async function runParley(
  args: readonly string[],
  options: { input?: string; environment?: Record<string, string> } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [LAUNCHER, ...args], { env: environmentOf(options.environment ?? {}) });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdin.end(options.input ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

/**
 * Starts a server and resolves when it is ready; it is killed when the test ends.
 *
 * @throws Error with the output when it ends before it is ready
 */
export async function startServer(
  context: TestContext,
  options: { dataFolder: string; port?: number; environment?: Record<string, string> },
): Promise<TestServer> {
  const args = ['--json', '--port', String(options.port ?? 0), '--data', options.dataFolder];
  const child = spawnServer(args, options.environment ?? {});
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  context.after(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  const greeting = new Promise<Greeting>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      const record = JSON.parse(line) as Greeting & { ok?: boolean };
      if (record.ok === true) resolve(record);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => lines.push(text));
    closed.then(
      ([code]) => reject(new Error(`the server ended with ${code} before it was ready:\n${lines.join('\n')}`)),
      reject,
    );
  });
  return {
    ...(await greeting),
    process: child,
    async end(signal) {
      child.kill(signal);
      const [code, endedBy] = await closed;
      return code ?? endedBy;
    },
  };
}
