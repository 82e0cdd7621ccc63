// Decides by cases D and E of the catalogue of attacks what a signed token has to say, when, and to whom.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimCases } from './catalogue.test-support.ts';
import { clockAt, issuer, makeHouse, nowSeconds } from './forge.test-support.ts';
import { generateKeyrings } from './key-file.ts';
import { createProfile } from './profile.ts';
import { createSigner } from './sign.ts';
import { createVerifier } from './verify.ts';

const house = makeHouse('HS256');
const leeway = 30;

for (const [name, members, problem] of claimCases(house)) {
  // identity 2.2: 51-53, 56, 57, 60-64, 68
  test(`verify() refuses D ${name}: ${JSON.stringify(members).slice(0, 60)}`, () => {
    assert.deepEqual(house.verify(house.withClaims(members)), { ok: false, problem });
  });
}

test('verify() refuses D53 exp 1e400', () => {
  const text = JSON.stringify(house.claims).replace(String(nowSeconds + 900), '1e400');
  assert.deepEqual(house.verify(house.forge(house.header, text)), { ok: false, problem: 'json' });
});

test('verify() accepts D54 until one second before exp and leeway, and not then', () => {
  const token = house.withClaims({});
  const exp = nowSeconds + 900;
  assert.equal(house.verify(token, exp + leeway - 1).ok, true);
  assert.equal(house.verify(token, exp + leeway - 0.001).ok, true);
  assert.deepEqual(house.verify(token, exp + leeway), { ok: false, problem: 'expired' });
});

test('verify() accepts D55 nbf and D56 iat up to the leeway ahead, and not one second more', () => {
  const exp = nowSeconds + 900;
  assert.equal(house.verify(house.withClaims({ nbf: nowSeconds + leeway })).ok, true);
  assert.equal(house.verify(house.withClaims({ iat: nowSeconds + leeway, exp })).ok, true);
  for (const members of [{ nbf: nowSeconds + leeway + 1 }, { iat: nowSeconds + leeway + 1, exp }]) {
    assert.deepEqual(house.verify(house.withClaims(members)), { ok: false, problem: 'not_yet_valid' });
  }
  assert.deepEqual(house.verify(house.withClaims({ nbf: 'soon' })), { ok: false, problem: 'claims' });
});

test('verify() accepts D57 the longest life, D60 an array of just our aud, D63 64 scopes and none', () => {
  const scope = Array.from({ length: 64 }, (_, at) => `s${at}`).join(' ');
  for (const members of [{}, { aud: ['parley:api'] }, { scope }, { scope: '' }, { from_a_newer_version: true }]) {
    assert.equal(house.verify(house.withClaims(members)).ok, true, JSON.stringify(members));
  }
});

test('createProfile() throws for D58 a leeway out of range', () => {
  for (const leewaySeconds of [-1, Number.NaN, Infinity, 121, 1.5, '30s', null]) {
    assert.throws(() => Reflect.apply(createProfile, undefined, [{ ...house.profile, leewaySeconds }]), {
      name: 'TypeError',
      message: 'leewaySeconds has to be a whole number from 0 to 120',
    });
  }
  for (const leewaySeconds of [0, 120]) {
    assert.equal(createProfile({ ...house.profile, leewaySeconds }).leewaySeconds, leewaySeconds);
  }
});

test('createProfile() throws for a life out of range, no issuer, and the ring of another kind', () => {
  const rings = generateKeyrings('HS256');
  const wrongs = [
    ...[0, -1, 1.5, Number.NaN, Infinity, '900', 366 * 86_400 + 1].map((maxLifeSeconds) => ({ maxLifeSeconds })),
    { issuer: '' },
    { issuer: undefined },
    { ring: rings.connection },
    { ring: undefined },
    { algorithms: ['none'] },
    { algorithms: ['HS256', 'RS512'] },
    { algorithms: 'HS256' },
  ];
  for (const wrong of wrongs) {
    const settings = { ...house.profile, ...wrong };
    assert.throws(() => Reflect.apply(createProfile, undefined, [settings]), TypeError, JSON.stringify(wrong));
  }
});

// identity 2.2: 133
test('createProfile() throws for a pattern in the place of the issuer, and asks nobody for an audience', () => {
  for (const pattern of [/parley/, /.*/g, ['https://parley.example'], () => true]) {
    const settings = { ...house.profile, issuer: pattern as unknown as string };
    assert.throws(() => createProfile(settings), { name: 'TypeError', message: 'a profile needs an issuer' });
  }
  // What a caller hands over as audience or type has no effect: both belong to the kind.
  const settings = { ...house.profile, audience: '.*', typ: '.*' };
  const { audience, typ } = createProfile(settings);
  assert.deepEqual([audience, typ], ['parley:api', 'at+jwt']);
  const special = makeHouse('HS256', { key: house.key, issuer: 'https://parley.exampl.', nowSeconds });
  assert.deepEqual(special.verify(house.withHeader({})), { ok: false, problem: 'issuer' });
});

test('verify() refuses D64 a role that was changed after signing', () => {
  const [header, , signature] = house.withClaims({}).split('.');
  const changed = Buffer.from(JSON.stringify({ ...house.claims, role: 'admin' })).toString('base64url');
  assert.deepEqual(house.verify(`${header}.${changed}.${signature}`), { ok: false, problem: 'signature' });
});

const rings = generateKeyrings('EdDSA');
const clock = clockAt(nowSeconds);
const settings = { issuer, algorithms: ['EdDSA'], maxLifeSeconds: 900 } as const;
const profiles = {
  access: createProfile({ ...settings, kind: 'access', ring: rings.access }),
  connection: createProfile({ ...settings, kind: 'connection', ring: rings.connection }),
  subscription: createProfile({ ...settings, kind: 'subscription', ring: rings.subscription }),
};
const expireAt = nowSeconds + 900;
const tokens = {
  access: createSigner(profiles.access, clock)(
    { sub: 'u', sid: 's', uv: 0, role: 'member', scope: '', client_id: 'web' },
    900,
  ),
  connection: createSigner(profiles.connection, clock)(
    { sub: 'u', expire_at: expireAt, channels: ['user:u'], info: { name: 'Ann' }, meta: { sid: 's', uv: 0 } },
    60,
  ),
  subscription: createSigner(profiles.subscription, clock)(
    { sub: 'u', channel: 'chat:1', expire_at: expireAt, sid: 's', uv: 0, mid: 'm' },
    60,
  ),
};
const verifiers = {
  access: createVerifier(profiles.access, clock),
  connection: createVerifier(profiles.connection, clock),
  subscription: createVerifier(profiles.subscription, clock),
};
const kinds = ['access', 'connection', 'subscription'] as const;

test('verify() refuses E66-E68 every kind of token at the doors of the other kinds', () => {
  for (const kind of kinds) {
    for (const door of kinds) {
      const result = verifiers[door](tokens[kind]);
      if (kind === door) assert.equal(result.ok, true, kind);
      else assert.deepEqual(result, { ok: false, problem: 'typ' }, `${kind} at ${door}`);
    }
  }
});

test('verify() refuses E67, E68, E71 other kinds even under the key, typ and audience of its own kind', () => {
  const other = makeHouse('HS256');
  const [connection, subscription] = [tokens.connection, tokens.subscription].map(
    (token) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as object,
  );
  for (const claims of [connection!, subscription!]) {
    const disguised = other.forge(other.header, { ...claims, aud: 'parley:api' });
    assert.deepEqual(other.verify(disguised), { ok: false, problem: 'claims' });
  }
  const idToken = { iss: issuer, sub: 'u', aud: 'parley:api', iat: nowSeconds, exp: nowSeconds + 60, nonce: 'n' };
  assert.deepEqual(other.verify(other.forge(other.header, idToken)), { ok: false, problem: 'claims' });
});

test('verify() refuses E69 opaque secrets as bearer', () => {
  const random = 'A'.repeat(43);
  for (const text of [`rt_${random}`, `pk_live_1_${random}_abc`, `whsec_${random}`, `rst.${random}`]) {
    assert.deepEqual(house.verify(text), { ok: false, problem: 'malformed' });
  }
});
