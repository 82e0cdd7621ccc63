import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createForeignTokens, signForeign } from '@parley/tokens';
import type { VerifyForeign } from '@parley/tokens';
import { createForeignGate, grantConnection, grantSubscription, refuseToken } from './foreign-grants.ts';

const clock = { now: () => 1_800_000_000_000 };
const nowSeconds = 1_800_000_000;
const secret = 'secret';

function verifier(hmacSecretKey = secret): VerifyForeign {
  const created = createForeignTokens({ hmacSecretKey }, { clock });
  assert.ok(created.ok);
  return created.verify;
}

const gate = createForeignGate({ connection: verifier(), subscription: verifier('other') });
const connection = (claims: object): unknown => gate.connection(signForeign(claims, secret));
const subscription = (claims: object): unknown =>
  gate.subscription(signForeign({ channel: 'news', ...claims }, 'other'));

test('connection() grants every claim of protocol reference 15.2', () => {
  const claims = {
    sub: '42',
    exp: nowSeconds + 60,
    iat: nowSeconds,
    jti: 't1',
    info: { name: 'Ann' },
    meta: { role: 'x' },
    channels: ['a', '$b'],
    subs: {
      news: { data: { greet: 1 }, override: { presence: { value: true }, force_recovery: { value: false }, x: 1 } },
      bytes: { info: [1], b64info: 'AAE=', data: 1, b64data: '/w==' },
      plain: {},
    },
  };
  assert.deepEqual(connection(claims), {
    ok: true,
    claims: {
      user: '42',
      expireAt: nowSeconds + 60,
      tokenId: 't1',
      issuedAt: nowSeconds,
      info: '{"name":"Ann"}',
      meta: '{"role":"x"}',
      channels: ['a', '$b'],
      subs: {
        news: { data: '{"greet":1}', override: { presence: { value: true }, force_recovery: { value: false } } },
        bytes: { info: Buffer.from([0, 1]), data: Buffer.from([255]) },
        plain: {},
      },
    },
  });
  assert.deepEqual(connection({}), { ok: true, claims: { user: '', expireAt: 0 } });
});

test('connection() and subscription() take expire_at before exp, and b64info before info unless it is empty', () => {
  const at = (claims: object): unknown => connection({ exp: nowSeconds + 1, ...claims });
  assert.deepEqual(at({ expire_at: 0 }), { ok: true, claims: { user: '', expireAt: 0 } });
  assert.deepEqual(at({ expire_at: nowSeconds + 9 }), { ok: true, claims: { user: '', expireAt: nowSeconds + 9 } });
  const claims = { user: '', expireAt: 0 };
  assert.deepEqual(connection({ info: 1, b64info: 'AA==' }), {
    ok: true,
    claims: { ...claims, info: Buffer.from([0]) },
  });
  assert.deepEqual(connection({ info: 1, b64info: '' }), { ok: true, claims: { ...claims, info: '1' } });
});

test('subscription() grants every claim of protocol reference 15.3', () => {
  const claims = {
    sub: '42',
    client: 'c1',
    exp: nowSeconds + 60,
    iat: 1,
    jti: 'j',
    info: null,
    b64data: 'AAE=',
    override: {},
  };
  assert.deepEqual(subscription(claims), {
    ok: true,
    claims: {
      user: '42',
      channel: 'news',
      expireAt: nowSeconds + 60,
      tokenId: 'j',
      issuedAt: 1,
      client: 'c1',
      info: 'null',
      data: Buffer.from([0, 1]),
      override: {},
    },
  });
  assert.deepEqual(subscription({ client: '' }), { ok: true, claims: { user: '', channel: 'news', expireAt: 0 } });
});

test('the gate hands JSON on as it was signed, with numbers that the platform cannot hold', () => {
  const verify: VerifyForeign = () => ({
    ok: true,
    kind: 'connection',
    claims: { info: {}, meta: {}, subs: { 'a"b': { data: 1 } } },
    json: String.raw`{"info": {"id":12345678901234567890}, "meta":{"n":1.0}, "subs":{"a\"b":{"data":1e400}}}`,
  });
  assert.deepEqual(createForeignGate({ connection: verify, subscription: verify }).connection(''), {
    ok: true,
    claims: {
      user: '',
      expireAt: 0,
      info: '{"id":12345678901234567890}',
      meta: '{"n":1.0}',
      subs: { 'a"b': { data: '1e400' } },
    },
  });
});

test('the gate takes each kind of token at its own door, and keys of one door not at the other', () => {
  const invalid = (reason: string): object => ({ ok: false, problem: 'invalid', reason });
  const late = { exp: nowSeconds - 1 };
  assert.deepEqual(connection({ channel: 'news', ...late }), invalid('claims'));
  assert.deepEqual(gate.subscription(signForeign({}, 'other')), invalid('claims'));
  assert.deepEqual(gate.subscription(signForeign({ channel: 'news' }, secret)), invalid('signature'));
  const either = { ok: true, json: '{}' } as const;
  assert.deepEqual(grantConnection({ ...either, kind: 'subscription', claims: { channel: 'a' } }), invalid('claims'));
  assert.deepEqual(grantSubscription({ ...either, kind: 'connection', claims: {} }), invalid('claims'));
  assert.deepEqual(connection(late), { ok: false, problem: 'expired', reason: 'expired' });
  assert.deepEqual(subscription(late), { ok: false, problem: 'expired', reason: 'expired' });
});

test('the gate waits for a verifier that waits', async () => {
  const slow: VerifyForeign = () => Promise.resolve({ ok: false, problem: 'unavailable' });
  const waiting = createForeignGate({ connection: slow, subscription: slow });
  const refused = { ok: false, problem: 'unavailable', reason: 'unavailable' };
  assert.ok(waiting.connection('') instanceof Promise);
  assert.deepEqual(await waiting.connection(''), refused);
  assert.deepEqual(await waiting.subscription(''), refused);
});

test('refuseToken() tells apart what a client does next', () => {
  for (const [problem, expected] of [
    ['expired', 'expired'],
    ['not_yet_valid', 'expired'],
    ['unavailable', 'unavailable'],
    ['signature', 'invalid'],
    ['lifetime', 'invalid'],
  ] as const) {
    assert.deepEqual(refuseToken(problem), { ok: false, problem: expected, reason: problem });
  }
});
