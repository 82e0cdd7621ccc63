// Decides how the rings stand in a key file: one JWK set with private parts a ring. The file belongs to its owner alone.
import { algorithms } from './algorithms.ts';
import type { Algorithm } from './algorithm.ts';
import type { TokenKind } from './claims.ts';
import { createKeyring, findRingProblem, generateKey, keyFromJwk, maxKeysPerRing, shareKey } from './keyring.ts';
import type { Keyring, RingKey } from './keyring.ts';
import { isObject, parseObject } from './parse.ts';
import type { KeyProblem } from './problems.ts';

/** The three rings of a server. */
export type Keyrings = { readonly [K in TokenKind]: Keyring };

/** Rings from a file, or what is wrong and where (`access`, `access.keys[2]`). Never contains key material. */
export type LoadedKeyrings = { ok: true; rings: Keyrings } | { ok: false; problem: KeyProblem; where: string };

type LoadedKeys = { ok: true; keys: RingKey[] } | { ok: false; problem: KeyProblem; where: string };

/** The largest key file, in characters. */
export const maxKeyFileLength = 1_048_576;

/** The rings whose keys sign tokens, in the order of the file. */
export const tokenRings: readonly TokenKind[] = ['access', 'connection', 'subscription'];

/** Makes three rings with one new current key each. */
export function generateKeyrings(alg: Algorithm): Keyrings {
  const ringOf = (kind: TokenKind): Keyring => createKeyring(kind, [generateKey(alg, 'current')]);
  return { access: ringOf('access'), connection: ringOf('connection'), subscription: ringOf('subscription') };
}

/** The text of a key file, with private parts and a final newline: write it with mode 0600 only. */
export function serialiseKeyrings(rings: Keyrings): string {
  const sets = tokenRings.map((kind) => [kind, { keys: rings[kind].keys().map(toFileJwk) }] as const);
  return `${JSON.stringify(Object.fromEntries(sets), null, 2)}\n`;
}

const toFileJwk = ({ kid, alg, state, key, since }: RingKey): Record<string, string | number> => ({
  ...algorithms[alg].toJwk(key, 'private'),
  kid,
  alg,
  use: 'sig',
  state,
  ...(since === undefined ? {} : { since }),
});

/** Reads a key file. All three rings have to be there and sound, and no key may stand in two of them. */
export function parseKeyrings(text: string): LoadedKeyrings {
  if (text.length > maxKeyFileLength) return { ok: false, problem: 'too_many_keys', where: 'the file' };
  const parsed = parseObject(text, 4);
  if (!parsed.ok) return { ok: false, problem: 'not_json', where: 'the file' };
  const stranger = Object.keys(parsed.value).find((name) => !tokenRings.some((kind) => kind === name));
  if (stranger !== undefined) return { ok: false, problem: 'unknown_ring', where: 'the file' };
  const access = readRing('access', parsed.value.access);
  if (!access.ok) return access;
  const connection = readRing('connection', parsed.value.connection);
  if (!connection.ok) return connection;
  const subscription = readRing('subscription', parsed.value.subscription);
  if (!subscription.ok) return subscription;
  if (shareKey([...access.keys, ...connection.keys, ...subscription.keys])) {
    return { ok: false, problem: 'duplicate_key', where: 'two rings' };
  }
  return {
    ok: true,
    rings: {
      access: createKeyring('access', access.keys),
      connection: createKeyring('connection', connection.keys),
      subscription: createKeyring('subscription', subscription.keys),
    },
  };
}

function readRing(kind: TokenKind, set: unknown): LoadedKeys {
  if (set === undefined) return { ok: false, problem: 'missing_ring', where: kind };
  const jwks = isObject(set) ? set.keys : undefined;
  if (!Array.isArray(jwks)) return { ok: false, problem: 'bad_ring', where: kind };
  if (jwks.length > maxKeysPerRing) return { ok: false, problem: 'too_many_keys', where: kind };
  const keys: RingKey[] = [];
  for (const [at, jwk] of jwks.entries()) {
    const read = isObject(jwk) ? keyFromJwk(jwk) : ({ ok: false, problem: 'bad_key' } as const);
    if (!read.ok) return { ...read, where: `${kind}.keys[${at}]` };
    keys.push(read.key);
  }
  const problem = findRingProblem(keys);
  return problem === undefined ? { ok: true, keys } : { ok: false, problem, where: kind };
}
