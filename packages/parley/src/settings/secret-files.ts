// Decides where the generated secrets stand on disk, how they are written and who may read them.
import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  createKeyring,
  generateKey,
  generateKeyrings,
  generateSecret,
  generateSecretKeys,
  keyFromSecret,
  keyProblemText,
  parseKeyrings,
  parseSecretKeys,
  serialiseKeyrings,
  serialiseSecretKeys,
} from '@parley/tokens';
import type { Algorithm, Keyring, Keyrings, SecretKeys, TokenKind } from '@parley/tokens';
import { API_KEY_MIN_LENGTH } from './settings.ts';
import type { Settings } from './settings.ts';

/** The names of the files inside the data folder. */
export const KEY_FILE = 'keys.json';
/** See {@link KEY_FILE}. */
export const SECRET_KEY_FILE = 'secret-keys.json';
/** See {@link KEY_FILE}. */
export const API_KEY_FILE = 'api-key';

/** The secrets that a server runs with. */
export interface Secrets {
  rings: Keyrings;
  /** The keys that sign no token. */
  secretKeys: SecretKeys;
  apiKey: string;
  /** Files that were written just now, as paths. */
  created: string[];
  /** For people: files that others could read until now. */
  warnings: string[];
}

/** Secrets, or a sentence for people that says what is wrong and what to do; never with key material. */
export type LoadedSecrets = { ok: true; secrets: Secrets } | { ok: false; problem: string };

type Needed = Pick<Settings, 'dataFolder' | 'algorithm' | 'jwtSecret' | 'apiKey'>;

/**
 * Reads the secrets of a data folder and generates those that are missing: rings of keys and an API key.
 * `JWT_SECRET` becomes the current key of the access ring, before the file's own.
 *
 * @throws the error of the system when the folder cannot be written
 */
export async function loadSecrets(settings: Needed): Promise<LoadedSecrets> {
  await mkdir(settings.dataFolder, { recursive: true, mode: 0o700 });
  const created: string[] = [];
  const warnings: string[] = [];
  const obtain = async (name: string, make: () => string): Promise<string> => {
    const file = path.join(settings.dataFolder, name);
    const existing = await readSecretFile(file, warnings);
    if (existing !== undefined) return existing;
    const text = make();
    await writeSecretFile(file, text);
    created.push(file);
    return text;
  };
  const text = await obtain(KEY_FILE, () => serialiseKeyrings(generateKeyrings(settings.algorithm)));
  const loaded = parseKeyrings(text);
  if (!loaded.ok) {
    const file = path.join(settings.dataFolder, KEY_FILE);
    const advice = 'Restore it from a backup, or move it away: then new keys are made and everybody signs in again.';
    return { ok: false, problem: `${file}: ${loaded.where}: ${keyProblemText(loaded.problem)}. ${advice}` };
  }
  const vault = parseSecretKeys(await obtain(SECRET_KEY_FILE, () => serialiseSecretKeys(generateSecretKeys())));
  if (!vault.ok) {
    const file = path.join(settings.dataFolder, SECRET_KEY_FILE);
    const advice = 'Restore it from a backup: without it nobody can sign in with the passwords and codes of before.';
    return { ok: false, problem: `${file}: ${vault.where}: ${keyProblemText(vault.problem)}. ${advice}` };
  }
  const access = withSecret(loaded.rings.access, settings.jwtSecret);
  if (!access.ok) return access;
  const apiKey = settings.apiKey ?? (await obtain(API_KEY_FILE, () => `${generateSecret()}\n`)).trim();
  if (apiKey.length < API_KEY_MIN_LENGTH) {
    const file = path.join(settings.dataFolder, API_KEY_FILE);
    const problem = `${file} must hold a random text of at least ${API_KEY_MIN_LENGTH} characters`;
    return { ok: false, problem: `${problem}. Move it away: then a new key is made.` };
  }
  const rings = { ...loaded.rings, access: access.ring };
  return { ok: true, secrets: { rings, secretKeys: vault.keys, apiKey, created, warnings } };
}

/** Puts `JWT_SECRET` in front of a ring: its key signs, and what the ring's own keys signed stays good. */
function withSecret(
  ring: Keyring,
  secret: string | undefined,
): { ok: true; ring: Keyring } | { ok: false; problem: string } {
  if (secret === undefined) return { ok: true, ring };
  const made = keyFromSecret(secret, 'jwt-secret');
  if (!made.ok) return { ok: false, problem: `JWT_SECRET is refused: ${keyProblemText(made.problem)}` };
  return { ok: true, ring: createKeyring(ring.kind, [made.key, ...retireCurrent(ring)]) };
}

function retireCurrent(ring: Keyring): ReturnType<Keyring['keys']> {
  return ring.keys().map((key) => (key.state === 'current' ? { ...key, state: 'retired' as const } : key));
}

/**
 * Makes a new current key in some rings of the key file; the old ones still verify. A running server sees it when it
 * starts again.
 *
 * @returns the ids of the new keys, by ring, or a sentence for people
 */
export async function rotateKeys(
  dataFolder: string,
  kinds: readonly TokenKind[],
  algorithm: Algorithm,
): Promise<{ ok: true; kids: Partial<Record<TokenKind, string>> } | { ok: false; problem: string }> {
  const loaded = await loadSecrets({ dataFolder, algorithm });
  if (!loaded.ok) return loaded;
  const { rings } = loaded.secrets;
  const kids: Partial<Record<TokenKind, string>> = {};
  for (const kind of kinds) {
    const key = generateKey(algorithm, 'current');
    rings[kind].replace([key, ...retireCurrent(rings[kind])]);
    kids[kind] = key.kid;
  }
  await writeSecretFile(path.join(dataFolder, KEY_FILE), serialiseKeyrings(rings));
  return { ok: true, kids };
}

async function readSecretFile(file: string, warnings: string[]): Promise<string | undefined> {
  const stats = await stat(file).catch(undefinedIfMissing);
  if (stats === undefined) return undefined;
  if (!stats.isFile()) throw new Error(`${file} is not a file. Move it away: then a new one is made.`);
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
    await chmod(file, 0o600);
    warnings.push(
      `${file} could be read by other accounts; it is closed now. If others use this machine, rotate the keys.`,
    );
  }
  return readFile(file, 'utf8');
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** Writes whole or not at all, also when the power fails in between: a file beside it, synced, then renamed. */
async function writeSecretFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const folder = await open(path.dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** A secret as it may be shown: its first four characters, and how long it is. */
export function masked(secret: string): string {
  return `${secret.slice(0, 4)}… (${secret.length} characters)`;
}
