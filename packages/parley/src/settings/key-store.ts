// Decides where all keys of a server stand: in its data folder, which it writes, or in a given file, which it only reads.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import {
  generateKeyrings,
  generateSecretKeys,
  keyProblemText,
  parseAllKeys,
  parseKeyrings,
  parseSecretKeys,
  serialiseAllKeys,
  serialiseKeyrings,
  serialiseSecretKeys,
  sharesSecret,
} from '@parley/tokens';
import type { Algorithm, AllKeys } from '@parley/tokens';
import { withFileLock } from './file-lock.ts';
import { isThere, readGivenFile, readPrivateFile, writePrivateFile } from './private-file.ts';
import type { Settings } from './settings.ts';

/** The names of the files inside the data folder. */
export const KEY_FILE = 'keys.json';
/** See {@link KEY_FILE}. */
export const SECRET_KEY_FILE = 'secret-keys.json';
/** See {@link KEY_FILE}. */
export const LOCK_FILE = 'keys.lock';

/** Where the keys stand. With `keysFile` all six rings are in that one file, and no server writes it. */
export type KeyPlace = Pick<Settings, 'dataFolder' | 'keysFile'>;

/** Keys, or a sentence for people that says what is wrong and what to do; never with key material. */
export type ReadKeys = { ok: true; keys: AllKeys } | { ok: false; problem: string };

/** The files that hold the keys, as paths. */
export const keyFilesOf = ({ dataFolder, keysFile }: KeyPlace): string[] =>
  keysFile === undefined ? [KEY_FILE, SECRET_KEY_FILE].map((name) => path.join(dataFolder, name)) : [keysFile];

/**
 * Reads all keys.
 *
 * @param warnings is told of files that others can read
 */
export async function readKeys(place: KeyPlace, warnings: string[]): Promise<ReadKeys> {
  const { keysFile } = place;
  if (keysFile !== undefined) {
    const text = await readGivenFile(keysFile, warnings);
    if (text === undefined) {
      const advice = 'Mount it, or make it once with: parley keys generate --ring all';
      return { ok: false, problem: `PARLEY_KEYS_FILE: ${keysFile} is not there. ${advice}` };
    }
    const read = parseAllKeys(text);
    if (read.ok) return { ok: true, keys: read };
    return {
      ok: false,
      problem: `${keysFile}: ${read.where}: ${keyProblemText(read.problem)}. The old keys stay good.`,
    };
  }
  return readFolder(place, warnings);
}

async function readFolder(place: KeyPlace, warnings: string[]): Promise<ReadKeys> {
  const [tokenFile = '', secretFile = ''] = keyFilesOf(place);
  const tokens = parseKeyrings((await readPrivateFile(tokenFile, warnings)) ?? '');
  if (!tokens.ok) {
    const advice = 'Restore it from a backup, or move it away: then new keys are made and everybody signs in again.';
    return { ok: false, problem: `${tokenFile}: ${tokens.where}: ${keyProblemText(tokens.problem)}. ${advice}` };
  }
  const secrets = parseSecretKeys((await readPrivateFile(secretFile, warnings)) ?? '');
  if (!secrets.ok) {
    const advice = 'Restore it from a backup: without it nobody can sign in with the passwords and codes of before.';
    return { ok: false, problem: `${secretFile}: ${secrets.where}: ${keyProblemText(secrets.problem)}. ${advice}` };
  }
  const keys = { rings: tokens.rings, secretKeys: secrets.keys };
  if (sharesSecret(keys)) return { ok: false, problem: `${tokenFile}: ${keyProblemText('duplicate_key')}` };
  return { ok: true, keys };
}

/**
 * Makes the files that are missing, under the lock, with one new current key a ring. A given file is made whole.
 *
 * @returns the paths of what was made
 */
export async function makeMissingKeys(place: KeyPlace, algorithm: Algorithm): Promise<string[]> {
  return locked(place, () => makeMissing(place, algorithm));
}

async function makeMissing(place: KeyPlace, algorithm: Algorithm): Promise<string[]> {
  const tokens = (): string => serialiseKeyrings(generateKeyrings(algorithm));
  const all = (): string => serialiseAllKeys({ rings: generateKeyrings(algorithm), secretKeys: generateSecretKeys() });
  const makers = place.keysFile === undefined ? [tokens, () => serialiseSecretKeys(generateSecretKeys())] : [all];
  const made: string[] = [];
  for (const [index, file] of keyFilesOf(place).entries()) {
    if (await isThere(file)) continue;
    await writePrivateFile(file, makers[index]?.() ?? '');
    made.push(file);
  }
  return made;
}

/**
 * Changes keys under the lock: reads them, lets `edit` replace what it wants in the rings, and writes what is different.
 * Nothing is written when `edit` answers with a problem.
 */
export async function changeKeys<T extends { ok: boolean }>(
  place: KeyPlace,
  edit: (keys: AllKeys) => Promise<T>,
): Promise<T | { ok: false; problem: string }> {
  return locked(place, async () => {
    const read = await readKeys(place, []);
    if (!read.ok) return read;
    const before = textsOf(place, read.keys);
    const edited = await edit(read.keys);
    if (!edited.ok) return edited;
    const files = keyFilesOf(place);
    for (const [index, text] of textsOf(place, read.keys).entries()) {
      const file = files[index];
      if (file !== undefined && text !== before[index]) await writePrivateFile(file, text);
    }
    return edited;
  });
}

const textsOf = ({ keysFile }: KeyPlace, keys: AllKeys): string[] =>
  keysFile === undefined
    ? [serialiseKeyrings(keys.rings), serialiseSecretKeys(keys.secretKeys)]
    : [serialiseAllKeys(keys)];

async function locked<T>({ dataFolder, keysFile }: KeyPlace, work: () => Promise<T>): Promise<T> {
  if (keysFile !== undefined) return withFileLock(`${keysFile}.lock`, work);
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  return withFileLock(path.join(dataFolder, LOCK_FILE), work);
}
