// Decides by cases A10, A11 and F72 to F80 of the catalogue of attacks which RSA and EC keys and signatures are taken.
import assert from 'node:assert/strict';
import { constants, createECDH, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import type { Algorithm } from './algorithm.ts';
import { clockAt, encode, issuer, makeHouse, nowSeconds } from './forge.test-support.ts';
import type { House } from './forge.test-support.ts';
import { createKeyring, keyFromJwk } from './keyring.ts';
import { createProfile } from './profile.ts';
import { createVerifier } from './verify.ts';

const houses = {
  RS256: makeHouse('RS256'),
  PS256: makeHouse('PS256'),
  ES256: makeHouse('ES256'),
  ES384: makeHouse('ES384'),
};

const inputOf = (house: House): string => `${encode(house.header)}.${encode(house.claims)}`;
const withSignature = (house: House, signature: Uint8Array): string =>
  `${inputOf(house)}.${Buffer.from(signature).toString('base64url')}`;
const refusedAs = (house: House, signature: Uint8Array, problem = 'signature'): void =>
  assert.deepEqual(house.verify(withSignature(house, signature)), { ok: false, problem });

const toBytes = (value: bigint, length: number): Buffer =>
  Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

// identity 2.2: 10
test('verify() refuses A10 RS256 with a PSS signature of the same key, and the reverse', () => {
  const { RS256, PS256 } = houses;
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  refusedAs(RS256, sign('sha256', Buffer.from(inputOf(RS256)), { key: RS256.key.key.signWith!, ...pss }));
  refusedAs(PS256, sign('sha256', Buffer.from(inputOf(PS256)), PS256.key.key.signWith!));
});

// identity 2.2: 11
test('verify() refuses A11 ES256 under a key of P-384, and ES384 under one of P-256', () => {
  for (const [mine, other] of [
    [houses.ES256, houses.ES384],
    [houses.ES384, houses.ES256],
  ] as const) {
    const ring = createKeyring('access', [mine.key, { ...other.key, state: 'next' }]);
    const algorithms: Algorithm[] = ['ES256', 'ES384'];
    const profile = createProfile({ kind: 'access', issuer, algorithms, ring, maxLifeSeconds: 900 });
    const verify = createVerifier(profile, clockAt(nowSeconds));
    assert.equal(verify(other.withHeader({})).ok, true);
    assert.deepEqual(verify(other.withHeader({ alg: mine.alg })), { ok: false, problem: 'algorithm' });
    assert.deepEqual(verify(other.withHeader({ kid: mine.key.kid })), { ok: false, problem: 'algorithm' });
  }
});

const orders = {
  ES256: { bytes: 32, order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n },
  ES384: {
    bytes: 48,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
} as const;

for (const alg of ['ES256', 'ES384'] as const) {
  const house = houses[alg];
  const { bytes, order } = orders[alg];

  // identity 2.2: 72
  test(`verify() refuses F72 r and s at the edges of the order with ${alg}`, () => {
    const edges = [0n, 1n, order - 1n, order, order + 1n];
    for (const r of edges) {
      for (const s of edges) refusedAs(house, Buffer.concat([toBytes(r, bytes), toBytes(s, bytes)]));
    }
  });

  // identity 2.2: 73
  test(`verify() refuses F73 DER and every other length with ${alg}`, () => {
    const good = Buffer.from(house.withHeader({}).split('.')[2]!, 'base64url');
    const der = sign(`sha${alg.slice(2)}`, Buffer.from(inputOf(house)), house.key.key.signWith!);
    for (const wrong of [
      der,
      good.subarray(1),
      good.subarray(0, -1),
      Buffer.concat([Buffer.of(0), good]),
      Buffer.concat([good, Buffer.of(0)]),
      Buffer.concat([good, good]),
    ]) {
      refusedAs(house, wrong);
    }
  });

  // identity 2.2: 74
  test(`verify() takes F74 the twin (r, n - s), and what revocation goes by is the same in it, with ${alg}`, () => {
    const good = house.withHeader({});
    const signature = Buffer.from(good.split('.')[2]!, 'base64url');
    const twin = Buffer.concat([
      signature.subarray(0, bytes),
      toBytes(order - toNumber(signature.subarray(bytes)), bytes),
    ]);
    const token = `${good.slice(0, good.lastIndexOf('.'))}.${twin.toString('base64url')}`;
    assert.notEqual(token, good);
    assert.deepEqual(house.verify(token), house.verify(good));
  });

  // identity 2.2: 75
  test(`keyFromJwk() refuses F75 points off the curve, at infinity, short, and of another curve with ${alg}`, () => {
    const { kid, key } = house.key;
    const good = { ...key.verifyWith.export({ format: 'jwk' }), kid, alg, state: 'next' };
    assert.equal(keyFromJwk(good).ok, true);
    const [x, y] = [Buffer.from(good.x ?? '', 'base64url'), Buffer.from(good.y ?? '', 'base64url')];
    const b64 = (value: Uint8Array): string => Buffer.from(value).toString('base64url');
    const other = alg === 'ES256' ? 'P-384' : 'P-256';
    for (const [members, problem] of [
      [{ y: b64(x) }, 'weak_point'],
      [{ x: b64(toBytes(toNumber(x) + 1n, bytes)) }, 'weak_point'],
      [{ x: b64(Buffer.alloc(bytes)), y: b64(Buffer.alloc(bytes)) }, 'weak_point'],
      [{ x: b64(Buffer.alloc(bytes, 0xff)) }, 'weak_point'],
      [{ x: b64(x.subarray(1)) }, 'bad_key'],
      [{ y: b64(Buffer.concat([Buffer.of(0), y])) }, 'bad_key'],
      [{ x: `${good.x}=` }, 'bad_key'],
      [{ x: '' }, 'bad_key'],
      [{ crv: other }, 'bad_key'],
      [{ crv: 'secp256k1' }, 'bad_key'],
      [{ kty: 'OKP' }, 'bad_key'],
    ] as const) {
      assert.deepEqual(keyFromJwk({ ...good, ...members }), { ok: false, problem }, JSON.stringify(members));
    }
  });

  test(`keyFromJwk() refuses private halves of EC keys that do not fit, with ${alg}`, () => {
    const { kid, key } = house.key;
    const good = { ...key.signWith!.export({ format: 'jwk' }), kid, alg, state: 'next' };
    assert.equal(keyFromJwk(good).ok, true);
    const other = createECDH(alg === 'ES256' ? 'prime256v1' : 'secp384r1');
    other.generateKeys();
    const padded = Buffer.concat([Buffer.alloc(bytes), other.getPrivateKey()]).subarray(-bytes);
    for (const [d, problem] of [
      [padded, 'halves_differ'],
      [Buffer.alloc(bytes), 'bad_key'],
      [toBytes(order, bytes), 'bad_key'],
      [padded.subarray(1), 'bad_key'],
    ] as const) {
      assert.deepEqual(keyFromJwk({ ...good, d: d.toString('base64url') }), { ok: false, problem });
    }
  });
}

const rsaJwk = (modulusLength: number, publicExponent: number): Record<string, unknown> => ({
  ...generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({ format: 'jwk' }),
  kid: 'a',
  alg: 'RS256',
  state: 'next',
});

// identity 2.2: 78
test('keyFromJwk() refuses F78 short, even and ROCA moduli, small and even exponents', () => {
  const { kid, key } = houses.RS256.key;
  const good = { ...key.verifyWith.export({ format: 'jwk' }), kid, alg: 'RS256', state: 'next' };
  assert.equal(keyFromJwk(good).ok, true);
  const n = toNumber(Buffer.from(good.n ?? '', 'base64url'));
  const b64 = (value: bigint, length = 384): string => toBytes(value, length).toString('base64url');
  const weak = [
    rsaJwk(512, 65_537),
    rsaJwk(1024, 65_537),
    rsaJwk(2047, 65_537),
    rsaJwk(2048, 3),
    { ...good, e: 'AQ' },
    { ...good, e: 'Ag' },
    { ...good, e: 'Aw' },
    { ...good, e: 'AQAA' },
    { ...good, n: b64(n - 1n) },
    { ...good, n: b64(rocaModulus(3072)) },
  ];
  for (const jwk of weak) {
    const read = keyFromJwk(jwk);
    assert.equal(read.ok ? 'taken' : read.problem, 'weak_rsa', JSON.stringify(jwk).slice(0, 60));
  }
  for (const members of [{ n: undefined }, { e: '' }, { n: `${good.n}=` }, { kty: 'EC' }]) {
    assert.deepEqual(keyFromJwk({ ...good, ...members }), { ok: false, problem: 'bad_key' });
  }
});

/** A number with the fingerprint of CVE-2017-15361: a power of 65537 modulo the product of the first primes. */
function rocaModulus(bits: number): bigint {
  const primes = [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n, 43n, 47n, 53n, 59n, 61n, 67n, 71n, 73n];
  const more = [79n, 83n, 89n, 97n, 101n, 103n, 107n, 109n, 113n, 127n, 131n, 137n, 139n, 149n, 151n, 157n, 163n, 167n];
  const product = [...primes, ...more].reduce((left, right) => left * right);
  let power = 1n;
  for (let at = 0; at < 1234; at += 1) power = (power * 65_537n) % product;
  return power + product * ((1n << BigInt(bits - 1)) / product + 1n);
}

test('keyFromJwk() refuses private halves of RSA keys that do not fit', () => {
  for (const alg of ['RS256', 'PS256'] as const) {
    const { kid, key } = houses[alg].key;
    const good = { ...key.signWith!.export({ format: 'jwk' }), kid, alg, state: 'next' };
    const other = houses[alg === 'RS256' ? 'PS256' : 'RS256'].key.key.signWith!.export({ format: 'jwk' });
    assert.equal(keyFromJwk(good).ok, true);
    const { d, p, q, dp, dq, qi } = other;
    for (const members of [{ d, p, q, dp, dq, qi }, { p, q, dp, dq, qi }, { d: undefined }, { qi: 7 }, { p: '' }]) {
      const read = keyFromJwk({ ...good, ...members });
      const expected = 'd' in members && members.d === undefined ? [true] : [false];
      assert.deepEqual([read.ok], expected, Object.keys(members).join());
    }
  }
});

// identity 2.2: 79
test('verify() refuses F79 variants of the PKCS#1 v1.5 padding', () => {
  const house = houses.RS256;
  const key = house.key.key.signWith!;
  const good = Buffer.from(house.withHeader({}).split('.')[2]!, 'base64url');
  for (const digest of ['sha1', 'sha384', 'sha512']) refusedAs(house, sign(digest, Buffer.from(inputOf(house)), key));
  refusedAs(house, Buffer.alloc(384));
  refusedAs(house, Buffer.alloc(384, 0xff));
  refusedAs(house, good.subarray(1));
  refusedAs(house, Buffer.concat([Buffer.of(0), good]));
  refusedAs(house, Buffer.concat([good, Buffer.of(0)]));
  // The same residue above the modulus.
  const { n = '' } = key.export({ format: 'jwk' });
  const raised = toNumber(good) + toNumber(Buffer.from(n, 'base64url'));
  if (raised < 1n << 3072n) refusedAs(house, toBytes(raised, 384));
});

// identity 2.2: 80
test('verify() refuses F80 PSS with another salt length, another hash, or another mask hash', () => {
  const house = houses.PS256;
  const key = house.key.key.signWith!;
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const input = Buffer.from(inputOf(house));
  for (const saltLength of [0, 20, 31, 33, 64]) refusedAs(house, sign('sha256', input, { key, padding, saltLength }));
  for (const digest of ['sha1', 'sha384', 'sha512']) {
    refusedAs(house, sign(digest, input, { key, padding, saltLength: 32 }));
  }
});
