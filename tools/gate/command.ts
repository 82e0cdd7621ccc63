// Decides how one check is run: as a process whose output goes to a log file, shown only when it fails.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { PASSED } from './tally.ts';
import type { Outcome } from './tally.ts';

/** A process that counts as one check: it passes when it exits with 0. */
export interface CommandOptions {
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  env?: NodeJS.ProcessEnv;
  logFile: string;
}

const shownLines = 80;

/** Runs a command to its end; a failure carries the end of its output. Never rejects because of the command. */
export async function runCommand(options: CommandOptions): Promise<Outcome> {
  const log = createWriteStream(options.logFile);
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const ending = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : `ended with ${String(code ?? signal)}`));
  });
  log.end();
  await finished(log);
  if (ending === undefined) return PASSED;
  const output = (await readFile(options.logFile, 'utf8')).trimEnd().split('\n').slice(-shownLines);
  const failure = [`${options.name} ${ending} (whole output: ${options.logFile})`, ...output].join('\n    ');
  return { passed: 0, failed: 1, skipped: 0, failures: [failure], skips: [] };
}
