// Decides where the gateway's configuration comes from: defaults, then the file, then the environment, then flags.
import { parseEnv } from 'node:util';
import { type GatewayConfig, readGatewayConfig } from '@parley/gateway';
import { applyEnvironment, type Environment } from './environment.ts';
import { applyFlags } from './flags.ts';
import { parseConfig } from './format.ts';
import { type Group, isGroup } from './overlay.ts';

/** What a configuration is read from. */
export interface GatewaySources {
  /** The file that somebody named; absent: `config.json`, if it is there. */
  readonly file?: string;
  readonly environment: Environment;
  /** By the paths of options; `true` is a flag without a value. */
  readonly flags: Readonly<Record<string, unknown>>;
  /**
   * Reads a text file; paths are relative to the working directory.
   *
   * @throws the error of the system, with code ENOENT where there is no file
   */
  readFile(path: string): string;
}

/** A configuration to start with, or everything that forbids it; neither ever holds a secret's value. */
export type LoadedGateway =
  | { ok: true; config: GatewayConfig; warnings: readonly string[] }
  | { ok: false; problems: readonly string[]; warnings: readonly string[] };

const defaultFile = 'config.json';

/** Reads everything, also again while the server runs. */
export function loadGatewayConfig(sources: GatewaySources): LoadedGateway {
  const problems: string[] = [];
  const warnings: string[] = [];
  const environment = { ...readDotEnv(sources, warnings), ...sources.environment };
  const root = readRoot(sources, problems, warnings);
  if (root === undefined) return { ok: false, problems, warnings };
  const found = applyEnvironment(root, environment);
  problems.push(...found.problems);
  applyFlags(root, sources.flags);
  const read = readGatewayConfig(root, { readFile: (path) => sources.readFile(path), variables: environment });
  warnings.push(...read.warnings, ...found.warnings);
  if (!read.ok) problems.push(...read.problems);
  return read.ok && problems.length === 0
    ? { ok: true, config: read.config, warnings }
    : { ok: false, problems, warnings };
}

/** The object of the file; empty where the default file is missing, undefined where the file is refused. */
function readRoot(sources: GatewaySources, problems: string[], warnings: string[]): Group | undefined {
  const file = sources.file ?? defaultFile;
  const text = readText(sources, file);
  if (text === undefined && sources.file === undefined) {
    warnings.push(`there is no ${defaultFile} here; all options have their defaults (name a file with --config)`);
    return {};
  }
  if (text === undefined) {
    problems.push(`${file} cannot be read; look whether it is there and this account may read it`);
    return undefined;
  }
  const parsed = parseConfig(file, text);
  if (parsed.ok && isGroup(parsed.value ?? {})) return (parsed.value ?? {}) as Group;
  problems.push(parsed.ok ? `${file} must hold one object of options` : parsed.problem);
  return undefined;
}

function readText(sources: GatewaySources, file: string): string | undefined {
  try {
    return sources.readFile(file).replace(/^\uFEFF/, '');
  } catch {
    // Which of the reasons it is, the callers say as far as it matters.
    return undefined;
  }
}

function readDotEnv(sources: GatewaySources, warnings: string[]): Environment {
  try {
    return parseEnv(sources.readFile('.env'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOENT') warnings.push('.env is here and cannot be read; it has no effect');
    return {};
  }
}
