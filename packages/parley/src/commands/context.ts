// Decides what every command is given, and how its flags become settings.
import type { Command } from 'commander';
import { EXIT, createOutput } from '../output.ts';
import type { Io, Output } from '../output.ts';
import { readSettings } from '../settings/settings.ts';
import type { Settings } from '../settings/settings.ts';

/** What a command works with: its voice, its settings, its own options, and the exit code it ends with. */
export interface CommandContext {
  io: Io;
  output: Output;
  settings: Settings;
  /** Reads the settings again: files that they name may have changed. */
  readAgain: () => ReturnType<typeof readSettings>;
  warnings: readonly string[];
  options: Readonly<Record<string, string | boolean | string[] | undefined>>;
}

/** Runs a command with its positional arguments and returns its exit code. */
export type CommandAction = (context: CommandContext, positional: readonly string[]) => Promise<number>;

/** Registers what a command does; it may be given an exit code through `setExitCode` later than it returns. */
export interface Registrar {
  io: Io;
  setExitCode(code: number): void;
}

const flagNames: Readonly<Record<string, string>> = {
  port: 'PORT',
  host: 'HOST',
  data: 'PARLEY_DATA',
  publicUrl: 'PARLEY_PUBLIC_URL',
  logLevel: 'LOG_LEVEL',
};

/** Adds the options that all commands share. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--data <folder>', 'the data folder (PARLEY_DATA, default ./data)')
    .option('--json', 'answer in JSON, one object a line');
}

/**
 * Connects a command with its action: reads the settings, refuses by name what is wrong with them (exit code 2), and
 * turns what the action throws into a message (exit code 1).
 */
export function act(command: Command, registrar: Registrar, action: CommandAction): Command {
  return command.action(async (...received: unknown[]) => {
    const options: CommandContext['options'] = command.opts();
    const output = createOutput(registrar.io, { isJson: options.json === true });
    const flags: Record<string, string | undefined> = {};
    for (const [flag, name] of Object.entries(flagNames)) {
      const value = options[flag];
      if (typeof value === 'string') flags[name] = value;
    }
    const { environment, readFile } = sourcesOf(registrar.io);
    const readAgain = (): ReturnType<typeof readSettings> => readSettings({ environment, flags, readFile });
    const read = readAgain();
    if (!read.ok) {
      for (const problem of read.problems) output.fail(problem.message);
      registrar.setExitCode(EXIT.usage);
      return;
    }
    const context = { io: registrar.io, output, settings: read.settings, readAgain, warnings: read.warnings, options };
    const positional = received.filter((value) => typeof value === 'string');
    registrar.setExitCode(await guarded(context, () => action(context, positional)));
  });
}

function sourcesOf(io: Io): Pick<Parameters<typeof readSettings>[0], 'environment' | 'readFile'> {
  return { environment: io.environment, readFile: (path) => io.readFile(path) };
}

/** The door of all commands: a fault becomes one sentence, its stack is shown at debug level only. */
async function guarded(context: CommandContext, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    context.output.fail(sentenceOf(error));
    const isDebugging = ['debug', 'trace'].includes(context.settings.logLevel);
    if (isDebugging && error instanceof Error) context.io.error(`${error.stack ?? ''}\n`);
    return EXIT.failure;
  }
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  const file = 'path' in error && typeof error.path === 'string' ? ` (${error.path})` : '';
  if (code === 'ENOSPC') return `the disk is full${file}; free some space and start again`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return `this account may not write here${file}; give it the folder, or choose another with --data`;
  }
  return error.message;
}
