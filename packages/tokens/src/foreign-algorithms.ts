// Decides which signatures of others are verified, and which of their keys are taken.
import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { AlgorithmRow } from './algorithm.ts';
import { algorithms, thumbprintMembers } from './algorithms.ts';
import { edDsa } from './ed25519.ts';
import { symmetricKey } from './hmac.ts';
import type { JsonObject } from './parse.ts';
import { isStrongRsa } from './rsa.ts';

/** The algorithms of tokens that others sign for the realtime gateway, as `alg` spells them. */
export type ForeignAlgorithm =
  | 'HS256'
  | 'HS384'
  | 'HS512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA';

type Verify = AlgorithmRow['verify'];

/** RSASSA-PKCS1-v1_5; `verify` of the platform takes that padding for RSA keys. */
const rsa =
  (digest: string): Verify =>
  (input, signature, key) =>
    verify(digest, Buffer.from(input, 'latin1'), key, signature);

/** ECDSA with the signature as r and s side by side (RFC 7518, 3.4); the platform refuses every other length. */
const ecdsa =
  (digest: string): Verify =>
  (input, signature, key) =>
    verify(digest, Buffer.from(input, 'latin1'), { key, dsaEncoding: 'ieee-p1363' }, signature);

/** How each of them is verified; the key has to be one for the algorithm. False for every signature that is not exactly right. */
export const foreignAlgorithms: { readonly [A in ForeignAlgorithm]: Verify } = {
  HS256: algorithms.HS256.verify,
  HS384: algorithms.HS384.verify,
  HS512: algorithms.HS512.verify,
  RS256: algorithms.RS256.verify,
  RS384: rsa('sha384'),
  RS512: rsa('sha512'),
  ES256: algorithms.ES256.verify,
  ES384: algorithms.ES384.verify,
  ES512: ecdsa('sha512'),
  EdDSA: edDsa.verify,
};

/** Whether a value names an algorithm of foreign tokens; exact case. */
export const isForeignAlgorithm = (value: unknown): value is ForeignAlgorithm =>
  typeof value === 'string' && Object.hasOwn(foreignAlgorithms, value);

/** A key of somebody else, and the algorithms that it may verify. */
export interface ForeignKey {
  readonly verifyWith: KeyObject;
  readonly algorithms: readonly ForeignAlgorithm[];
}

/** A shared secret of another application. Its strength is not ours to judge; an empty one is a TypeError. */
export const foreignSecret = (bytes: Uint8Array): ForeignKey => ({
  verifyWith: symmetricKey(bytes).verifyWith,
  algorithms: ['HS256', 'HS384', 'HS512'],
});

/** Reads a public key from PEM text of a key or a certificate; undefined if it is neither, or if `foreignKey` refuses it. */
export const foreignKeyFromPem = (pem: string): ForeignKey | undefined =>
  foreignKey(() => createPublicKey({ key: pem, format: 'pem' }));

/** Reads the public half of an RSA, EC or Ed25519 key from a JWK; undefined for every other and for a broken one. */
export function foreignKeyFromJwk(jwk: JsonObject): ForeignKey | undefined {
  if (jwk.kty === 'OKP') {
    const imported = edDsa.fromJwk({ kty: jwk.kty, crv: jwk.crv, x: jwk.x });
    return imported.ok ? { verifyWith: imported.key.verifyWith, algorithms: ['EdDSA'] } : undefined;
  }
  const names = jwk.kty === 'RSA' || jwk.kty === 'EC' ? thumbprintMembers[jwk.kty] : undefined;
  if (names === undefined || names.some((name) => typeof jwk[name] !== 'string')) return undefined;
  const members = Object.fromEntries(names.map((name) => [name, jwk[name]]));
  return foreignKey(() => createPublicKey({ key: members, format: 'jwk' }));
}

const curves: Readonly<Record<string, ForeignAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

/** Keeps what is an RSA key of 2048 to 8192 bits with an exponent from 65537, a NIST curve's, or Ed25519; RSA keys bound to PSS are none of these. */
function foreignKey(read: () => KeyObject): ForeignKey | undefined {
  let verifyWith: KeyObject;
  try {
    verifyWith = read();
  } catch {
    return undefined; // the platform's words name no cause that an operator could use
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = verifyWith;
  if (type === 'rsa') {
    return isStrongRsa(verifyWith) ? { verifyWith, algorithms: ['RS256', 'RS384', 'RS512'] } : undefined;
  }
  if (type === 'ed25519') return { verifyWith, algorithms: ['EdDSA'] };
  const algorithm = type === 'ec' ? curves[details?.namedCurve ?? ''] : undefined;
  return algorithm === undefined ? undefined : { verifyWith, algorithms: [algorithm] };
}
