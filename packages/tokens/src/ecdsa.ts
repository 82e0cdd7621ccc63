// Decides how ECDSA signs and verifies, and which keys it takes: points on the one curve of the algorithm.
import { createECDH, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { decodeMember, exportMembers } from './algorithm.ts';
import type { AlgorithmRow, ImportedKey, KeyMaterial } from './algorithm.ts';
import type { JsonObject } from './parse.ts';

/** A curve: its name in a JWK, in the platform, the hash that goes with it, and the bytes of a coordinate. */
export interface Curve {
  readonly crv: 'P-256' | 'P-384';
  readonly name: 'prime256v1' | 'secp384r1';
  readonly digest: 'sha256' | 'sha384';
  readonly bytes: number;
}

/** ECDSA with the signature as r and s side by side (RFC 7518, 3.4); the platform refuses every other length. */
export function ecdsaRow(curve: Curve): AlgorithmRow {
  const dsaEncoding = 'ieee-p1363';
  const generate = (): KeyMaterial => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: curve.name });
    return { verifyWith: publicKey, signWith: privateKey };
  };
  return {
    symmetric: false,
    generate,
    generateBeside: async () => generate(),
    fromJwk: (jwk) => readEcKey(curve, jwk),
    toJwk(key, half) {
      const hasPrivate = half === 'private' && key.signWith !== undefined;
      const names = ['kty', 'crv', 'x', 'y', ...(hasPrivate ? ['d'] : [])];
      return exportMembers(hasPrivate ? key.signWith : key.verifyWith, names);
    },
    sign: (input, key) => sign(curve.digest, Buffer.from(input, 'latin1'), { key, dsaEncoding }),
    verify: (input, signature, key) =>
      verify(curve.digest, Buffer.from(input, 'latin1'), { key, dsaEncoding }, signature),
  };
}

function readEcKey({ crv, name, bytes }: Curve, jwk: JsonObject): ImportedKey {
  const [x, y] = [decodeMember(jwk.x), decodeMember(jwk.y)];
  if (jwk.kty !== 'EC' || jwk.crv !== crv || x?.length !== bytes || y?.length !== bytes) {
    return { ok: false, problem: 'bad_key' };
  }
  const half = { kty: 'EC', crv, x: x.toString('base64url'), y: y.toString('base64url') };
  let verifyWith: KeyMaterial['verifyWith'];
  try {
    verifyWith = createPublicKey({ key: half, format: 'jwk' });
  } catch {
    return { ok: false, problem: 'weak_point' }; // a point that is not on the curve
  }
  if (jwk.d === undefined) return { ok: true, key: { verifyWith, signWith: undefined } };
  const d = decodeMember(jwk.d);
  if (d?.length !== bytes) return { ok: false, problem: 'bad_key' };
  const ecdh = createECDH(name);
  try {
    ecdh.setPrivateKey(d);
  } catch {
    return { ok: false, problem: 'bad_key' }; // zero, or not below the order of the curve
  }
  if (!ecdh.getPublicKey().equals(Buffer.concat([Buffer.of(4), x, y]))) return { ok: false, problem: 'halves_differ' };
  const signWith = createPrivateKey({ key: { ...half, d: d.toString('base64url') }, format: 'jwk' });
  return { ok: true, key: { verifyWith, signWith } };
}
