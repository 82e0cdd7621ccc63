// Decides how Ed25519 signs and verifies, and which keys it takes: no point of small order, none that is spelled otherwise.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { decodeMember, exportMembers } from './algorithm.ts';
import type { AlgorithmRow, KeyMaterial } from './algorithm.ts';

// RFC 8410: what stands before the 32 bytes of an Ed25519 seed. A JWK would do, but versions of Node differ on whether
// they look at its public half.
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

const generate = (): KeyMaterial => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { verifyWith: publicKey, signWith: privateKey };
};

/** Ed25519. */
export const edDsa: AlgorithmRow = {
  symmetric: false,
  generate,
  generateBeside: async () => generate(),
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
    const hasPrivate = half === 'private' && key.signWith !== undefined;
    return exportMembers(hasPrivate ? key.signWith : key.verifyWith, ['kty', 'crv', 'x', ...(hasPrivate ? ['d'] : [])]);
  },
  sign: (input, key) => sign(null, Buffer.from(input, 'latin1'), key),
  verify: (input, signature, key) => verify(null, Buffer.from(input, 'latin1'), key, signature),
};

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
