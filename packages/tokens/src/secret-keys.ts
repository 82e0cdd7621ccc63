// Decides how the secret keys that sign no token stand in a file: one JWK set of symmetric keys a ring.
import { randomBytes } from 'node:crypto';
import { randomName } from './algorithms.ts';
import { isKeyState, isKid, isSince, maxKeysPerRing } from './keyring.ts';
import type { KeyState } from './keyring.ts';
import { isObject, parseObject } from './parse.ts';
import type { KeyProblem } from './problems.ts';

/** `device` signs device cookies and names sign-in names, `pepper` goes into passwords, `vault` encrypts what is stored. */
export type SecretRing = 'device' | 'pepper' | 'vault';

/** The rings, in the order of the file. */
export const secretRings: readonly SecretRing[] = ['device', 'pepper', 'vault'];

/** A secret key of 32 bytes. Each ring has exactly one that is current; retired ones still open what they made. */
export interface SecretKey {
  readonly kid: string;
  readonly state: KeyState;
  readonly key: Uint8Array;
  /** When it came into its state, in Unix seconds; absent: before anybody wrote it down. */
  readonly since?: number;
}

/** The secret keys of a server, by ring and id, from memory. */
export interface SecretKeys {
  current(ring: SecretRing): SecretKey;
  /** Undefined for an unknown or revoked key. */
  find(ring: SecretRing, kid: string): SecretKey | undefined;
  keys(ring: SecretRing): readonly SecretKey[];
  /**
   * Puts other keys in place at once; whoever asks next sees them.
   *
   * @throws TypeError for a ring without exactly one current key; the old keys stay
   */
  replace(rings: ReadonlyMap<SecretRing, readonly SecretKey[]>): void;
}

/** Keys from a file, or what is wrong and where. Never contains key material. */
export type LoadedSecretKeys = { ok: true; keys: SecretKeys } | { ok: false; problem: KeyProblem; where: string };

const keyBytes = 32;

/** Makes a new key. */
export const generateSecretKey = (state: KeyState): SecretKey => ({
  kid: randomName(12),
  state,
  key: randomBytes(keyBytes),
});

/** Makes every ring with one new current key. */
export function generateSecretKeys(): SecretKeys {
  return secretKeysOf(new Map(secretRings.map((ring) => [ring, [generateSecretKey('current')]])));
}

/** Puts keys in place that {@link parseSecretKeys} would take. */
export function secretKeysOf(initial: ReadonlyMap<SecretRing, readonly SecretKey[]>): SecretKeys {
  let rings = initial;
  const keys = (ring: SecretRing): readonly SecretKey[] => rings.get(ring) ?? [];
  return {
    keys,
    current(ring) {
      const found = keys(ring).find((key) => key.state === 'current');
      if (found === undefined) throw new TypeError(`the ring "${ring}" has no current key`);
      return found;
    },
    find: (ring, kid) => keys(ring).find((key) => key.kid === kid && key.state !== 'revoked'),
    replace(others) {
      for (const ring of secretRings) {
        const current = others.get(ring)?.filter(({ state }) => state === 'current') ?? [];
        if (current.length !== 1) throw new TypeError(`the ring "${ring}" needs exactly one current key`);
      }
      rings = others;
    },
  };
}

/** The text of the file, with a final newline: write it with mode 0600 only. */
export function serialiseSecretKeys(keys: SecretKeys): string {
  const sets = secretRings.map((ring) => [ring, { keys: keys.keys(ring).map(toFileJwk) }] as const);
  return `${JSON.stringify(Object.fromEntries(sets), null, 2)}\n`;
}

const toFileJwk = ({ kid, state, key, since }: SecretKey): Record<string, string | number> => ({
  kty: 'oct',
  k: Buffer.from(key).toString('base64url'),
  kid,
  state,
  ...(since === undefined ? {} : { since }),
});

/** Reads the file. Every ring has to be there with one current key, and no key may stand in two places. */
export function parseSecretKeys(text: string): LoadedSecretKeys {
  const parsed = parseObject(text, 4);
  if (!parsed.ok) return { ok: false, problem: 'not_json', where: 'the file' };
  const stranger = Object.keys(parsed.value).some((name) => !secretRings.some((ring) => ring === name));
  if (stranger) return { ok: false, problem: 'unknown_ring', where: 'the file' };
  const rings = new Map<SecretRing, SecretKey[]>();
  for (const ring of secretRings) {
    const read = readRing(ring, parsed.value[ring]);
    if (!read.ok) return read;
    rings.set(ring, read.keys);
  }
  const material = [...rings.values()].flat().map(({ key }) => Buffer.from(key).toString('base64url'));
  if (new Set(material).size < material.length) return { ok: false, problem: 'duplicate_key', where: 'two places' };
  return { ok: true, keys: secretKeysOf(rings) };
}

type ReadRing = { ok: true; keys: SecretKey[] } | (LoadedSecretKeys & { ok: false });

function readRing(ring: SecretRing, set: unknown): ReadRing {
  if (set === undefined) return { ok: false, problem: 'missing_ring', where: ring };
  const jwks: unknown = isObject(set) ? set.keys : undefined;
  if (!Array.isArray(jwks)) return { ok: false, problem: 'bad_ring', where: ring };
  if (jwks.length > maxKeysPerRing) return { ok: false, problem: 'too_many_keys', where: ring };
  const keys: SecretKey[] = [];
  for (const [at, jwk] of jwks.entries()) {
    const where = `${ring}.keys[${at}]`;
    const { kid, state, k, since } = isObject(jwk) ? jwk : {};
    if (!isKid(kid)) return { ok: false, problem: 'bad_kid', where };
    if (!isKeyState(state)) return { ok: false, problem: 'bad_state', where };
    if (!isSince(since)) return { ok: false, problem: 'bad_state', where };
    const key = typeof k === 'string' ? Buffer.from(k, 'base64url') : Buffer.alloc(0);
    if (key.length !== keyBytes || key.toString('base64url') !== k) return { ok: false, problem: 'bad_key', where };
    keys.push({ kid, state, key, ...(since === undefined ? {} : { since }) });
  }
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length)
    return { ok: false, problem: 'duplicate_kid', where: ring };
  const current = keys.filter(({ state }) => state === 'current').length;
  if (current === 1) return { ok: true, keys };
  return { ok: false, problem: current === 0 ? 'bad_ring' : 'two_current_keys', where: ring };
}
