// Decides what the commands of `parley gateway` share: how they find the configuration, and how they fail.
import type { Command } from 'commander';
import type { Registrar } from '../../commands/context.ts';
import { createOutput, EXIT, type Io, type Output } from '../../output.ts';
import { type LoadedGateway, loadGatewayConfig } from '../config/load.ts';

/** What a command works with. */
export interface GatewayCommand {
  readonly io: Io;
  readonly output: Output;
  /** By their long names; `true` is a flag without a value. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Runs a command with its positional arguments and returns its exit code. */
export type GatewayAction = (command: GatewayCommand, positional: readonly string[]) => number | Promise<number>;

/** Connects a command with its action; what the action throws becomes a sentence and exit code 1. */
export function actGateway(command: Command, registrar: Registrar, action: GatewayAction): Command {
  return command.action(async (...received: unknown[]) => {
    const options: Record<string, unknown> = command.optsWithGlobals();
    const output = createOutput(registrar.io, { isJson: options['json'] === true });
    const positional = received.filter((value) => typeof value === 'string');
    try {
      registrar.setExitCode(await action({ io: registrar.io, output, options }, positional));
    } catch (error) {
      output.fail(error instanceof Error ? error.message : String(error));
      registrar.setExitCode(EXIT.failure);
    }
  });
}

/** An option as text, if it was given. */
export function textOption({ options }: GatewayCommand, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** Reads the configuration that the command's options name. */
export function loadFor(command: GatewayCommand): LoadedGateway {
  const { io, options } = command;
  const file = textOption(command, 'config');
  return loadGatewayConfig({
    ...(file === undefined ? {} : { file }),
    environment: io.environment,
    flags: options,
    readFile: (path) => io.readFile(path),
  });
}
