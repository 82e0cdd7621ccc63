// Checks stored passwords: the one computation, the schemes, the pepper, and stored texts that cannot be used.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { hash as realHash, verify as realVerify } from '@node-rs/argon2';
import { generateSecretKeys, type SecretKeys } from '@parley/tokens';
import { captureLog } from '../http/testing/platform.ts';
import { digestScheme, normaliseDigest, type StoredPassword } from './password-schemes.ts';
import { createPasswords, type Passwords } from './passwords.ts';

const argon2 = { memoryCost: 64, timeCost: 1, parallelism: 1 };
const config = { argon2, passwordMinLength: 12 };
const keys = generateSecretKeys();
const quiet = { secretKeys: keys, log: captureLog().log };
const stored = (password_hash: string): StoredPassword => ({ password_hash, password_scheme: 'argon2id' });
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

async function store(passwords: Passwords, password: string): Promise<StoredPassword> {
  const hashed = await passwords.hash(password);
  assert.ok(hashed.ok);
  return stored(hashed.hash);
}

async function wrap(
  passwords: Passwords,
  digest: string,
  password_scheme: StoredPassword['password_scheme'],
): Promise<StoredPassword> {
  const wrapped = await passwords.wrap(digest);
  assert.ok(wrapped.ok);
  return { password_hash: wrapped.hash, password_scheme };
}

// identity 2.2: 101
test('check() knows a password by every byte of it: nothing is cut', async () => {
  const passwords = await createPasswords(config, quiet);
  const base = 'x'.repeat(1_024);
  const own = await store(passwords, base);
  assert.match(own.password_hash, /^\$argon2id\$v=19\$m=64,t=1,p=1,keyid=[\w-]{16}\$/);
  const cases = [
    [base, true],
    [`${base} `, false],
    [base.slice(0, 1_023), false],
    [base.slice(0, 72), false],
    [`${base.slice(0, 72)}y${base.slice(73)}`, false],
    [`${base.slice(0, 999)}y${base.slice(1_000)}`, false],
  ] as const;
  for (const [typed, matches] of cases)
    assert.deepEqual(await passwords.check(typed, own), { ok: true, matches }, String(typed.length));
});

// identity 2.2: 102, 103, 104
test('check() keeps NUL and spaces, composes what is composed, and tells look-alikes apart', async () => {
  const passwords = await createPasswords(config, quiet);
  const cases: [string, string, boolean][] = [
    ['before\0after the cut', 'before\0after the cut', true],
    ['before\0after the cut', 'before\0another', false],
    ['before\0after the cut', 'before', false],
    ['  kept spaces  ', '  kept spaces  ', true],
    ['  kept spaces  ', 'kept spaces', false],
    ['caf\u00e9 au lait', 'cafe\u0301 au lait', true],
    ['full width', 'full\u3000width', false],
    ['\ufb01ligature here', 'filigature here', false],
    ['family 👨‍👩‍👧 emoji', 'family 👨‍👩‍👧 emoji', true],
    ['family 👨‍👩‍👧 emoji', 'family 👨👩👧 emoji', false],
    ['well formed text', 'well formed text\ud800', false],
  ];
  for (const [chosen, typed, matches] of cases)
    assert.deepEqual(await passwords.check(typed, await store(passwords, chosen)), { ok: true, matches }, typed);
});

// identity 2.2: 108
test('check() computes exactly once, whatever is stored, never at a cost out of bounds, and raises an alarm', async () => {
  const verified: string[] = [];
  const captured = captureLog();
  const passwords = await createPasswords(
    config,
    { secretKeys: keys, log: captured.log },
    {
      hash: realHash,
      verify: (text, password, options) => {
        verified.push(String(text));
        return realVerify(text, password, options);
      },
    },
  );
  const salt = 'c2FsdHNhbHRzYWx0c2FsdA';
  const key = 'aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g';
  const unusable = [
    '',
    'no hash at all',
    `$argon2id$v=19$m=4194304,t=1,p=1$${salt}$${key}`,
    `$argon2id$v=19$m=64,t=1000000,p=1$${salt}$${key}`,
    `$argon2id$v=19$m=64,t=1,p=255$${salt}$${key}`,
    `$argon2id$v=19$m=99999999999,t=1,p=1$${salt}$${key}`,
    `$argon2d$v=19$m=64,t=1,p=1$${salt}$${key}`,
    `$argon2id$v=19$m=64,t=1,p=1$${salt}`,
    `$argon2id$v=19$m=64,t=1,p=1,keyid=unknown$${salt}$${key}`,
    '5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8',
  ];
  for (const hash of unusable)
    assert.deepEqual(await passwords.check('password', stored(hash)), { ok: true, matches: false }, hash);
  assert.equal(captured.lines().filter((line) => line['event'] === 'password.unusable').length, unusable.length);
  const none: StoredPassword = { password_hash: '', password_scheme: 'none' };
  for (const absent of [undefined, none, stored(`$argon2id$v=19$m=64,t=1,p=1$${salt}$${key}`)])
    assert.deepEqual(await passwords.check('password', absent), { ok: true, matches: false });
  assert.equal(verified.length, unusable.length + 3);
  for (const text of verified) assert.match(text, /^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
  assert.equal(captured.lines().length, unusable.length);
});

// identity 2.2: 103, 107
test('check() verifies a wrapped digest by the bytes that the old system hashed', async () => {
  const passwords = await createPasswords(config, quiet);
  const nfd = 'cafe\u0301 cre\u0300me';
  const cases: [string, Buffer, StoredPassword['password_scheme']][] = [
    [nfd, Buffer.from(nfd, 'utf8'), 'argon2id-sha256'],
    ['Grüße aus Köln', Buffer.from('Grüße aus Köln', 'latin1'), 'argon2id-sha256-latin1'],
    ['Grüße aus Köln', Buffer.from('Grüße aus Köln', 'utf16le'), 'argon2id-sha256-utf16le'],
  ];
  for (const [password, bytes, scheme] of cases) {
    const own = await wrap(passwords, sha256(bytes), scheme);
    assert.deepEqual(await passwords.check(password, own), { ok: true, matches: true }, scheme);
    assert.deepEqual(await passwords.check(`${password}x`, own), { ok: true, matches: false }, scheme);
    assert.equal(passwords.isOutdated(own), true);
  }
  const composed = await wrap(passwords, sha256(nfd), 'argon2id-sha256');
  assert.deepEqual(await passwords.check(nfd.normalize('NFC'), composed), { ok: true, matches: false });
  // U+0141 ends in the byte of "A": cut to Latin-1 it would pass for one.
  const latin = await wrap(passwords, sha256(Buffer.from('A'.repeat(12), 'latin1')), 'argon2id-sha256-latin1');
  assert.deepEqual(await passwords.check('\u0141'.repeat(12), latin), { ok: true, matches: false });
});

// identity 2.2: 106
test('check() never tries another scheme: a leaked digest, typed, opens nothing', async () => {
  const passwords = await createPasswords(config, quiet);
  const digest = sha256('old password of mine');
  const wrapped = await wrap(passwords, digest, 'argon2id-sha256');
  const bare: StoredPassword = { password_hash: digest, password_scheme: 'sha256' };
  for (const own of [wrapped, bare])
    for (const [typed, matches] of [
      ['old password of mine', true],
      [digest, false],
      [digest.toUpperCase(), false],
      [`${digest}\n`, false],
    ] as const)
      assert.deepEqual(await passwords.check(typed, own), { ok: true, matches }, `${own.password_scheme} ${typed}`);
  // The same text under another tag is another thing.
  const mistagged = { ...wrapped, password_scheme: 'argon2id' as const };
  assert.deepEqual(await passwords.check('old password of mine', mistagged), { ok: true, matches: false });
});

// identity 2.2: 107
test('normaliseDigest() reads upper case, base64 and line ends, and nothing that is no SHA-256', () => {
  const hex = sha256('anything');
  const base64 = Buffer.from(hex, 'hex').toString('base64');
  const forms = [hex, hex.toUpperCase(), `${hex}\n`, `${hex.toUpperCase()}\r\n`, base64, base64.replace('=', '')];
  for (const form of [...forms, Buffer.from(hex, 'hex').toString('base64url')])
    assert.equal(normaliseDigest(form), hex, form);
  for (const wrong of ['', hex.slice(1), `${hex}0`, `0x${hex}`, 'g'.repeat(64), '{SHA256}x'])
    assert.equal(normaliseDigest(wrong), undefined, wrong);
  assert.deepEqual([digestScheme('utf8'), digestScheme('latin1')], ['sha256', 'sha256-latin1']);
});

test('pepper: a hash needs the key that it names; old keys check, the current one makes new hashes', async () => {
  const [first, second] = [generateSecretKeys(), generateSecretKeys()];
  const before = await createPasswords(config, { ...quiet, secretKeys: first });
  const own = await store(before, 'correct horse battery');
  const rotated: Pick<SecretKeys, 'current' | 'find'> = {
    current: (ring) => second.current(ring),
    find: (ring, kid) => second.find(ring, kid) ?? first.find(ring, kid),
  };
  const after = await createPasswords(config, { ...quiet, secretKeys: rotated });
  assert.deepEqual(await after.check('correct horse battery', own), { ok: true, matches: true });
  assert.deepEqual([before.isOutdated(own), after.isOutdated(own)], [false, true]);
  const lost = await createPasswords(config, { ...quiet, secretKeys: second });
  assert.deepEqual(await lost.check('correct horse battery', own), { ok: true, matches: false });
  // Without the pepper the hash of the right password is not to be found.
  assert.equal(await realVerify(own.password_hash.replace(/,keyid=[\w-]+/, ''), 'correct horse battery'), false);
});

test('isOutdated() compares scheme, cost and pepper with the present ones', async () => {
  const passwords = await createPasswords(config, quiet);
  const dearer = await createPasswords({ ...config, argon2: { ...argon2, timeCost: 2 } }, quiet);
  const cases: [StoredPassword, boolean][] = [
    [await store(passwords, 'x'), false],
    [await store(dearer, 'x'), true],
    [stored(await realHash('x', argon2)), true],
    [stored('junk'), true],
    [await wrap(passwords, sha256('x'), 'argon2id-sha256'), true],
    [{ password_hash: sha256('x'), password_scheme: 'sha256' }, true],
  ];
  for (const [own, expected] of cases) assert.equal(passwords.isOutdated(own), expected, own.password_hash);
});
