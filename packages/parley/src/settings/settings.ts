// Decides the settings of the whole server: names, defaults, allowed forms, and which combinations are refused.
import type { CookieSessionSettings, ProviderConfig, SmtpSettings } from '@parley/api';
import type { Registration } from '@parley/contract';
import { algorithmNames, checkSecret, keyProblemText } from '@parley/tokens';
import type { Algorithm, SecretAlgorithm } from '@parley/tokens';
import { passwordNames, readPasswordSettings } from './password-settings.ts';
import type { PasswordSettings } from './password-settings.ts';
import { readCookieSessions } from './cookie-sessions.ts';
import { parseSender, parseSmtpUrl } from './mail-settings.ts';
import { isProviderSetting, readProviders } from './providers.ts';
import {
  isLoopback,
  parseRotation,
  parseChoice,
  parseInteger,
  parseLife,
  parseNetworks,
  parseOrigins,
  parsePublicUrl,
} from './values.ts';
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
  /** The file that `jwtSecret` was read from, if any. */
  jwtSecretFile?: string;
  /** A file with all rings that this server only reads; absent: the files of the data folder, which it writes. */
  keysFile?: string;
  /** How long a generated key signs, in seconds; 0: nothing rotates by itself. */
  keyRotation: number;
  algorithm: Algorithm;
  /** What passwords cost and what they must be. */
  passwords: PasswordSettings;
  accessTokenLife: number;
  refreshTokenLife: number;
  registration: Registration;
  /** Sign-in providers; each may hold a secret. */
  providers: readonly ProviderConfig[];
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
  /** Addresses and networks of those proxies; empty for any. */
  trustedPeers: readonly string[];
  /** Multiplies every rate limit, from 1 to 1,000. */
  rateLimitFactor: number;
  /** The mail server with its sender; absent: mails are held for administrators. Holds a password. */
  smtp?: SmtpSettings;
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

const secretNames = [
  'JWT_SECRET',
  'CENTRIFUGO_API_KEY',
  'CENTRIFUGO_HMAC_SECRET_KEY',
  'DATABASE_URL',
  'PARLEY_SMTP_URL',
] as const;
const ownNames = [
  'PARLEY_DATA',
  'PARLEY_PUBLIC_URL',
  'PARLEY_REGISTRATION',
  'PARLEY_ALLOWED_ORIGINS',
  'PARLEY_TRUSTED_PROXIES',
  'PARLEY_TRUSTED_PEERS',
  'PARLEY_RATE_LIMIT_FACTOR',
  ...passwordNames,
  'PARLEY_KEYS_FILE',
  'PARLEY_KEY_ROTATION',
  'PARLEY_SMTP_URL',
  'PARLEY_SMTP_URL_FILE',
  'PARLEY_MAIL_FROM',
];
// Read by tests and benchmarks, not by the server.
const foreignOwnNames = ['PARLEY_TEST_POSTGRES_URL'];

/** Whether an algorithm signs with a shared secret, as `JWT_SECRET` is one. */
export const isSecretAlgorithm = (algorithm: Algorithm): algorithm is SecretAlgorithm => algorithm.startsWith('HS');

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
  const smtp = readSmtp(text, problems);
  const candidate = {
    host: text('HOST') ?? '127.0.0.1',
    port: parse('PORT', '8000', (value) => parseInteger(value, 0, 65_535)),
    dataFolder: text('PARLEY_DATA') ?? 'data',
    algorithm: parse('JWT_ALGORITHM', 'HS256', (value) => parseChoice(value, algorithmNames)),
    keyRotation: parse('PARLEY_KEY_ROTATION', text('PARLEY_KEYS_FILE') === undefined ? '30d' : 'off', parseRotation),
    accessTokenLife: parse('ACCESS_TOKEN_EXPIRY', '15m', (value) => parseLife(value, 60, day)),
    refreshTokenLife: parse('REFRESH_TOKEN_EXPIRY', '7d', (value) => parseLife(value, 3_600, 90 * day)),
    registration: parse('PARLEY_REGISTRATION', 'invitation', (value) =>
      parseChoice(value, ['open', 'invitation', 'closed']),
    ),
    providers: readProviders(
      {
        names: Object.keys({ ...sources.environment, ...sources.flags }),
        text,
        isDevelopment: text('NODE_ENV') === 'development',
      },
      problems,
    ),
    logLevel: parse('LOG_LEVEL', 'info', (value) => parseChoice(value, LOG_LEVELS)),
    isProduction: text('NODE_ENV') === 'production',
    isDevelopment: text('NODE_ENV') === 'development',
    passwords: readPasswordSettings(parse, text),
    allowedOrigins: parse('PARLEY_ALLOWED_ORIGINS', '', parseOrigins),
    trustedProxies: parse('PARLEY_TRUSTED_PROXIES', '0', (value) => parseInteger(value, 0, 16)),
    trustedPeers: parse('PARLEY_TRUSTED_PEERS', '', parseNetworks),
    rateLimitFactor: parse('PARLEY_RATE_LIMIT_FACTOR', '1', (value) => parseInteger(value, 1, 1_000)),
    ...readCookieSessions(text, problems),
    ...optional('publicUrl', publicUrl === undefined ? undefined : parse('PARLEY_PUBLIC_URL', '', parsePublicUrl)),
    ...optional('databaseUrl', text('DATABASE_URL')),
    ...optional('jwtSecret', text('JWT_SECRET')),
    ...optional('jwtSecretFile', text.fileOf('JWT_SECRET')),
    ...optional('keysFile', text('PARLEY_KEYS_FILE')),
    ...(smtp === undefined ? {} : { smtp }),
    ...optional('apiKey', text('CENTRIFUGO_API_KEY')),
    ...optional('centrifugoSecret', text('CENTRIFUGO_HMAC_SECRET_KEY')),
  };
  if (problems.length > 0 || !isComplete(candidate)) return { ok: false, problems };
  problems.push(...findConflicts(candidate));
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, settings: candidate, warnings: findWarnings(candidate, sources.environment) };
}

interface Reader {
  (name: string): string | undefined;
  /** The file that holds the value of a secret, if one was named. */
  fileOf(name: string): string | undefined;
}

/**
 * Reads a name from the strongest source that has it; an empty value counts as absent, as in shells and compose files. A
 * secret may stand in a file: `NAME_FILE=/path`, or `NAME=file:/path`.
 */
function createReader(sources: SettingsSources, problems: SettingProblem[]): Reader {
  const plain = (name: string): string | undefined => {
    const value = sources.flags[name] ?? sources.environment[name];
    return value === undefined || value.trim() === '' ? undefined : value.trim();
  };
  const referenced = (name: string): string | undefined => {
    // In DATABASE_URL `file:` names the database itself.
    const value = name === 'DATABASE_URL' ? undefined : plain(name);
    return value?.startsWith('file:') === true ? value.replace(/^file:(\/\/(?=\/))?/, '') : undefined;
  };
  const isSecret = (name: string): boolean =>
    secretNames.some((secret) => secret === name) || /^PARLEY_OIDC_\w+_CLIENT_SECRET$/.test(name);
  const fileOf = (name: string): string | undefined =>
    isSecret(name) ? (plain(`${name}_FILE`) ?? referenced(name)) : undefined;
  const read = (name: string): string | undefined => {
    const file = fileOf(name);
    if (file === undefined) return plain(name);
    if (plain(name) !== undefined && plain(`${name}_FILE`) !== undefined) {
      problems.push({ name, message: `set ${name} or ${name}_FILE, not both` });
      return undefined;
    }
    try {
      return sources.readFile(file).trim();
    } catch {
      const source = plain(name) === undefined ? `${name}_FILE` : name;
      problems.push({ name: source, message: `${source} must name a file that this process can read` });
      return undefined;
    }
  };
  return Object.assign(read, { fileOf });
}

/** The mail server, once both of its settings are right; what is wrong is added to `problems`. */
function readSmtp(text: Reader, problems: SettingProblem[]): SmtpSettings | undefined {
  const [url, sender] = [text('PARLEY_SMTP_URL'), text('PARLEY_MAIL_FROM')];
  if (url === undefined) return undefined;
  const server = parseSmtpUrl(url);
  const from = parseSender(sender ?? '');
  if (!server.ok) problems.push({ name: 'PARLEY_SMTP_URL', message: `PARLEY_SMTP_URL must be ${server.allowed}` });
  if (!from.ok) problems.push({ name: 'PARLEY_MAIL_FROM', message: `PARLEY_MAIL_FROM must be ${from.allowed}` });
  return server.ok && from.ok ? { ...server.value, from: from.value } : undefined;
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
    const alg = name === 'JWT_SECRET' && isSecretAlgorithm(settings.algorithm) ? settings.algorithm : 'HS256';
    const problem = secret === undefined ? undefined : checkSecret(secret, alg);
    if (problem !== undefined) add(name, `${name} is refused: ${keyProblemText(problem)}`);
  }
  const { apiKey } = settings;
  if (apiKey !== undefined && (apiKey.length < API_KEY_MIN_LENGTH || checkSecret(apiKey) === 'well_known')) {
    add('CENTRIFUGO_API_KEY', `CENTRIFUGO_API_KEY must be a random text of at least ${API_KEY_MIN_LENGTH} characters`);
  }
  if (settings.jwtSecret !== undefined && !isSecretAlgorithm(settings.algorithm)) {
    add(
      'JWT_ALGORITHM',
      'JWT_ALGORITHM must be HS256, HS384 or HS512 when JWT_SECRET is set; keys of other algorithms live in the data folder',
    );
  }
  if (settings.jwtSecret !== undefined && settings.jwtSecret === settings.centrifugoSecret) {
    add('JWT_SECRET', 'JWT_SECRET and CENTRIFUGO_HMAC_SECRET_KEY must differ: one secret has one use');
  }
  if (settings.keysFile !== undefined && settings.keyRotation !== 0) {
    add(
      'PARLEY_KEY_ROTATION',
      'PARLEY_KEY_ROTATION must be off with PARLEY_KEYS_FILE: who writes that file rotates the keys',
    );
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
    .filter((name) => !isProviderSetting(name))
    .map((name) => `${name} is not a setting of Parley and has no effect`);
  if (!isLoopback(settings.host) && settings.publicUrl === undefined) {
    warnings.push('other machines can reach this server, but without PARLEY_PUBLIC_URL only this one can sign in');
  }
  if (settings.trustedPeers.length > 0 && settings.trustedProxies === 0) {
    warnings.push('PARLEY_TRUSTED_PEERS has no effect without PARLEY_TRUSTED_PROXIES, the number of proxies in front');
  }
  return warnings;
}
