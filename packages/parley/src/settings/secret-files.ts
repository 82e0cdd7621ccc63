// Decides which secrets a server runs with: the keys of its place, JWT_SECRET before them, and the key of the server API.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createKeyring, generateSecret, keyFromSecret, keyProblemText, shareKey, tokenRings } from '@parley/tokens';
import type { AllKeys, Keyrings, RingKey, SecretKeys } from '@parley/tokens';
import { withFileLock } from './file-lock.ts';
import { LOCK_FILE, makeMissingKeys, readKeys } from './key-store.ts';
import type { ReadKeys } from './key-store.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';
import { API_KEY_MIN_LENGTH, isSecretAlgorithm } from './settings.ts';
import type { Settings } from './settings.ts';

/** The name of the file inside the data folder. */
export const API_KEY_FILE = 'api-key';
/** The key id of `JWT_SECRET`, the same on every node that shares it. */
export const JWT_SECRET_KID = 'jwt-secret';

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

/** What decides about the keys. */
export type KeySettings = Pick<Settings, 'dataFolder' | 'keysFile' | 'algorithm' | 'jwtSecret'>;

/**
 * Reads the secrets and generates those that are missing in the data folder: rings of keys and an API key. With
 * `PARLEY_KEYS_FILE` the rings are only read. `JWT_SECRET` becomes the current key of the access ring.
 *
 * @throws the error of the system when the folder cannot be written
 */
export async function loadSecrets(settings: KeySettings & Pick<Settings, 'apiKey'>): Promise<LoadedSecrets> {
  await mkdir(settings.dataFolder, { recursive: true, mode: 0o700 });
  const warnings: string[] = [];
  const created = settings.keysFile === undefined ? await makeMissingKeys(settings, settings.algorithm) : [];
  const loaded = await loadKeys(settings, warnings);
  if (!loaded.ok) return loaded;
  const file = path.join(settings.dataFolder, API_KEY_FILE);
  const apiKey = settings.apiKey ?? (await obtainApiKey(settings.dataFolder, { created, warnings }));
  if (apiKey.length < API_KEY_MIN_LENGTH) {
    const problem = `${file} must hold a random text of at least ${API_KEY_MIN_LENGTH} characters`;
    return { ok: false, problem: `${problem}. Move it away: then a new key is made.` };
  }
  return { ok: true, secrets: { ...loaded.keys, apiKey, created, warnings } };
}

async function obtainApiKey(folder: string, told: Pick<Secrets, 'created' | 'warnings'>): Promise<string> {
  const file = path.join(folder, API_KEY_FILE);
  return withFileLock(path.join(folder, LOCK_FILE), async () => {
    const existing = await readPrivateFile(file, told.warnings);
    if (existing !== undefined) return existing.trim();
    const made = generateSecret();
    await writePrivateFile(file, `${made}\n`);
    told.created.push(file);
    return made;
  });
}

/**
 * Reads the keys as they are in force: those of the place, with `JWT_SECRET` in front of the access ring. Its key signs,
 * and what the ring's own keys signed stays good.
 */
export async function loadKeys(settings: KeySettings, warnings: string[]): Promise<ReadKeys> {
  const read = await readKeys(settings, warnings);
  const { jwtSecret, algorithm } = settings;
  if (!read.ok || jwtSecret === undefined) return read;
  if (!isSecretAlgorithm(algorithm)) throw new TypeError('JWT_SECRET needs an HMAC algorithm');
  const made = keyFromSecret(jwtSecret, JWT_SECRET_KID, algorithm);
  if (!made.ok) return { ok: false, problem: `JWT_SECRET is refused: ${keyProblemText(made.problem)}` };
  const { rings } = read.keys;
  if (shareKey([made.key, ...tokenRings.flatMap((kind) => rings[kind].keys())])) {
    return { ok: false, problem: `JWT_SECRET is refused: ${keyProblemText('duplicate_key')}` };
  }
  const access = createKeyring('access', [made.key, ...rings.access.keys().map(retired)]);
  return { ok: true, keys: { ...read.keys, rings: { ...rings, access } } satisfies AllKeys };
}

const retired = (key: RingKey): RingKey => (key.state === 'current' ? { ...key, state: 'retired' } : key);

/** A secret as it may be shown: its first four characters, and how long it is. */
export function masked(secret: string): string {
  return `${secret.slice(0, 4)}… (${secret.length} characters)`;
}
