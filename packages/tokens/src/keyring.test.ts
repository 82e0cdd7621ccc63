// Decides by tests what a ring does through the life of its keys, and what a key file has to be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { algorithmNames } from './algorithm.ts';
import { clockAt, makeHouse, nowSeconds } from './forge.test-support.ts';
import { generateKeyrings, parseKeyrings, serialiseKeyrings } from './key-file.ts';
import { createKeyring, generateKey, keyFromJwk } from './keyring.ts';
import type { KeyState } from './keyring.ts';
import { keyProblemText } from './problems.ts';
import { createSigner, NoSigningKey } from './sign.ts';
import { createVerifier } from './verify.ts';

const claims = { sub: 'u', sid: 's', uv: 0, role: 'member', scope: '', client_id: 'web' };
const clock = clockAt(nowSeconds);

test('verify() goes by the state of the key: next, current and retired verify, revoked does not', () => {
  const house = makeHouse('HS256');
  const token = house.withHeader({});
  for (const [state, expected] of [
    ['next', true],
    ['current', true],
    ['retired', true],
    ['revoked', 'revoked_key'],
  ] as const) {
    house.ring.replace([{ ...house.key, state }]);
    const result = house.verify(token);
    assert.equal(result.ok || result.problem, expected, state);
  }
  house.ring.replace([]);
  assert.deepEqual(house.verify(token), { ok: false, problem: 'unknown_key' });
});

test('createSigner() signs with the current key only, and follows a rotation', () => {
  const house = makeHouse('EdDSA');
  const signToken = createSigner(house.profile, clock);
  const verify = createVerifier(house.profile, clock);
  const second = generateKey('EdDSA', 'next');
  const kidOf = (token: string): string => {
    const result = verify(token);
    assert.ok(result.ok);
    return result.kid;
  };
  house.ring.replace([house.key, second]);
  const before = signToken(claims, 60);
  assert.equal(kidOf(before), house.key.kid);
  house.ring.replace([
    { ...house.key, state: 'retired' },
    { ...second, state: 'current' },
  ]);
  assert.equal(kidOf(signToken(claims, 60)), second.kid);
  assert.equal(kidOf(before), house.key.kid);
});

test('createSigner() throws without a current key, without its private half, and for an algorithm not in the profile', () => {
  const house = makeHouse('EdDSA');
  const signToken = createSigner(house.profile, clock);
  const { verifyWith } = house.key.key;
  for (const keys of [
    [],
    ...(['next', 'retired', 'revoked'] satisfies KeyState[]).map((state) => [{ ...house.key, state }]),
    [{ ...house.key, key: { verifyWith, signWith: undefined } }],
    [generateKey('HS256', 'current')],
  ]) {
    house.ring.replace(keys);
    assert.throws(() => signToken(claims, 60), NoSigningKey);
  }
});

test('replace() keeps the old keys when the new ones are refused', () => {
  const house = makeHouse('HS256');
  assert.throws(() => house.ring.replace([house.key, generateKey('HS256', 'current')]), {
    message: /two_current_keys/,
  });
  assert.equal(house.ring.current()?.kid, house.key.kid);
  assert.deepEqual(house.ring.keys(), [house.key]);
});

test('createKeyring() throws for bad ids, material under two ids, and more than 256 keys', () => {
  const key = generateKey('HS256', 'next');
  for (const kid of ['', 'a b', 'x'.repeat(65), '../a', 'é']) {
    assert.throws(() => createKeyring('access', [{ ...key, kid }]), { message: /bad_kid/ });
  }
  assert.throws(() => createKeyring('access', [key, { ...key, kid: 'other' }]), { message: /duplicate_key/ });
  const many = Array.from({ length: 257 }, (_, at) => ({ ...key, kid: `k${at}` }));
  assert.throws(() => createKeyring('access', many), { message: /too_many_keys/ });
});

test('find() knows its own ids only', () => {
  const key = generateKey('HS256', 'current');
  const ring = createKeyring('access', [key]);
  for (const name of ['__proto__', 'constructor', 'toString', '', key.kid.slice(1)]) {
    assert.equal(ring.find(name), undefined);
  }
  assert.equal(ring.find(key.kid), key);
});

test('generateKey() names asymmetric keys by thumbprint and symmetric ones at random', () => {
  const asymmetric = generateKey('EdDSA', 'current');
  const jwk = { ...asymmetric.key.verifyWith.export({ format: 'jwk' }), alg: 'EdDSA', state: 'current' };
  assert.equal(keyFromJwk({ ...jwk, kid: asymmetric.kid }).ok, true);
  assert.deepEqual(keyFromJwk({ ...jwk, kid: 'other' }), { ok: false, problem: 'kid_not_thumbprint' });
  const symmetric = generateKey('HS256', 'current');
  assert.match(symmetric.kid, /^[A-Za-z0-9_-]{16}$/);
  assert.notEqual(generateKey('HS256', 'current').kid, symmetric.kid);
});

for (const alg of algorithmNames) {
  test(`parseKeyrings() reads back what serialiseKeyrings() writes with ${alg}`, () => {
    const rings = generateKeyrings(alg);
    rings.access.replace([...rings.access.keys(), generateKey(alg, 'next'), generateKey(alg, 'revoked')]);
    const text = serialiseKeyrings(rings);
    const read = parseKeyrings(text);
    assert.ok(read.ok);
    assert.equal(serialiseKeyrings(read.rings), text);
    for (const kind of ['access', 'connection', 'subscription'] as const) {
      assert.equal(read.rings[kind].kind, kind);
      for (const key of rings[kind].keys()) {
        const other = read.rings[kind].find(key.kid);
        assert.deepEqual([other?.alg, other?.state], [key.alg, key.state]);
        assert.ok(other?.key.signWith?.equals(key.key.signWith!));
      }
    }
  });

  test(`a ring shows no key material when it is printed, with ${alg}`, () => {
    const rings = generateKeyrings(alg);
    const jwk = JSON.parse(serialiseKeyrings(rings)).access.keys[0];
    const secret: string = jwk.k ?? jwk.d;
    const key = rings.access.current();
    for (const printed of [inspect(key, { depth: 9, showHidden: true }), JSON.stringify(key)]) {
      assert.ok(!printed.includes(secret));
    }
  });
}

test('parseKeyrings() says what is wrong and where', () => {
  const good = serialiseKeyrings(generateKeyrings('HS256'));
  const asymmetric = JSON.parse(serialiseKeyrings(generateKeyrings('EdDSA')));
  const change = (edit: (file: Record<string, { keys: Record<string, unknown>[] }>) => void): string => {
    const file = JSON.parse(good);
    edit(file);
    return JSON.stringify(file);
  };
  const first = (members: object): string =>
    change((file) => {
      file.access!.keys[0] = { ...file.access!.keys[0], ...members };
    });
  const [mine, other] = [asymmetric.access.keys[0], asymmetric.connection.keys[0]];
  const cases = [
    ['', 'not_json', 'the file'],
    ['[]', 'not_json', 'the file'],
    [good.replace('"access"', '"access": {}, "access"'), 'not_json', 'the file'],
    [good.replace('"state"', '"state": "next", "state"'), 'not_json', 'the file'],
    ['x'.repeat(1_048_577), 'too_many_keys', 'the file'],
    [change((file) => (file.refresh = { keys: [] })), 'unknown_ring', 'the file'],
    [change((file) => delete file.connection), 'missing_ring', 'connection'],
    [change((file) => Object.assign(file, { access: [] })), 'bad_ring', 'access'],
    [change((file) => Object.assign(file, { access: {} })), 'bad_ring', 'access'],
    [change((file) => Object.assign(file, { access: { keys: ['x'] } })), 'bad_key', 'access.keys[0]'],
    [first({ kid: '../x' }), 'bad_kid', 'access.keys[0]'],
    [first({ state: 'old' }), 'bad_state', 'access.keys[0]'],
    [first({ alg: 'none' }), 'bad_algorithm', 'access.keys[0]'],
    [first({ alg: 'EdDSA' }), 'bad_key', 'access.keys[0]'],
    [first({ kty: 'RSA' }), 'bad_key', 'access.keys[0]'],
    [first({ use: 'enc' }), 'bad_key', 'access.keys[0]'],
    [first({ k: 'c2VjcmV0' }), 'well_known', 'access.keys[0]'],
    [first({ k: 'AAECAw' }), 'too_short', 'access.keys[0]'],
    [first({ k: 'A'.repeat(43) }), 'low_entropy', 'access.keys[0]'],
    [first({ k: `${'A'.repeat(43)}=` }), 'bad_key', 'access.keys[0]'],
    [first({ ...mine, x: other.x }), 'halves_differ', 'access.keys[0]'],
    [first({ ...mine, kid: other.kid }), 'kid_not_thumbprint', 'access.keys[0]'],
    [first({ ...mine, d: 'AAAA' }), 'bad_key', 'access.keys[0]'],
    [first({ ...mine, crv: 'X25519' }), 'bad_key', 'access.keys[0]'],
    [change((file) => file.access!.keys.push(file.access!.keys[0]!)), 'duplicate_kid', 'access'],
    [
      change((file) => file.access!.keys.push({ ...file.access!.keys[0], kid: 'b', state: 'next' })),
      'duplicate_key',
      'access',
    ],
    [change((file) => file.access!.keys.push(mine)), 'two_current_keys', 'access'],
    [change((file) => (file.access!.keys = Array.from({ length: 257 }, () => ({})))), 'too_many_keys', 'access'],
  ] as const;
  for (const [text, problem, where] of cases) {
    assert.deepEqual(parseKeyrings(text), { ok: false, problem, where }, `${problem} ${text.slice(0, 80)}`);
    assert.match(keyProblemText(problem), /^[^\n]{20,}$/);
  }
  assert.equal(parseKeyrings(first(mine)).ok, true);
});
