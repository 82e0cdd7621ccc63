// Decides how all rings of a server stand in one file, as several nodes share it.
import type { TokenKind } from './claims.ts';
import { parseKeyrings, serialiseKeyrings, tokenRings } from './key-file.ts';
import type { Keyrings } from './key-file.ts';
import { parseObject } from './parse.ts';
import type { KeyProblem } from './problems.ts';
import { parseSecretKeys, secretRings, serialiseSecretKeys } from './secret-keys.ts';
import type { SecretKeys, SecretRing } from './secret-keys.ts';

/** The name of a ring, of either kind. */
export type RingName = TokenKind | SecretRing;

/** All keys of a server. */
export interface AllKeys {
  readonly rings: Keyrings;
  readonly secretKeys: SecretKeys;
}

/** All keys from a file, or what is wrong and where. Never contains key material. */
export type LoadedAllKeys = ({ ok: true } & AllKeys) | { ok: false; problem: KeyProblem; where: string };

/** The names of all rings, in the order of the file. */
export const ringNames: readonly RingName[] = [...tokenRings, ...secretRings];

/** The text of the file, with private parts and a final newline: write it with mode 0600 only. */
export function serialiseAllKeys({ rings, secretKeys }: AllKeys): string {
  const members: unknown = { ...JSON.parse(serialiseKeyrings(rings)), ...JSON.parse(serialiseSecretKeys(secretKeys)) };
  return `${JSON.stringify(members, null, 2)}\n`;
}

/** Reads the file. All six rings have to be there and sound, and no key may stand in two of them. */
export function parseAllKeys(text: string): LoadedAllKeys {
  const parsed = parseObject(text, 4);
  if (!parsed.ok) return { ok: false, problem: 'not_json', where: 'the file' };
  const { value } = parsed;
  if (Object.keys(value).some((name) => !ringNames.some((ring) => ring === name))) {
    return { ok: false, problem: 'unknown_ring', where: 'the file' };
  }
  const part = (names: readonly string[]): string =>
    JSON.stringify(Object.fromEntries(names.map((name) => [name, value[name]])));
  const tokens = parseKeyrings(part(tokenRings));
  if (!tokens.ok) return tokens;
  const secrets = parseSecretKeys(part(secretRings));
  if (!secrets.ok) return secrets;
  const keys: AllKeys = { rings: tokens.rings, secretKeys: secrets.keys };
  if (sharesSecret(keys)) return { ok: false, problem: 'duplicate_key', where: 'two rings' };
  return { ok: true, ...keys };
}

/** Whether a secret that signs tokens is one that has another use as well. */
export function sharesSecret({ rings, secretKeys }: AllKeys): boolean {
  const texts = secretRings.flatMap((ring) => secretKeys.keys(ring).map(({ key }) => Buffer.from(key).toString('hex')));
  const others = new Set(texts);
  return tokenRings
    .flatMap((kind) => rings[kind].keys())
    .some(({ key }) => key.verifyWith.type === 'secret' && others.has(key.verifyWith.export().toString('hex')));
}
