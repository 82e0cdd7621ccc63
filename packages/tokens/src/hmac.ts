// Decides how HMAC signs and verifies, and which secrets it takes.
import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import { decodeMember } from './algorithm.ts';
import type { AlgorithmRow, KeyMaterial } from './algorithm.ts';
import { checkSecretBytes } from './secrets.ts';

/** Key material for HMAC from raw bytes. The strength is the caller's to check; an empty key is a TypeError. */
export function symmetricKey(bytes: Uint8Array): KeyMaterial {
  if (bytes.length === 0) throw new TypeError('an HMAC key must not be empty');
  const key = createSecretKey(bytes);
  return { verifyWith: key, signWith: key };
}

/** HMAC with a hash; the secret has at least as many bytes as the hash (RFC 7518, 3.2). */
export function hmacRow(digest: 'sha256' | 'sha384' | 'sha512', minBytes: number): AlgorithmRow {
  const generate = (): KeyMaterial => symmetricKey(randomBytes(minBytes));
  return {
    symmetric: true,
    generate,
    generateBeside: async () => generate(),
    fromJwk(jwk) {
      const bytes = jwk.kty === 'oct' ? decodeMember(jwk.k) : undefined;
      if (bytes === undefined) return { ok: false, problem: 'bad_key' };
      const problem = checkSecretBytes(bytes, minBytes);
      return problem === undefined ? { ok: true, key: symmetricKey(bytes) } : { ok: false, problem };
    },
    toJwk(key, half) {
      if (half === 'public') throw new TypeError('a symmetric key has no public half');
      return { kty: 'oct', k: key.verifyWith.export().toString('base64url') };
    },
    sign: (input, key) => createHmac(digest, key).update(input, 'latin1').digest(),
    verify(input, signature, key) {
      // By way of a string, because a Buffer made by digest() costs more than the rest of the comparison.
      const expected = Buffer.from(createHmac(digest, key).update(input, 'latin1').digest('latin1'), 'latin1');
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    },
  };
}
