// Decides which keys the tests of foreign tokens use, and how the library jose signs with them; used by tests only.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { JWTPayload } from 'jose';
import type { ForeignAlgorithm } from './foreign-algorithms.ts';
import type { ForeignVerified } from './foreign-verify.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed = generateKeyPairSync('ed25519');
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** A key pair for each asymmetric algorithm; the RSA ones share one. */
export const pairs = {
  RS256: rsa,
  RS384: rsa,
  RS512: rsa,
  ES256: ec('P-256'),
  ES384: ec('P-384'),
  ES512: ec('P-521'),
  EdDSA: ed,
} as const satisfies Partial<Record<ForeignAlgorithm, Pair>>;

/** The asymmetric algorithms. */
export type PairAlgorithm = keyof typeof pairs;
/** Their names. */
export const pairAlgorithms: readonly PairAlgorithm[] = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** The names of the symmetric ones. */
export const secretAlgorithms: readonly ForeignAlgorithm[] = ['HS256', 'HS384', 'HS512'];

/** A public key as PEM text. */
export const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

/** A public key as JWK with further members. */
export const jwkOf = (alg: PairAlgorithm, members: object = {}): object => ({
  ...pairs[alg].publicKey.export({ format: 'jwk' }),
  ...members,
});

/** A token that jose signs, by a key pair of above or a secret. */
export function joseSign(
  alg: string,
  claims: object,
  given: { key?: KeyObject | Uint8Array; kid?: string } = {},
): Promise<string> {
  const own: Readonly<Record<string, Pair>> = pairs;
  const key = given.key ?? own[alg]?.privateKey;
  if (key === undefined) throw new TypeError(`no key for ${alg}`);
  const header = given.kid === undefined ? { alg } : { alg, kid: given.kid };
  const payload: JWTPayload = { ...claims };
  return new SignJWT(payload).setProtectedHeader(header).sign(key);
}

/** An answer without the text of the claims, which is another spelling of them. */
export function withoutJson(verified: ForeignVerified): object & { ok: boolean } {
  if (!verified.ok) return verified;
  const { json, ...rest } = verified;
  assert.equal(typeof json, 'string');
  return rest;
}
