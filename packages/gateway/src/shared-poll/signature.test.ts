import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkSignature, signatureMac, type SignatureSecrets } from './signature.ts';

const secrets: SignatureSecrets = { secret: 'secret', previous: '', previousValidUntil: 0 };
const signed = { user: '42', channel: 'poll:x', keys: ['a', 'b'] };
const nowMs = 1_767_000_000_000;
// Made with another implementation (Python's hmac and hashlib).
const good = '1767000000:1767003600:721c64918a955151508bede34c0178c1e3aa030943db250e68bb2a18cf359dc9';
const endless = '1767000000:0:818beab18360dea7526c599e11b60249d3e3a89cfef1ae7db1f5d6427c7540dc';
const old = '1767000000:0:2792ca0316fa55019aa449efd0dd46a768f7dc0da0041d487d7b1ce9e549be4c';

test('checkSignature() accepts what the backend signed, with its end', () => {
  assert.deepEqual(checkSignature(secrets, good, { signed, nowMs }), { ok: true, expiresAt: 1_767_003_600_000 });
  const anonymous = { user: '', channel: 'poll:x', keys: ['a'] };
  assert.deepEqual(checkSignature(secrets, endless, { signed: anonymous, nowMs }), { ok: true, expiresAt: undefined });
});

test('checkSignature() allows five seconds after the end', () => {
  const at = (ms: number) => checkSignature(secrets, good, { signed, nowMs: ms });
  assert.equal(at(1_767_003_605_000).ok, true);
  assert.deepEqual(at(1_767_003_605_001), { ok: false, problem: 'expired' });
});

test('checkSignature() refuses another user, channel, set or order of keys', () => {
  const others = [
    { ...signed, user: '43' },
    { ...signed, channel: 'poll:y' },
    { ...signed, keys: ['b', 'a'] },
    { ...signed, keys: ['a'] },
    { ...signed, keys: ['a', 'b', 'c'] },
  ];
  for (const other of others) {
    assert.deepEqual(checkSignature(secrets, good, { signed: other, nowMs }), { ok: false, problem: 'invalid' });
  }
});

test('checkSignature() accepts the previous secret for what was signed while it was good', () => {
  const about = { signed: { user: 'ü', channel: 'poll:x', keys: ['ключ'] }, nowMs };
  const rotated = (previousValidUntil: number) => ({ secret: 'new', previous: 'old', previousValidUntil });
  assert.equal(checkSignature(rotated(0), old, about).ok, true);
  assert.equal(checkSignature(rotated(1_767_000_000), old, about).ok, true);
  assert.deepEqual(checkSignature(rotated(1_766_999_999), old, about), { ok: false, problem: 'invalid' });
  assert.equal(checkSignature({ secret: 'old', previous: '', previousValidUntil: 0 }, old, about).ok, true);
});

test('checkSignature() refuses whatever was changed or is no signature, also where no secret is set', () => {
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.constantFrom(...'0123456789abcdef:x'.split('')), (at, character) => {
      const changed = good.slice(0, at) + character + good.slice(at + 1);
      fc.pre(changed !== good);
      assert.deepEqual(checkSignature(secrets, changed, { signed, nowMs }), { ok: false, problem: 'invalid' });
    }),
  );
  for (const text of ['', ':', '::', `${good}0`, good.toUpperCase(), good.slice(1), `${good}\n`]) {
    assert.deepEqual(checkSignature(secrets, text, { signed, nowMs }), { ok: false, problem: 'invalid' });
  }
  const empty = `1:0:${signatureMac('', { iat: '1', exp: '0' }, signed)}`;
  const none = { secret: '', previous: '', previousValidUntil: 0 };
  assert.deepEqual(checkSignature(none, empty, { signed, nowMs }), { ok: false, problem: 'invalid' });
});
