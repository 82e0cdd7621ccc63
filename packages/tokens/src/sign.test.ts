// Decides by tests what the signer writes, and what it refuses to write.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { algorithmNames } from './algorithm.ts';
import fc from 'fast-check';
import type { AccessClaims, ConnectionClaims, SubscriptionClaims } from './claims.ts';
import { clockAt, encode, issuer, makeHouse, nowSeconds, rawSign } from './forge.test-support.ts';
import { generateKeyrings } from './key-file.ts';
import { createProfile } from './profile.ts';
import { createSigner } from './sign.ts';
import { createVerifier } from './verify.ts';

/** The shape that the api asks of an issuer (its context.ts); a change here fails the type check. */
interface Issue<Claims> {
  (claims: Omit<Claims, 'iss' | 'aud' | 'iat' | 'exp' | 'jti'>, lifeSeconds: number): string;
}

const clock = { now: () => nowSeconds * 1000 + 999 };
const claims = { sub: 'u', sid: 's', uv: 0, role: 'member', scope: 'a b', client_id: 'web' };

test('createSigner() writes the header and the claims in full', () => {
  const house = makeHouse('HS256');
  const signToken: Issue<AccessClaims> = createSigner(house.profile, clock, () => 'id-1');
  const [header, payload] = signToken(claims, 900)
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString());
  assert.equal(header, `{"alg":"HS256","typ":"at+jwt","kid":"${house.key.kid}"}`);
  assert.equal(
    payload,
    '{"sub":"u","sid":"s","uv":0,"role":"member","scope":"a b","client_id":"web","iss":"https://parley.example",' +
      '"aud":"parley:api","jti":"id-1","iat":1800000000,"exp":1800000900}',
  );
});

test('createSigner() gives every token an id of its own', () => {
  const house = makeHouse('HS256');
  const signToken = createSigner(house.profile, clock);
  const ids = Array.from({ length: 100 }, () => {
    const result = house.verify(signToken(claims, 60));
    assert.ok(result.ok);
    return result.claims.jti;
  });
  assert.equal(new Set(ids).size, 100);
  assert.match(ids[0]!, /^[A-Za-z0-9_-]{22}$/);
});

test('createSigner() does not let a caller set what is the signer’s own', () => {
  const house = makeHouse('HS256');
  const signToken = createSigner(house.profile, clock);
  const greedy = { ...claims, iss: 'https://evil.example', aud: 'other', exp: nowSeconds * 2, iat: 1, jti: 'mine' };
  const result = house.verify(signToken(greedy, 60));
  assert.ok(result.ok);
  assert.deepEqual([result.claims.iss, result.claims.aud, result.claims.exp], [issuer, 'parley:api', nowSeconds + 60]);
});

test('createSigner() throws a TypeError for a life out of range', () => {
  const house = makeHouse('HS256');
  const signToken = createSigner(house.profile, clock);
  for (const life of [0, -1, 1.5, Number.NaN, Infinity, 901]) assert.throws(() => signToken(claims, life), TypeError);
  for (const life of [1, 900]) assert.equal(house.verify(signToken(claims, life)).ok, true);
});

test('createSigner() throws a TypeError for claims that its verifier would refuse', () => {
  const house = makeHouse('HS256');
  const signToken = createSigner(house.profile, clock);
  const scopes = Array.from({ length: 65 }, (_, at) => `s${at}`).join(' ');
  for (const wrong of [{ sub: '' }, { sid: 'a b' }, { uv: -1 }, { role: '' }, { scope: scopes }, { channel: 'x' }]) {
    assert.throws(() => signToken({ ...claims, ...wrong }, 60), TypeError, JSON.stringify(wrong));
  }
});

test('createSigner() throws a TypeError for a token above 1,024 bytes, and not for one of 1,024', () => {
  const house = makeHouse('EdDSA');
  const signToken = createSigner(house.profile, clock, () => 'id');
  const sizes = new Set<number>();
  for (let length = 1; length < 700; length += 1) {
    try {
      sizes.add(signToken({ ...claims, client_id: 'x'.repeat(length) }, 60).length);
    } catch (error) {
      assert.ok(error instanceof TypeError);
      assert.equal(error.message, 'a token must not be longer than 1024 bytes');
      break;
    }
  }
  assert.ok([1023, 1024].includes(Math.max(...sizes)), String(Math.max(...sizes)));
});

for (const alg of algorithmNames) {
  test(`createVerifier() gives back what createSigner() was given, for every kind, with ${alg}`, () => {
    const rings = generateKeyrings(alg);
    const settings = { issuer, algorithms: [alg], maxLifeSeconds: 3600 };
    const connection = createProfile({ ...settings, kind: 'connection', ring: rings.connection });
    const subscription = createProfile({ ...settings, kind: 'subscription', ring: rings.subscription });
    const signConnection: Issue<ConnectionClaims> = createSigner(connection, clock);
    const signSubscription: Issue<SubscriptionClaims> = createSigner(subscription, clock);
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
    const life = fc.integer({ min: 1, max: 3600 });
    const facts = fc.record({ sub: text, name: text, channel: text, sid: id, mid: id, uv: fc.nat(), life });
    fc.assert(
      fc.property(facts, ({ sub, name, channel, sid, mid, uv, life: seconds }) => {
        const own = { iss: issuer, iat: nowSeconds, exp: nowSeconds + seconds };
        const expire_at = nowSeconds + seconds;
        const forConnection = { sub, expire_at, info: { name }, channels: [channel], meta: { sid, uv } };
        const first = createVerifier(connection, clock)(signConnection(forConnection, seconds));
        assert.ok(first.ok);
        assert.deepEqual(first.claims, { ...forConnection, ...own, aud: 'parley:realtime', jti: first.claims.jti });
        const forSubscription = { sub, expire_at, channel, sid, uv, mid, info: { name } };
        const second = createVerifier(subscription, clock)(signSubscription(forSubscription, seconds));
        assert.ok(second.ok);
        const aud = 'parley:realtime-sub';
        assert.deepEqual(second.claims, { ...forSubscription, ...own, aud, jti: second.claims.jti });
      }),
      { numRuns: 100 },
    );
  });
}

test('createSigner() and createVerifier() refuse connection and subscription claims that do not fit their kind', () => {
  const rings = generateKeyrings('HS256');
  const settings = { issuer, algorithms: ['HS256'], maxLifeSeconds: 3600 } as const;
  const good = {
    connection: { sub: 'u', expire_at: nowSeconds + 60 },
    subscription: { sub: 'u', channel: 'chat:1', expire_at: nowSeconds + 60, sid: 's', uv: 0, mid: 'm' },
  };
  const wrongs = {
    connection: [
      { channel: 'chat:1' },
      { scope: '' },
      { role: 'admin' },
      { expire_at: undefined },
      { expire_at: '1' },
      { channels: 'a' },
      { channels: [''] },
      { info: 'Ann' },
      { meta: { sid: 's' } },
    ],
    subscription: [
      { channel: undefined },
      { channel: '' },
      { mid: undefined },
      { sid: undefined },
      { uv: undefined },
      { scope: '' },
    ],
  };
  for (const kind of ['connection', 'subscription'] as const) {
    const profile = createProfile({ ...settings, kind, ring: rings[kind] });
    const signToken = createSigner(profile, clockAt(nowSeconds));
    const signAny = (given: object): string => Reflect.apply(signToken, undefined, [given, 60]);
    const verify = createVerifier(profile, clock);
    const token = signAny(good[kind]);
    const [header, payload] = token.split('.');
    const written = JSON.parse(Buffer.from(payload!, 'base64url').toString());
    assert.equal(verify(token).ok, true);
    for (const wrong of wrongs[kind]) {
      assert.throws(() => signAny({ ...good[kind], ...wrong }), TypeError, `${kind} ${JSON.stringify(wrong)}`);
      const input = `${header}.${encode({ ...written, ...wrong })}`;
      const forged = `${input}.${rawSign('HS256', input, rings[kind].current()!.key.verifyWith)}`;
      assert.deepEqual(verify(forged), { ok: false, problem: 'claims' }, `${kind} ${JSON.stringify(wrong)}`);
    }
  }
});
