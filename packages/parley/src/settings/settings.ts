// Decides the settings of the whole server: names, defaults, allowed forms, and which combinations are refused.
import type { CookieSessionSettings } from '@parley/api';
import type { Registration } from '@parley/contract';
import { checkSecret, keyProblemText } from '@parley/tokens';
import type { Algorithm } from '@parley/tokens';
import { passwordNames, readPasswordSettings } from './password-settings.ts';
import type { PasswordSettings } from './password-settings.ts';
import { readCookieSessions } from './cookie-sessions.ts';
import { isLoopback, parseChoice, parseInteger, parseLife, parseOrigins, parsePublicUrl } from './values.ts';
import type { Parsed, SettingProblem } from './values.ts';

/** The fewest characters of an API key. */
export const API_KEY_MIN_LENGTH = 20;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The settings of a server. Times are in seconds. Secrets are in `jwtSecret`, `apiKey`, `centrifugoSecret`, `databaseUrl`. */
export interface Settings {
  host: string;
  /** 0 lets the system choose; the public URL then follows the port that was chosen. */
  port: number;
  dataFolder: string;
  /** Absent: `http://localhost:<port>`. */
  publicUrl?: string;
  /** Absent: the SQLite file `parley.db` in the data folder. */
  databaseUrl?: string;
  /** Absent: the access ring of the key file. */
  jwtSecret?: string;
  algorithm: Algorithm;
  /** What passwords cost and what they must be. */
  passwords: PasswordSettings;
  accessTokenLife: number;
  refreshTokenLife: number;
  registration: Registration;
  logLevel: (typeof LOG_LEVELS)[number];
  /** `NODE_ENV` is `production`: JSON logs, strict checks. */
  isProduction: boolean;
  /** `NODE_ENV` is `development`: cheaper passwords. */
  isDevelopment: boolean;
  /** Absent: the generated one in the data folder. */
  apiKey?: string;
  /** A shared secret for connection tokens of one's own backend (`CENTRIFUGO_HMAC_SECRET_KEY`). */
  centrifugoSecret?: string;
  allowedOrigins: readonly string[];
  trustedProxies: number;
  /** Multiplies every rate limit, from 1 to 1,000. */
  rateLimitFactor: number;
  /** Sessions of an older system that are accepted beside our own (`SESSION_AUTH`); absent: there are none. */
  cookieSessions?: CookieSessionSettings;
}

/** Where settings come from, the later the stronger: defaults, environment, flags. */
export interface SettingsSources {
  environment: Readonly<Record<string, string | undefined>>;
  /** By the same names as in the environment. */
  flags: Readonly<Record<string, string | undefined>>;
  /**
   * Reads the file that a `*_FILE` variable names.
   *
   * @throws when it cannot be read
   */
  readFile(path: string): string;
}

/** Settings with warnings for people, or everything that was refused. */
export type ReadSettings =
  | { ok: true; settings: Settings; warnings: string[] }
  | { ok: false; problems: SettingProblem[] };

const secretNames = ['JWT_SECRET', 'CENTRIFUGO_API_KEY', 'CENTRIFUGO_HMAC_SECRET_KEY', 'DATABASE_URL'] as const;
const ownNames = [
  'PARLEY_DATA',
  'PARLEY_PUBLIC_URL',
  'PARLEY_REGISTRATION',
  'PARLEY_ALLOWED_ORIGINS',
  'PARLEY_TRUSTED_PROXIES',
  'PARLEY_RATE_LIMIT_FACTOR',
  ...passwordNames,
];
// Read by tests and benchmarks, not by the server.
const foreignOwnNames = ['PARLEY_TEST_POSTGRES_URL'];

/** Reads and checks all settings. */
export function readSettings(sources: SettingsSources): ReadSettings {
  const problems: SettingProblem[] = [];
  const text = createReader(sources, problems);
  const parse = <T>(name: string, fallback: string, parser: (value: string) => Parsed<T>): T | undefined => {
    const parsed = parser(text(name) ?? fallback);
    if (parsed.ok) return parsed.value;
    problems.push({ name, message: `${name} must be ${parsed.allowed}` });
    return undefined;
  };
  const day = 86_400;
  const publicUrl = text('PARLEY_PUBLIC_URL');
  const candidate = {
    host: text('HOST') ?? '127.0.0.1',
    port: parse('PORT', '8000', (value) => parseInteger(value, 0, 65_535)),
    dataFolder: text('PARLEY_DATA') ?? 'data',
    algorithm: parse('JWT_ALGORITHM', 'HS256', (value) => parseChoice(value, ['HS256', 'EdDSA'])),
    accessTokenLife: parse('ACCESS_TOKEN_EXPIRY', '15m', (value) => parseLife(value, 60, day)),
    refreshTokenLife: parse('REFRESH_TOKEN_EXPIRY', '7d', (value) => parseLife(value, 3_600, 90 * day)),
    registration: parse('PARLEY_REGISTRATION', 'invitation', (value) =>
      parseChoice(value, ['open', 'invitation', 'closed']),
    ),
    logLevel: parse('LOG_LEVEL', 'info', (value) => parseChoice(value, LOG_LEVELS)),
    isProduction: text('NODE_ENV') === 'production',
    isDevelopment: text('NODE_ENV') === 'development',
    passwords: readPasswordSettings(parse, text),
    allowedOrigins: parse('PARLEY_ALLOWED_ORIGINS', '', parseOrigins),
    trustedProxies: parse('PARLEY_TRUSTED_PROXIES', '0', (value) => parseInteger(value, 0, 16)),
    rateLimitFactor: parse('PARLEY_RATE_LIMIT_FACTOR', '1', (value) => parseInteger(value, 1, 1_000)),
    ...readCookieSessions(text, problems),
    ...optional('publicUrl', publicUrl === undefined ? undefined : parse('PARLEY_PUBLIC_URL', '', parsePublicUrl)),
    ...optional('databaseUrl', text('DATABASE_URL')),
    ...optional('jwtSecret', text('JWT_SECRET')),
    ...optional('apiKey', text('CENTRIFUGO_API_KEY')),
    ...optional('centrifugoSecret', text('CENTRIFUGO_HMAC_SECRET_KEY')),
  };
  if (problems.length > 0 || !isComplete(candidate)) return { ok: false, problems };
  problems.push(...findConflicts(candidate));
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, settings: candidate, warnings: findWarnings(candidate, sources.environment) };
}

type Reader = (name: string) => string | undefined;

/** Reads a name from the strongest source that has it; an empty value counts as absent, as in shells and compose files. */
function createReader(sources: SettingsSources, problems: SettingProblem[]): Reader {
  const plain = (name: string): string | undefined => {
    const value = sources.flags[name] ?? sources.environment[name];
    return value === undefined || value.trim() === '' ? undefined : value.trim();
  };
  return (name) => {
    const file = secretNames.some((secret) => secret === name) ? plain(`${name}_FILE`) : undefined;
    if (file === undefined) return plain(name);
    if (plain(name) !== undefined) {
      problems.push({ name, message: `set ${name} or ${name}_FILE, not both` });
      return undefined;
    }
    try {
      return sources.readFile(file).trim();
    } catch {
      problems.push({ name: `${name}_FILE`, message: `${name}_FILE must name a file that this process can read` });
      return undefined;
    }
  };
}

function optional<K extends string>(name: K, value: string | undefined): { [key in K]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { [key in K]?: string });
}

type Candidate = { [K in keyof Settings]: Settings[K] | undefined };

function isComplete(candidate: Candidate): candidate is Settings {
  return Object.values(candidate).every((value) => value !== undefined);
}

function findConflicts(settings: Settings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const add = (name: string, message: string): void => {
    problems.push({ name, message });
  };
  for (const [name, secret] of [
    ['JWT_SECRET', settings.jwtSecret],
    ['CENTRIFUGO_HMAC_SECRET_KEY', settings.centrifugoSecret],
  ] as const) {
    const problem = secret === undefined ? undefined : checkSecret(secret);
    if (problem !== undefined) add(name, `${name} is refused: ${keyProblemText(problem)}`);
  }
  const { apiKey } = settings;
  if (apiKey !== undefined && (apiKey.length < API_KEY_MIN_LENGTH || checkSecret(apiKey) === 'well_known')) {
    add('CENTRIFUGO_API_KEY', `CENTRIFUGO_API_KEY must be a random text of at least ${API_KEY_MIN_LENGTH} characters`);
  }
  if (settings.jwtSecret !== undefined && settings.algorithm !== 'HS256') {
    add('JWT_ALGORITHM', 'JWT_ALGORITHM must be HS256 when JWT_SECRET is set; EdDSA keys live in the data folder');
  }
  if (settings.databaseUrl !== undefined && !/^(postgres(ql)?:\/\/|file:|sqlite:)/.test(settings.databaseUrl)) {
    add('DATABASE_URL', 'DATABASE_URL must begin with postgres:// or file:');
  }
  const isOpenToOthers = !isLoopback(settings.host);
  if (settings.isProduction && isOpenToOthers && settings.publicUrl === undefined) {
    add('PARLEY_PUBLIC_URL', 'PARLEY_PUBLIC_URL must be set in production, such as https://chat.example.org');
  }
  return problems;
}

function findWarnings(settings: Settings, environment: SettingsSources['environment']): string[] {
  const warnings = Object.keys(environment)
    .filter((name) => name.startsWith('PARLEY_') && ![...ownNames, ...foreignOwnNames].includes(name))
    .map((name) => `${name} is not a setting of Parley and has no effect`);
  if (!isLoopback(settings.host) && settings.publicUrl === undefined) {
    warnings.push('other machines can reach this server, but without PARLEY_PUBLIC_URL only this one can sign in');
  }
  return warnings;
}
