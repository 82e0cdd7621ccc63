// Decides which algorithms sign our own tokens: one row each; nothing outside of the rows knows what a signature is.
import { createHash, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Algorithm, AlgorithmRow, KeyMaterial } from './algorithm.ts';
import { ecdsaRow } from './ecdsa.ts';
import { edDsa } from './ed25519.ts';
import { hmacRow } from './hmac.ts';
import type { JsonObject } from './parse.ts';
import { rsaRow } from './rsa.ts';
import { minSecretBytes } from './secrets.ts';

/** The rows, by `alg`. */
export const algorithms: { readonly [A in Algorithm]: AlgorithmRow } = {
  HS256: hmacRow('sha256', minSecretBytes.HS256),
  HS384: hmacRow('sha384', minSecretBytes.HS384),
  HS512: hmacRow('sha512', minSecretBytes.HS512),
  RS256: rsaRow('pkcs1'),
  PS256: rsaRow('pss'),
  ES256: ecdsaRow({ crv: 'P-256', name: 'prime256v1', digest: 'sha256', bytes: 32 }),
  ES384: ecdsaRow({ crv: 'P-384', name: 'secp384r1', digest: 'sha384', bytes: 48 }),
  EdDSA: edDsa,
};

/** Whether a value names an algorithm of the table; exact case. */
export const isAlgorithm = (value: unknown): value is Algorithm =>
  typeof value === 'string' && Object.hasOwn(algorithms, value);

/**
 * Whether two keys are the same material, whatever their ids. Keys of different types are not handed to the platform:
 * its comparison would leave an error behind that the next reading of a key stumbles over.
 */
export function isSameKey(left: KeyMaterial, right: KeyMaterial): boolean {
  const [one, other] = [left.verifyWith, right.verifyWith];
  return typeOf(one) === typeOf(other) && one.equals(other);
}

const typeOf = ({ type, asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string =>
  `${type} ${asymmetricKeyType ?? ''} ${asymmetricKeyDetails?.namedCurve ?? ''}`;

/** A random name of 8 bytes or more, in base64url. */
export const randomName = (bytes: number): string => randomBytes(bytes).toString('base64url');

/** The members that a thumbprint is made of, by `kty` (RFC 7638, 3.2). */
export const thumbprintMembers: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

/**
 * The RFC 7638 SHA-256 thumbprint of a public key, in base64url.
 *
 * @throws TypeError for a symmetric key (its name must not depend on the secret) and for missing members
 */
export function thumbprint(jwk: JsonObject): string {
  const names = thumbprintMembers[String(jwk.kty)];
  if (names === undefined) throw new TypeError('only EC, OKP and RSA keys have a thumbprint here');
  const members = names.map((name) => [name, jwk[name]] as const);
  if (members.some(([, value]) => typeof value !== 'string')) throw new TypeError('the key lacks a required member');
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url');
}
