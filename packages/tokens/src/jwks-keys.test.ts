import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseKeySet } from './jwks-keys.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const ed = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });

/** The algorithms of the keys of a set, by id. */
function read(...keys: object[]): object | undefined {
  const set = parseKeySet(JSON.stringify({ keys }));
  return set && Object.fromEntries([...set].map(([kid, all]) => [kid, all.map((key) => key.algorithms)]));
}

test('parseKeySet() reads RSA, EC and Ed25519 keys by id, and those without one', () => {
  assert.deepEqual(read({ ...rsa, kid: 'r' }, { ...ec, kid: 'e', use: 'sig', key_ops: ['verify'] }, ed), {
    r: [['RS256', 'RS384', 'RS512']],
    e: [['ES256']],
    '': [['EdDSA']],
  });
  for (const [namedCurve, alg] of [
    ['P-384', 'ES384'],
    ['P-521', 'ES512'],
  ] as const) {
    const key = generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
    assert.deepEqual(read({ ...key, kid: 'e' }), { e: [[alg]] });
  }
});

test('parseKeySet() keeps a key to its own algorithm, and several keys of one id', () => {
  assert.deepEqual(read({ ...rsa, kid: 'k', alg: 'RS384' }, { ...ec, kid: 'k', alg: 'ES256' }), {
    k: [['RS384'], ['ES256']],
  });
  assert.deepEqual(read({ ...ed, kid: 'k', alg: 'Ed25519' }), { k: [['EdDSA']] });
});

test('parseKeySet() leaves out keys for other things, symmetric and broken ones, and keeps the rest', () => {
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  const others = [
    { ...rsa, use: 'enc' },
    { ...rsa, key_ops: ['encrypt'] },
    { ...rsa, key_ops: 'verify' },
    { ...rsa, alg: 'PS256' },
    { ...rsa, alg: 'RSA-OAEP' },
    { ...rsa, alg: 'ES256' },
    { ...rsa, alg: 7 },
    { ...rsa, kid: 7 },
    { ...rsa, kid: 'x'.repeat(257) },
    { ...rsa, n: undefined },
    { ...rsa, n: '!' },
    { ...rsa, e: 'AQ' }, // 1: whoever wants can sign
    { ...rsa, e: 'Aw' },
    { ...rsa, n: `${String(rsa.n).slice(0, -1)}A` }, // even
    short,
    { ...ec, alg: 'ES384' },
    { ...ec, x: ec.y, y: ec.x }, // a point beside the curve
    { ...ec, crv: 'secp256k1' },
    { ...ed, x: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }, // of small order
    { ...ed, crv: 'X25519' },
    { ...ed, x: 'AA' },
    { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' },
    { kty: 'constructor' },
    {},
  ];
  assert.deepEqual(read(...others, { ...ec, kid: 'good' }), { good: [['ES256']] });
  for (const other of others) assert.deepEqual(read(other), {}, JSON.stringify(other).slice(0, 60));
  const listed = parseKeySet(JSON.stringify({ keys: [null, 1, 'a', [rsa], ec] }));
  assert.deepEqual([...(listed ?? [])].length, 1);
});

test('parseKeySet() looks at 256 keys', () => {
  const keys = Array.from({ length: 300 }, (_, at) => ({ ...ed, kid: `k${at}` }));
  assert.equal(parseKeySet(JSON.stringify({ keys }))?.size, 256);
});

test('parseKeySet() refuses what is no JWK set, and never throws', () => {
  for (const text of ['', '[]', 'null', '{}', '{"keys":{}}', '{"keys":"a"}', '<html>']) {
    assert.equal(parseKeySet(text), undefined, text);
  }
  const member = fc.oneof(
    fc.string(),
    fc.constantFrom('RSA', 'EC', 'OKP', 'P-256', 'Ed25519', rsa.n, ec.x, ed.x),
    fc.jsonValue(),
  );
  const jwk = fc.record({ kty: member, crv: member, n: member, e: member, x: member, y: member }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.array(jwk, { maxLength: 3 }), (keys) => parseKeySet(JSON.stringify({ keys })) !== undefined),
  );
});
