// Decides by cases E70 and F of the catalogue of attacks which keys are taken and which signatures are right.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { algorithmNames } from './algorithm.ts';
import { makeHouse } from './forge.test-support.ts';
import { generateKeyrings, parseKeyrings, serialiseKeyrings } from './key-file.ts';
import {
  createKeyring,
  generateKey,
  generateSecret,
  keyFromJwk,
  keyFromSecret,
  publicJwks,
  shareKey,
} from './keyring.ts';
import { checkSecret, checkSecretBytes } from './secrets.ts';

const prime = 2n ** 255n - 19n;
const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n;

/** A point as RFC 8032 writes it: y in little endian, the sign of x in the highest bit. */
function encodePoint(y: bigint, sign: 0 | 1): string {
  const hex = (y + (sign === 1 ? 2n ** 255n : 0n)).toString(16).padStart(64, '0');
  return Buffer.from(hex, 'hex').reverse().toString('base64url');
}

const modulo = (value: bigint): bigint => ((value % prime) + prime) % prime;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let [square, rest] = [modulo(base), exponent]; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = modulo(result * square);
    square = modulo(square * square);
  }
  return result;
}

const invert = (value: bigint): bigint => power(value, prime - 2n);

/** The y of the points of order 8: doubled they have y = 0, so that x² = -y², which the curve turns into dy⁴ + 2y² = 1. */
function orderEightY(): bigint[] {
  const d = modulo(-121665n * invert(121666n));
  const rootOf = (square: bigint): bigint | undefined => {
    const candidate = power(square, (prime + 3n) / 8n);
    const other = modulo(candidate * power(2n, (prime - 1n) / 4n));
    return [candidate, other].find((root) => modulo(root * root) === modulo(square));
  };
  const root = rootOf(1n + d) ?? 0n;
  const squares = [modulo((root - 1n) * invert(d)), modulo((-root - 1n) * invert(d))];
  return squares.flatMap((square) => {
    const y = rootOf(square);
    return y === undefined ? [] : [y, modulo(-y)];
  });
}

test('keyFromJwk() refuses F76 the eight points of small order and every non-canonical point', () => {
  const eight = orderEightY();
  assert.equal(eight.length, 2);
  const smallOrder = [0n, 1n, prime - 1n, ...eight];
  const nonCanonical = Array.from({ length: 19 }, (_, at) => prime + BigInt(at));
  for (const y of [...smallOrder, ...nonCanonical]) {
    for (const sign of [0, 1] as const) {
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: encodePoint(y, sign), kid: 'a', alg: 'EdDSA', state: 'next' };
      assert.deepEqual(keyFromJwk(jwk), { ok: false, problem: 'weak_point' }, y.toString(16));
    }
  }
});

test('verify() refuses F77 S + L, truncated and lengthened EdDSA signatures', () => {
  const house = makeHouse('EdDSA');
  const token = house.withHeader({});
  const input = token.slice(0, token.lastIndexOf('.'));
  const signature = Buffer.from(token.slice(input.length + 1), 'base64url');
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`);
  const raised = Buffer.from((s + groupOrder).toString(16).padStart(64, '0'), 'hex').reverse();
  const wrongs = [
    Buffer.concat([signature.subarray(0, 32), raised]),
    signature.subarray(0, 63),
    Buffer.concat([signature, Buffer.alloc(1)]),
    Buffer.concat([signature, signature]),
    Buffer.alloc(64),
  ];
  for (const wrong of wrongs) {
    const result = house.verify(`${input}.${wrong.toString('base64url')}`);
    assert.deepEqual(result, { ok: false, problem: 'signature' });
  }
});

for (const alg of algorithmNames) {
  test(`verify() refuses F82 every flipped bit and every shorter ${alg} signature`, () => {
    const house = makeHouse(alg);
    const token = house.withHeader({});
    const input = token.slice(0, token.lastIndexOf('.'));
    const signature = Buffer.from(token.slice(input.length + 1), 'base64url');
    for (let bit = 0; bit < signature.length * 8; bit += 1) {
      const flipped = Buffer.from(signature);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const result = house.verify(`${input}.${flipped.toString('base64url')}`);
      assert.deepEqual(result, { ok: false, problem: 'signature' }, `bit ${bit}`);
    }
    for (let length = 1; length < signature.length; length += 1) {
      const result = house.verify(`${input}.${signature.subarray(0, length).toString('base64url')}`);
      assert.deepEqual(result, { ok: false, problem: 'signature' }, `${length} bytes`);
    }
    assert.deepEqual(house.verify(`${input}.`), { ok: false, problem: 'malformed' });
    assert.equal(house.verify(token).ok, true);
  });
}

const hexOf16Bytes = '9f86d081884c7d659a2feaa0c55ad015';

test('checkSecret() refuses F81 weak, short and listed secrets by name', () => {
  const cases = [
    ['secret', 'well_known'],
    ['SECRET', 'well_known'],
    ['your-256-bit-secret', 'well_known'],
    ['a-string-secret-at-least-256-bits-long', 'well_known'],
    ['AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow', 'well_known'],
    ['please-changeme-before-going-to-production-0123', 'well_known'],
    ['', 'too_short'],
    ['short', 'too_short'],
    [hexOf16Bytes, 'too_short'],
    [hexOf16Bytes.toUpperCase() + hexOf16Bytes.slice(0, 30), 'too_short'],
    [Buffer.alloc(31, 'q7!x').toString('base64'), 'too_short'],
    ['k'.repeat(64), 'low_entropy'],
    ['a'.repeat(63) + 'b', 'low_entropy'],
    ['0123456789abcdef'.repeat(4), 'low_entropy'],
    ['correct horse battery '.repeat(3), 'low_entropy'],
    ['abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', 'low_entropy'],
    ['ab'.repeat(40), 'low_entropy'],
    ['abbabaabbaababbabaababbaabbabaabbaababbaabbabaababbabaabbaababba', 'low_entropy'],
  ] as const;
  for (const [secret, problem] of cases) assert.equal(checkSecret(secret), problem, secret);
});

test('checkSecretBytes() refuses F81 31 bytes, 32 identical bytes and sequences', () => {
  assert.equal(checkSecretBytes(Buffer.from(generateSecret(), 'base64url').subarray(0, 31)), 'too_short');
  assert.equal(checkSecretBytes(Buffer.alloc(32, 0xa5)), 'low_entropy');
  assert.equal(checkSecretBytes(Uint8Array.from({ length: 64 }, (_, at) => at)), 'low_entropy');
  assert.equal(checkSecretBytes(Buffer.from('secret')), 'well_known');
});

test('checkSecret() takes random secrets in all usual spellings', () => {
  for (let round = 0; round < 2000; round += 1) {
    const bytes = Buffer.from(generateSecret(), 'base64url');
    assert.equal(checkSecretBytes(bytes), undefined);
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      assert.equal(checkSecret(bytes.toString(encoding)), undefined);
    }
  }
  assert.equal(checkSecret('Nine ö grey walruses, 4 teapots & a very late tram!'), undefined);
});

test('keyFromSecret() refuses F81 and keeps the UTF-8 bytes of a good secret', () => {
  assert.deepEqual(keyFromSecret('secret', 'env'), { ok: false, problem: 'well_known' });
  assert.deepEqual(keyFromSecret(generateSecret(), 'no kid'), { ok: false, problem: 'bad_kid' });
  const secret = generateSecret();
  const made = keyFromSecret(secret, 'env');
  assert.ok(made.ok);
  assert.deepEqual(
    { ...made.key, key: made.key.key.verifyWith.export().toString() },
    { kid: 'env', alg: 'HS256', state: 'current', key: secret },
  );
});

test('parseKeyrings() refuses E70 one secret in two rings', () => {
  const rings = generateKeyrings('HS256');
  const file = JSON.parse(serialiseKeyrings(rings));
  file.connection.keys[0].k = file.access.keys[0].k;
  assert.deepEqual(parseKeyrings(JSON.stringify(file)), { ok: false, problem: 'duplicate_key', where: 'two rings' });
});

test('shareKey() finds E70 one secret under two ids, in whatever rings the keys come from', () => {
  const secret = generateSecret();
  const [first, second] = [keyFromSecret(secret, 'a'), keyFromSecret(secret, 'b')];
  assert.ok(first.ok && second.ok);
  const other = generateKey('EdDSA', 'current');
  assert.equal(shareKey([first.key, other, second.key]), true);
  assert.equal(shareKey([first.key, other, generateKey('HS256', 'next')]), false);
});

test('publicJwks() publishes F83 no symmetric key, no private member and no revoked key', () => {
  const [next, current, retired, revoked] = (['next', 'current', 'retired', 'revoked'] as const).map((state) =>
    generateKey('EdDSA', state),
  );
  const symmetric = generateKey('HS256', 'retired');
  const ring = createKeyring('access', [next!, current!, retired!, revoked!, symmetric]);
  const published = publicJwks(ring);
  assert.deepEqual(
    published.keys.map((key) => key.kid),
    [next!.kid, current!.kid, retired!.kid],
  );
  for (const key of published.keys) {
    assert.deepEqual(Object.keys(key).toSorted(), ['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    assert.deepEqual([key.alg, key.use, key.kty, key.crv], ['EdDSA', 'sig', 'OKP', 'Ed25519']);
  }
  assert.deepEqual(publicJwks(createKeyring('access', [symmetric])), { keys: [] });
});
