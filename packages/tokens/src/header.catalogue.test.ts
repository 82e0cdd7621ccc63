// Decides by cases A and B of the catalogue of attacks that no header talks the verifier into anything.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { algorithmNames } from './algorithm.ts';
import { algorithmCases, pointerCases } from './catalogue.test-support.ts';
import { clockAt, encode, issuer, makeHouse, nowSeconds } from './forge.test-support.ts';
import type { House } from './forge.test-support.ts';
import { createForeignVerifier } from './foreign-verify.ts';
import { createKeyring, generateKey } from './keyring.ts';
import { createProfile } from './profile.ts';
import { createSigner } from './sign.ts';
import { createVerifier } from './verify.ts';

const hs = makeHouse('HS256');
const ed = makeHouse('EdDSA');
const houses = algorithmNames.map((alg) => (alg === 'HS256' ? hs : alg === 'EdDSA' ? ed : makeHouse(alg)));

function macWith(house: House, secret: string | Uint8Array, header: object): string {
  const input = `${encode(header)}.${encode(house.claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

for (const house of houses) {
  test(`verify() accepts the good ${house.alg} token that the cases are made from`, () => {
    assert.deepEqual(house.verify(house.withHeader({})), { ok: true, claims: house.claims, kid: house.key.kid });
  });

  for (const [name, token, problem] of [...algorithmCases(house), ...pointerCases(house)]) {
    // identity 2.2: 1-5, 8-13, 17-23, 26-32
    test(`verify() refuses A/B ${name} with ${house.alg}: ${token.slice(0, 60)}`, () => {
      assert.deepEqual(house.verify(token), { ok: false, problem });
    });
  }

  test(`verify() accepts B29 every spelling of at+jwt with ${house.alg}`, () => {
    for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/AT+jwt']) {
      assert.equal(house.verify(house.withHeader({ typ })).ok, true, typ);
    }
  });

  test(`verify() refuses B21 a key id of 10 KB with ${house.alg} by size`, () => {
    assert.deepEqual(house.verify(house.withHeader({ kid: 'x'.repeat(10_000) })), { ok: false, problem: 'too_long' });
  });
}

test('verify() refuses A6, A7 HS256 under any text of our public key', () => {
  const mixed = generateKey('HS256', 'retired');
  ed.ring.replace([ed.key, mixed]);
  const both = createProfile({ ...ed.profile, algorithms: ['HS256', 'EdDSA'] });
  const verify = createVerifier(both, clockAt(nowSeconds));
  const publicKey = ed.key.key.verifyWith;
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }));
  const texts = [pem, pem.trimEnd(), pem.replaceAll('\n', '\r\n'), jwk, `{"keys":[${jwk}]}`, ` ${pem}`, `\ufeff${pem}`];
  for (const secret of [...texts, `key: ${pem}`, publicKey.export({ type: 'spki', format: 'der' })]) {
    const forged = macWith(ed, secret, { ...ed.header, alg: 'HS256' });
    assert.deepEqual(verify(forged), { ok: false, problem: 'algorithm' });
    const named = macWith(ed, secret, { ...ed.header, alg: 'HS256', kid: mixed.kid });
    assert.deepEqual(verify(named), { ok: false, problem: 'signature' });
  }
  ed.ring.replace([ed.key]);
});

test('verify() refuses A8 an algorithm that is not that of the key', () => {
  const ring = createKeyring('access', [hs.key, { ...ed.key, state: 'next' }]);
  const profile = createProfile({ kind: 'access', issuer, algorithms: ['HS256', 'EdDSA'], ring, maxLifeSeconds: 900 });
  const verify = createVerifier(profile, clockAt(nowSeconds));
  assert.deepEqual(verify(ed.withHeader({ kid: hs.key.kid })), { ok: false, problem: 'algorithm' });
  assert.deepEqual(verify(hs.withHeader({ kid: ed.key.kid })), { ok: false, problem: 'algorithm' });
  assert.equal(verify(hs.withHeader({})).ok, true);
  assert.equal(verify(ed.withHeader({})).ok, true);
});

test('verify() refuses A12, A13 EdDSA, HS384 and HS512 where only HS256 is allowed', () => {
  const secret = hs.key.key.verifyWith;
  for (const [alg, digest] of [
    ['HS384', 'sha384'],
    ['HS512', 'sha512'],
  ] as const) {
    const input = `${encode({ ...hs.header, alg })}.${encode(hs.claims)}`;
    const token = `${input}.${createHmac(digest, secret).update(input).digest('base64url')}`;
    assert.deepEqual(hs.verify(token), { ok: false, problem: 'algorithm' });
  }
  assert.deepEqual(hs.verify(ed.withHeader({})), { ok: false, problem: 'algorithm' });
});

test('verify() refuses A14 a token of another ring', () => {
  const ring = createKeyring('connection', [generateKey('HS256', 'current')]);
  const profile = createProfile({ kind: 'connection', issuer, algorithms: ['HS256'], ring, maxLifeSeconds: 60 });
  const clock = clockAt(nowSeconds);
  const connection = createSigner(profile, clock)({ sub: 'user-1', expire_at: nowSeconds + 900 }, 60);
  assert.equal(createVerifier(profile, clock)(connection).ok, true);
  assert.deepEqual(hs.verify(connection), { ok: false, problem: 'typ' });
  assert.deepEqual(hs.verify(hs.withHeader({ kid: ring.current()?.kid })), { ok: false, problem: 'unknown_key' });
  const withOurName = createProfile({ ...profile, ring: createKeyring('connection', [hs.key]) });
  assert.deepEqual(createVerifier(withOurName, clock)(hs.withHeader({})), { ok: false, problem: 'typ' });
});

test('createProfile() throws for A15 an empty list of algorithms', () => {
  assert.throws(() => createProfile({ ...hs.profile, algorithms: [] }), {
    name: 'TypeError',
    message: 'a profile needs at least one algorithm',
  });
});

test('createForeignVerifier() throws for A16 an empty or missing key', () => {
  for (const hmacSecrets of [[], [''], [{ secret: new Uint8Array() }]]) {
    assert.throws(() => createForeignVerifier({ hmacSecrets, algorithms: ['HS256'] }, clockAt(0)), TypeError);
  }
});

test('createKeyring() throws for B25 two keys with one id', () => {
  const twin = { ...generateKey('HS256', 'retired'), kid: hs.key.kid };
  assert.throws(() => createKeyring('access', [hs.key, twin]), { message: /duplicate_kid/ });
});

test('verify() refuses B24 unknown key ids in less time than a good token takes', () => {
  const verify = createVerifier(ed.profile, clockAt(nowSeconds));
  const timeOf = (token: string): number => {
    const started = process.cpuUsage();
    for (let at = 0; at < 2000; at += 1) verify(token);
    return process.cpuUsage(started).user;
  };
  const [good, unknown] = [ed.withHeader({}), ed.withHeader({ kid: 'nobody' })];
  timeOf(good);
  timeOf(unknown);
  assert.ok(timeOf(unknown) < timeOf(good));
});
