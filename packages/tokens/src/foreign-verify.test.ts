// Decides by tests that tokens of Centrifugo applications work, and that nothing else does.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { generateConnectionToken } from './connection-token.ts';
import { clockAt, encode, makeHouse, nowSeconds } from './forge.test-support.ts';
import type { Part } from './forge.test-support.ts';
import { withoutJson } from './foreign-keys.test-support.ts';
import { createForeignVerifier } from './foreign-verify.ts';
import type { ForeignSettings } from './foreign-verify.ts';
import { parseLifetime } from './lifetime.ts';
import { tokenProblemText } from './problems.ts';

const secret = 'secret';

function write(claims: Part, header: Part = { alg: 'HS256', typ: 'JWT' }, key: string = secret): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}

function verify(
  token: string,
  settings: Partial<ForeignSettings> = {},
  atSeconds = nowSeconds,
): object & { ok: boolean } {
  const all = { hmacSecrets: [secret], algorithms: ['HS256'], ...settings } as const;
  return withoutJson(createForeignVerifier(all, clockAt(atSeconds))(token));
}

test('createForeignVerifier() accepts the smallest tokens: anonymous ones with just iat, and with a channel', () => {
  assert.deepEqual(verify(write({ iat: 1 })), { ok: true, kind: 'connection', claims: { iat: 1 } });
  assert.deepEqual(verify(write({})), { ok: true, kind: 'connection', claims: {} });
  const claims = { iat: 1, channel: 'news' };
  assert.deepEqual(verify(write(claims)), { ok: true, kind: 'subscription', claims });
});

test('createForeignVerifier() hands every claim of both kinds on as it came', () => {
  const connection = {
    sub: '42',
    exp: nowSeconds + 1.5,
    expire_at: 0,
    nbf: nowSeconds,
    iat: nowSeconds - 1,
    jti: 'any text: it is not looked at',
    aud: ['a', 'b'],
    iss: 'x',
    info: [null, { deep: [{ deeper: [1] }] }],
    b64info: 'AAA=',
    channels: ['a'],
    subs: { news: { data: { greet: 1 }, override: { presence: { value: true } } } },
    meta: { a: 1 },
  };
  assert.deepEqual(verify(write(connection)), { ok: true, kind: 'connection', claims: connection });
  const subscription = { sub: '42', channel: 'c', client: 'x', data: null, b64data: '', override: {}, info: 'Ann' };
  assert.deepEqual(verify(write(subscription)), { ok: true, kind: 'subscription', claims: subscription });
});

test('createForeignVerifier() accepts headers with a key id, without typ, and with further members', () => {
  for (const header of [
    { alg: 'HS256' },
    { alg: 'HS256', kid: 'x', typ: 'anything' },
    { alg: 'HS256', x5t: 'a', cty: 'b' },
  ]) {
    assert.equal(verify(write({}, header)).ok, true, JSON.stringify(header));
  }
});

test('createForeignVerifier() has no leeway for exp and nbf', () => {
  const token = write({ exp: nowSeconds + 10, nbf: nowSeconds });
  assert.equal(verify(token, {}, nowSeconds).ok, true);
  assert.equal(verify(token, {}, nowSeconds + 9.999).ok, true);
  assert.deepEqual(verify(token, {}, nowSeconds + 10), { ok: false, problem: 'expired' });
  assert.deepEqual(verify(token, {}, nowSeconds - 0.001), { ok: false, problem: 'not_yet_valid' });
  for (const exp of [0, -1]) assert.deepEqual(verify(write({ exp })), { ok: false, problem: 'expired' });
});

test('createForeignVerifier() calls a token expired only if all else is good', () => {
  const exp = nowSeconds - 1;
  assert.deepEqual(verify(write({ exp })), { ok: false, problem: 'expired' });
  assert.deepEqual(verify(write({ exp }, { alg: 'HS256' }, 'other')), { ok: false, problem: 'signature' });
  assert.deepEqual(verify(write({ exp }), { audience: 'a' }), { ok: false, problem: 'audience' });
  assert.deepEqual(verify(write({ exp }), { issuer: 'i' }), { ok: false, problem: 'issuer' });
  assert.deepEqual(verify(write({ exp, channels: 'a' })), { ok: false, problem: 'claims' });
  assert.equal(tokenProblemText('expired'), 'token expired');
  assert.equal(tokenProblemText('signature'), 'invalid token');
});

test('createForeignVerifier() demands audience and issuer if they are configured', () => {
  const settings = { audience: 'ours', issuer: 'us' };
  assert.equal(verify(write({ aud: 'ours', iss: 'us' }), settings).ok, true);
  assert.equal(verify(write({ aud: ['theirs', 'ours'], iss: 'us' }), settings).ok, true);
  for (const aud of [undefined, 'our', 'OURS', [], ['theirs']]) {
    assert.deepEqual(verify(write({ aud, iss: 'us' }), settings), { ok: false, problem: 'audience' });
  }
  for (const iss of [undefined, 'US', 'us/']) {
    assert.deepEqual(verify(write({ aud: 'ours', iss }), settings), { ok: false, problem: 'issuer' });
  }
});

test('createForeignVerifier() accepts the previous secret for tokens up to its end only', () => {
  const hmacSecrets = ['new secret', { secret, issuedUntilSeconds: nowSeconds }];
  assert.equal(verify(write({ iat: nowSeconds }), { hmacSecrets }).ok, true);
  assert.equal(verify(write({}, { alg: 'HS256' }, 'new secret'), { hmacSecrets }).ok, true);
  for (const claims of [{}, { iat: nowSeconds + 1 }]) {
    assert.deepEqual(verify(write(claims), { hmacSecrets }), { ok: false, problem: 'revoked_key' });
  }
  const unlimited = [{ secret: 'new' }, { secret, issuedUntilSeconds: 0 }];
  assert.equal(verify(write({}), { hmacSecrets: unlimited }).ok, true);
});

test('createForeignVerifier() refuses algorithms, pointers and critical extensions in the header', () => {
  for (const alg of [undefined, 'none', 'hs256', 'HS384', 'RS256', 'EdDSA', 7]) {
    assert.deepEqual(verify(write({}, { alg })), { ok: false, problem: 'algorithm' }, String(alg));
  }
  const members = [
    { crit: ['exp'], exp: 1 },
    { b64: false },
    { zip: 'DEF' },
    { enc: 'A' },
    { jku: 'http://a' },
    { jwk: {} },
    { x5u: 'http://a' },
    { x5c: [] },
    { kid: 7 },
    { typ: 7 },
  ];
  for (const member of members) {
    const token = write({}, { alg: 'HS256', ...member });
    assert.deepEqual(verify(token), { ok: false, problem: 'header' }, JSON.stringify(member));
  }
  const unsigned = `${encode({ alg: 'none' })}.${encode({})}.`;
  assert.deepEqual(verify(unsigned), { ok: false, problem: 'malformed' });
});

test('createForeignVerifier() is strict about encoding and JSON', () => {
  const good = write({ sub: '42' });
  for (const token of [`${good}=`, ` ${good}`, `${good}\n`, good.replace('.', '..'), '']) {
    assert.deepEqual(verify(token), { ok: false, problem: 'malformed' }, token);
  }
  for (const text of ['{"sub":"a","sub":"b"}', String.raw`{"sub":"a","\u0073ub":"b"}`, '[]', 'null']) {
    assert.deepEqual(verify(write(text)), { ok: false, problem: 'json' }, text);
  }
  assert.deepEqual(verify(write('{"a":1,"__proto__":{}}')), { ok: false, problem: 'json' });
  assert.deepEqual(verify(write({ info: 'x'.repeat(20_000) })), { ok: false, problem: 'too_long' });
  assert.equal(verify(write({ info: 'x'.repeat(10_000) })).ok, true);
  const nested = (depth: number): string => `{"info":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  assert.equal(verify(write(nested(16))).ok, true);
  assert.deepEqual(verify(write(nested(17))), { ok: false, problem: 'json' });
});

test('createForeignVerifier() refuses claims of a wrong type', () => {
  const wrongs = [
    { sub: 42 },
    { exp: '1' },
    { expire_at: '1' },
    { nbf: [] },
    { iat: '1' },
    { jti: 1 },
    { iss: 1 },
    { aud: [1] },
    { aud: {} },
    { b64info: 1 },
    { channels: [1] },
    { channels: {} },
    { subs: [] },
    { subs: { a: 1 } },
    { meta: 'x' },
    { channel: '' },
    { channel: ['a'] },
    { channel: 'a', client: 1 },
    { channel: 'a', override: [] },
    { channel: 'a', b64data: {} },
  ];
  for (const wrong of wrongs) {
    assert.deepEqual(verify(write(wrong)), { ok: false, problem: 'claims' }, JSON.stringify(wrong));
  }
});

test('createForeignVerifier() refuses times that are no finite number, and carries other numbers on as text', () => {
  assert.deepEqual(verify(write('{"exp":1e400}')), { ok: false, problem: 'claims' });
  const json = '{"info": {"id": 12345678901234567890, "n": 1.0}}';
  const verified = createForeignVerifier({ hmacSecrets: [secret], algorithms: ['HS256'] }, clockAt(0))(write(json));
  assert.equal(verified.ok && verified.json, json);
});

test('createForeignVerifier() throws a TypeError for settings that cannot work', () => {
  const wrongs = [
    { algorithms: [] },
    { algorithms: ['EdDSA'] },
    { algorithms: ['none'] },
    { hmacSecrets: Array.from({ length: 9 }, (_, at) => `s${at}`) },
  ];
  for (const wrong of wrongs) {
    const settings = { hmacSecrets: [secret], algorithms: ['HS256'], ...wrong };
    assert.throws(() => Reflect.apply(createForeignVerifier, undefined, [settings, clockAt(0)]), TypeError);
  }
});

test('a foreign verifier and our own do not take each other’s tokens', () => {
  const house = makeHouse('HS256');
  assert.deepEqual(house.verify(write({})), { ok: false, problem: 'typ' });
  assert.deepEqual(verify(house.withHeader({})), { ok: false, problem: 'signature' });
});

test('generateConnectionToken() makes a token that createForeignVerifier() accepts for as long as it says', () => {
  const token = generateConnectionToken('42', secret, '1h', clockAt(nowSeconds));
  const claims = { sub: '42', iat: nowSeconds, exp: nowSeconds + 3600 };
  assert.equal(token, write(claims));
  assert.deepEqual(verify(token), { ok: true, kind: 'connection', claims });
  assert.deepEqual(verify(token, {}, nowSeconds + 3600), { ok: false, problem: 'expired' });
  const withDefaults = generateConnectionToken('42', secret);
  assert.equal(verify(withDefaults, {}, Math.floor(Date.now() / 1000)).ok, true);
});

test('generateConnectionToken() throws a TypeError for an empty secret and for a lifetime that it cannot read', () => {
  assert.throws(() => generateConnectionToken('42', ''), TypeError);
  for (const lifetime of ['', '0', '1w', '1.5h', '-1h', 'h', '1 h']) {
    assert.throws(() => generateConnectionToken('42', secret, lifetime), TypeError, lifetime);
  }
});

test('parseLifetime() reads seconds, minutes, hours and days, and nothing else', () => {
  for (const [text, seconds] of [
    ['90', 90],
    ['90s', 90],
    ['15m', 900],
    ['1h', 3600],
    ['7d', 604_800],
    ['0', undefined],
    ['01h', undefined],
    ['1H', undefined],
    ['1h30m', undefined],
    ['1e3', undefined],
    ['9999999999', undefined],
    ['', undefined],
    [' 1h', undefined],
  ] as const) {
    assert.equal(parseLifetime(text), seconds, text);
  }
});
