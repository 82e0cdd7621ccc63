// Checks which new passwords are refused, by which rule, and that sentences of one's own are not.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { openBreachedFile } from './breached-file.ts';
import { isCommonPassword } from './common-passwords.ts';
import { createPasswordPolicy, type PasswordRule } from './password-policy.ts';

const ada = { email: 'ada.lovelace@engines.example.org', name: 'Ada Lovelace' };
const config = { passwordMinLength: 12, publicUrl: 'https://chat.babbage.example' };

test('judge() counts code points after composing, and names the rule', async () => {
  const policy = await createPasswordPolicy(config);
  const own = 'Zq7mLw2xVu9Td'.repeat(30);
  const cases: [string, PasswordRule | undefined][] = [
    ['mf3k9w2xq7z', 'too_short'],
    ['mf3k9w2xq7zb', undefined],
    ['😀👻🐳🎈🚀🍕🎲🧩🪁🧵🛶', 'too_short'],
    ['😀👻🐳🎈🚀🍕🎲🧩🪁🧵🛶🪐', undefined],
    ['e\u0301'.repeat(11), 'too_short'],
    [own.slice(0, 256), undefined],
    [own.slice(0, 257), 'too_long'],
    ['é'.repeat(513), 'not_text'],
    [`mf3k9w2xq7zbmf\ud800`, 'not_text'],
    ['correct horse battery', undefined],
  ];
  for (const [password, rule] of cases)
    assert.equal((await policy.judge(password, ada))?.rule, rule, password.slice(0, 30));
  const short = await createPasswordPolicy({ ...config, passwordMinLength: 8 });
  assert.equal((await short.judge('mf3k9w2x', ada))?.rule, undefined);
  assert.deepEqual(await policy.judge('short', ada), {
    rule: 'too_short',
    message: 'must have at least 12 characters',
  });
});

test('isCommonPassword() knows words with digits, signs and other letters, runs along the keys, repetitions', () => {
  const common = [
    'password',
    'Password1234',
    'P@ssw0rd!',
    'p4$$w0rd2024!',
    'passwordpassword',
    '123password123',
    'PASSWORT2026!',
    'iloveyou1234',
    'ILoveYou!!!',
    'Welcome2026!',
    'letmein12345',
    'adminadmin',
    'Administrator1',
    'dragonmonkey',
    '123456789012',
    '987654321098',
    'qwertyuiop12',
    'qwerty123456',
    'asdfghjkl123',
    '1qaz2wsx3edc',
    'q1w2e3r4t5y6',
    'aaaaaaaaaaaa',
    'abcabcabcabc',
    'abcdefghijkl',
    '121212121212',
    'x7x7x7x7x7x7',
    '!@#$%^&*()_+',
    'trustno1trustno1',
    'Manchester-United',
    'summer 2026 !',
    'ＰＡＳＳＷＯＲＤ１２３',
    'correcthorsebatterystaple',
  ];
  const missed = common.filter((password) => !isCommonPassword(password));
  assert.deepEqual(missed, []);
});

test('isCommonPassword() leaves sentences and random texts alone', () => {
  const own = [
    'correct horse battery',
    'my dog eats grass on mondays',
    'mf3k9w2xq7zb',
    'Tr0ub4dor&3 is old',
    'vier Birnen im Korb',
    'password manager of my aunt',
    '84719203847561',
    'x8471920384756y',
    '7f9c2ba4e88f827d',
    'Ünïcödé ist schön 7',
  ];
  assert.deepEqual(own.filter(isCommonPassword), []);
});

test('judge() refuses what is made of the name, the address or the site, not what only mentions them', async () => {
  const policy = await createPasswordPolicy(config);
  const cases: [string, PasswordRule | undefined][] = [
    ['adalovelace2026', 'context'],
    ['Lovelace-Ada-1815', 'context'],
    ['engines.example', 'context'],
    ['babbage12345678', 'context'],
    ['ParleyParley1', 'context'],
    ['chat.babbage.password', 'context'],
    ['Ada loves her canary bird', undefined],
    ['the parley of two captains', undefined],
  ];
  for (const [password, rule] of cases) assert.equal((await policy.judge(password, ada))?.rule, rule, password);
});

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase();

function listOf(t: TestContext, lines: string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-breached-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'list.txt');
  writeFileSync(file, lines.join(''));
  return file;
}

test('openBreachedFile() finds every line of a sorted list and nothing else, on disk', async (t) => {
  const known = Array.from({ length: 3_000 }, (_, at) => `stolen ${at}`);
  for (const lineEnd of ['\n', '\r\n']) {
    const lines = known.map((password, at) => `${sha1(password)}:${at ** 4 % 99_991}${lineEnd}`).toSorted();
    const breached = await openBreachedFile(listOf(t, lines));
    const found = await Promise.all(known.map((password) => breached.has(password)));
    assert.equal(found.filter(Boolean).length, known.length);
    const strangers = await Promise.all(known.map((password) => breached.has(`${password}?`)));
    assert.equal(strangers.filter(Boolean).length, 0);
  }
  const single = await openBreachedFile(listOf(t, [`${sha1('alone').toLowerCase()}\n`]));
  assert.deepEqual([await single.has('alone'), await single.has('other')], [true, false]);
});

test('judge() asks the list that is configured; a file of another form stops the start', async (t) => {
  const file = listOf(t, [`${sha1('vier Birnen im Korb')}:3\n`]);
  const policy = await createPasswordPolicy({ ...config, breachedPasswordsFile: file });
  assert.equal((await policy.judge('vier Birnen im Korb', ada))?.rule, 'breached');
  assert.equal((await policy.judge('vier Birnen im Korbe', ada))?.rule, undefined);
  const wrong = listOf(t, ['password\n', '123456\n']);
  await assert.rejects(createPasswordPolicy({ ...config, breachedPasswordsFile: wrong }), /is no list of breached/);
});
