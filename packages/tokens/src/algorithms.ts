// Decides what each signature algorithm does and which keys it takes: one row each, and the only file with crypto.
// Own tokens are signed and verified by `algorithms`, those of others only verified by `foreignAlgorithms`.
import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { JsonObject } from './parse.ts';
import type { KeyProblem } from './problems.ts';
import { checkSecretBytes } from './secrets.ts';

/** The signature algorithms, as `alg` spells them. */
export type Algorithm = 'HS256' | 'EdDSA';

/**
 * Key material behind opaque objects, so that printing it shows nothing. `signWith` is missing where only the public
 * half is known; for symmetric algorithms both are the same object.
 */
export interface KeyMaterial {
  readonly verifyWith: KeyObject;
  readonly signWith: KeyObject | undefined;
}

/** Key material from a JWK, or why it is refused. */
export type ImportedKey = { ok: true; key: KeyMaterial } | { ok: false; problem: KeyProblem };

/** What one algorithm does. RS, PS and ES rows fit this shape: the length of a signature is the row's own affair. */
export interface AlgorithmRow {
  /** Symmetric keys are never published, and their ids are random. */
  readonly symmetric: boolean;
  generate(): KeyMaterial;
  /** Reads the members of a JWK; refuses weak keys. */
  fromJwk(jwk: JsonObject): ImportedKey;
  /** The members that identify the key, private ones only if asked for and known. */
  toJwk(key: KeyMaterial, half: 'public' | 'private'): Record<string, string>;
  sign(input: string, key: KeyObject): Buffer;
  /** Constant time where a secret is compared; false for every signature that is not exactly right. */
  verify(this: void, input: string, signature: Buffer, key: KeyObject): boolean;
}

/** The two halves of an HMAC algorithm. */
function hmac(digest: 'sha256' | 'sha384' | 'sha512'): Pick<AlgorithmRow, 'sign' | 'verify'> {
  return {
    sign: (input, key) => createHmac(digest, key).update(input, 'latin1').digest(),
    verify(input, signature, key) {
      // By way of a string, because a Buffer made by digest() costs more than the rest of the comparison.
      const expected = Buffer.from(createHmac(digest, key).update(input, 'latin1').digest('latin1'), 'latin1');
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    },
  };
}

const hs256: AlgorithmRow = {
  symmetric: true,
  generate: () => symmetricKey(randomBytes(32)),
  fromJwk(jwk) {
    const bytes = jwk.kty === 'oct' ? decodeMember(jwk.k) : undefined;
    if (bytes === undefined) return { ok: false, problem: 'bad_key' };
    const problem = checkSecretBytes(bytes);
    return problem === undefined ? { ok: true, key: symmetricKey(bytes) } : { ok: false, problem };
  },
  toJwk(key, half) {
    if (half === 'public') throw new TypeError('a symmetric key has no public half');
    return { kty: 'oct', k: key.verifyWith.export().toString('base64url') };
  },
  ...hmac('sha256'),
};

// RFC 8410: what stands before the 32 bytes of an Ed25519 seed. A JWK would do, but versions of Node differ on whether
// they look at its public half.
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

const edDsa: AlgorithmRow = {
  symmetric: false,
  generate() {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    return { verifyWith: publicKey, signWith: privateKey };
  },
  fromJwk(jwk) {
    const point = decodeMember(jwk.x);
    if (jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519' || point?.length !== 32) return { ok: false, problem: 'bad_key' };
    if (isWeakPoint(point)) return { ok: false, problem: 'weak_point' };
    const x = point.toString('base64url');
    const verifyWith = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    if (jwk.d === undefined) return { ok: true, key: { verifyWith, signWith: undefined } };
    const seed = decodeMember(jwk.d);
    if (seed?.length !== 32) return { ok: false, problem: 'bad_key' };
    const signWith = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' });
    if (!createPublicKey(signWith).equals(verifyWith)) return { ok: false, problem: 'halves_differ' };
    return { ok: true, key: { verifyWith, signWith } };
  },
  toJwk(key, half) {
    const { x } = key.verifyWith.export({ format: 'jwk' });
    const { d } = half === 'private' && key.signWith !== undefined ? key.signWith.export({ format: 'jwk' }) : {};
    if (x === undefined) throw new TypeError('not an Ed25519 key');
    return { kty: 'OKP', crv: 'Ed25519', x, ...(d === undefined ? {} : { d }) };
  },
  sign: (input, key) => sign(null, Buffer.from(input, 'latin1'), key),
  verify: (input, signature, key) => verify(null, Buffer.from(input, 'latin1'), key, signature),
};

/** The rows, by `alg`. */
export const algorithms: { readonly [A in Algorithm]: AlgorithmRow } = { HS256: hs256, EdDSA: edDsa };

/** Whether a value names an algorithm of the table; exact case. */
export const isAlgorithm = (value: unknown): value is Algorithm => value === 'HS256' || value === 'EdDSA';

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
  HS256: hs256.verify,
  HS384: hmac('sha384').verify,
  HS512: hmac('sha512').verify,
  RS256: rsa('sha256'),
  RS384: rsa('sha384'),
  RS512: rsa('sha512'),
  ES256: ecdsa('sha256'),
  ES384: ecdsa('sha384'),
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
    const { modulusLength = 0, publicExponent = 0n } = details ?? {};
    const { n = '' } = verifyWith.export({ format: 'jwk' });
    const isOdd = ((Buffer.from(n, 'base64url').at(-1) ?? 0) & 1) === 1;
    const isStrong = modulusLength >= 2048 && modulusLength <= 8192 && publicExponent >= 65_537n;
    return isStrong && isOdd ? { verifyWith, algorithms: ['RS256', 'RS384', 'RS512'] } : undefined;
  }
  if (type === 'ed25519') return { verifyWith, algorithms: ['EdDSA'] };
  const algorithm = type === 'ec' ? curves[details?.namedCurve ?? ''] : undefined;
  return algorithm === undefined ? undefined : { verifyWith, algorithms: [algorithm] };
}

/** Key material for HMAC from raw bytes. The strength is the caller's to check; an empty key is a TypeError. */
export function symmetricKey(bytes: Uint8Array): KeyMaterial {
  if (bytes.length === 0) throw new TypeError('an HMAC key must not be empty');
  const key = createSecretKey(bytes);
  return { verifyWith: key, signWith: key };
}

/** Whether two keys are the same material, whatever their ids. */
export const isSameKey = (left: KeyMaterial, right: KeyMaterial): boolean => left.verifyWith.equals(right.verifyWith);

/** A random name of 8 bytes or more, in base64url. */
export const randomName = (bytes: number): string => randomBytes(bytes).toString('base64url');

const thumbprintMembers: Readonly<Record<string, readonly string[]>> = {
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

/** Strict base64url; undefined for anything else. */
function decodeMember(value: unknown): Buffer | undefined {
  if (typeof value !== 'string') return undefined;
  const bytes = Buffer.from(value, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === value ? bytes : undefined;
}

const fieldPrime = 2n ** 255n - 19n;
// y of the points whose order divides 8; the sign of x makes the eight points out of these five.
const smallOrderY: readonly bigint[] = [
  0n,
  1n,
  fieldPrime - 1n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
];

/** Whether 32 bytes are an Ed25519 point of small order, or not the canonical way to write a point (RFC 8032, 5.1.3). */
function isWeakPoint(point: Buffer): boolean {
  const y = BigInt(`0x${Buffer.from(point).reverse().toString('hex')}`) & (2n ** 255n - 1n);
  return y >= fieldPrime || smallOrderY.includes(y);
}
