// Decides what `genconfig`, `defaultconfig`, `defaultenv` and `configdoc` write.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { generateSecret } from '@parley/tokens';
import { EXIT } from '../../output.ts';
import { documentation } from '../config/documentation.ts';
import { type ConfigFormat, formatOf, parseConfig, printConfig } from '../config/format.ts';
import { type Group, isGroup } from '../config/overlay.ts';
import { environmentLines, withDefaults } from '../config/print.ts';
import { type GatewayCommand, textOption } from './options.ts';

/** Writes a new configuration with random secrets, for this account only; a file that is there stays. */
export async function generateConfig(command: GatewayCommand): Promise<number> {
  const config = {
    client: { token: { hmac_secret_key: generateSecret() }, allowed_origins: [] },
    admin: { enabled: false, password: randomBytes(18).toString('base64url'), secret: generateSecret() },
    http_api: { key: generateSecret() },
  };
  return write(command, config);
}

/** Writes a file with all options, their defaults, and over them those of --base; with --dry-run prints it instead. */
export async function defaultConfig(command: GatewayCommand): Promise<number> {
  const base = readBase(command);
  if (base === undefined) return EXIT.usage;
  const config = withDefaults(base);
  if (command.options['dryRun'] !== true) return write(command, config);
  const format = formatOf(textOption(command, 'config') ?? 'config.json');
  if (format === undefined) return refuseExtension(command);
  command.output.print(config, printConfig(config, format).trimEnd().split('\n'));
  return EXIT.ok;
}

/** Prints all options as environment variables. */
export function defaultEnvironment(command: GatewayCommand): number {
  const base = readBase(command);
  if (base === undefined) return EXIT.usage;
  const lines = environmentLines(base, command.options['baseNonZeroOnly'] === true);
  command.output.print({ ok: true, environment: lines }, lines);
  return EXIT.ok;
}

/** Prints the documentation of all options, or of one section, in Markdown. */
export function configDocumentation(command: GatewayCommand): number {
  const section = textOption(command, 'section');
  const text = documentation(section);
  if (text === undefined) {
    command.output.fail(`there is no section ${section}; without --section all are printed`);
    return EXIT.usage;
  }
  command.output.print({ ok: true, markdown: text }, text.trimEnd().split('\n'));
  return EXIT.ok;
}

async function write(command: GatewayCommand, config: Group): Promise<number> {
  const file = textOption(command, 'config') ?? 'config.json';
  const format: ConfigFormat | undefined = formatOf(file);
  if (format === undefined) return refuseExtension(command);
  try {
    await writeFile(file, printConfig(config, format), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const reason = code === 'EEXIST' ? 'is there already; nothing was changed' : `cannot be written (${String(code)})`;
    command.output.fail(`${file} ${reason}`);
    return EXIT.failure;
  }
  command.output.print({ ok: true, file }, [`written: ${file} (readable by this account only)`]);
  return EXIT.ok;
}

function refuseExtension({ output }: GatewayCommand): number {
  output.fail('--config must end with .json, .yaml, .yml or .toml');
  return EXIT.usage;
}

function readBase(command: GatewayCommand): Group | undefined {
  const file = textOption(command, 'base');
  if (file === undefined) return {};
  const parsed = parseConfig(file, command.io.readFile(file));
  if (parsed.ok && isGroup(parsed.value)) return parsed.value;
  command.output.fail(parsed.ok ? `${file} must hold one object of options` : parsed.problem);
  return undefined;
}
