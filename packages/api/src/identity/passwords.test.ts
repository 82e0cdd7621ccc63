// Checks passwords: the rules, the one computation, the bounds of stored costs and of what runs at once.
import assert from 'node:assert/strict';
import test from 'node:test';
import { hash as realHash, verify as realVerify } from '@node-rs/argon2';
import { createPasswords } from './passwords.ts';
import { createSlots } from './slots.ts';

const argon2 = { memoryCost: 64, timeCost: 1, parallelism: 1 };
const config = { argon2, passwordMinLength: 12 };

test('judge() counts code points, after composing', async () => {
  const passwords = await createPasswords(config);
  assert.equal(passwords.judge('a'.repeat(11)), 'must have at least 12 characters');
  assert.equal(passwords.judge('a'.repeat(12)), undefined);
  assert.equal(passwords.judge('😀'.repeat(11)), 'must have at least 12 characters');
  assert.equal(passwords.judge('e\u0301'.repeat(11)), 'must have at least 12 characters');
  assert.equal(passwords.judge('😀'.repeat(256)), undefined);
  assert.equal(passwords.judge('a'.repeat(257)), 'must have at most 256 characters');
  assert.match(passwords.judge(`${'a'.repeat(20)}\ud800`) ?? '', /^must be well-formed/);
});

test('check() knows a password by its composed form and by every byte of it', async () => {
  const passwords = await createPasswords(config);
  const base = `caf\u00e9${'x'.repeat(200)}`;
  const hashed = await passwords.hash(base);
  assert.ok(hashed.ok);
  assert.match(hashed.hash, /^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
  const cases = [
    [base, true],
    [`cafe\u0301${'x'.repeat(200)}`, true],
    [`${base} `, false],
    [base.slice(0, 73), false],
    [`${base.slice(0, 150)}y${base.slice(151)}`, false],
  ] as const;
  for (const [typed, matches] of cases)
    assert.deepEqual(await passwords.check(typed, hashed.hash), { ok: true, matches }, typed);
});

test('check() computes exactly once, whatever is stored, and never at a cost out of bounds', async () => {
  const verified: string[] = [];
  const passwords = await createPasswords(config, {
    hash: realHash,
    verify: (stored, password) => {
      verified.push(String(stored).slice(0, 40));
      return realVerify(stored, password);
    },
  });
  const salt = 'c2FsdHNhbHRzYWx0c2FsdA';
  const key = 'aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g';
  const stored = [
    undefined,
    '',
    'no hash at all',
    `$argon2id$v=19$m=4194304,t=1,p=1$${salt}$${key}`,
    `$argon2id$v=19$m=64,t=1000000,p=1$${salt}$${key}`,
    `$argon2id$v=19$m=64,t=1,p=1$${salt}$${key}`,
    '5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8',
  ];
  for (const hash of stored) assert.deepEqual(await passwords.check('password', hash), { ok: true, matches: false });
  assert.equal(verified.length, stored.length);
  for (const used of verified) assert.match(used, /m=64,t=1,p=1/);
});

test('isOutdated() compares the stored cost with the present one', async () => {
  const passwords = await createPasswords(config);
  const other = await realHash('x', { ...argon2, timeCost: 2 });
  const same = await realHash('x', argon2);
  assert.deepEqual(
    [passwords.isOutdated(other), passwords.isOutdated(same), passwords.isOutdated('junk')],
    [true, false, true],
  );
});

test('run() never has more at once than there are slots, refuses beyond the queue, serves in order', async () => {
  const slots = createSlots({ parallel: 2, maxWaiting: 3, maxWaitMs: 60_000 });
  const finish: (() => void)[] = [];
  const started: number[] = [];
  const work = (id: number) => () => {
    started.push(id);
    return new Promise<number>((resolve) => finish.push(() => resolve(id)));
  };
  const runs = [1, 2, 3, 4, 5, 6].map((id) => slots.run(work(id)));
  assert.deepEqual(await runs[5], { ok: false });
  assert.deepEqual(started, [1, 2]);
  for (let index = 0; index < 5; index++) {
    finish[index]?.();
    assert.deepEqual(await runs[index], { ok: true, value: index + 1 });
    assert.ok(started.length - (index + 1) <= 2);
  }
  assert.deepEqual(started, [1, 2, 3, 4, 5]);
});

test('run() refuses what has waited too long, and a failure frees its slot', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const slots = createSlots({ parallel: 1, maxWaiting: 5, maxWaitMs: 2_000 });
  const held: { fail: (error: Error) => void } = { fail: () => {} };
  const first = slots.run(() => new Promise((_resolve, reject) => (held.fail = reject)));
  const second = slots.run(() => Promise.resolve('late'));
  t.mock.timers.tick(2_000);
  assert.deepEqual(await second, { ok: false });
  held.fail(new Error('broken'));
  await assert.rejects(first, /broken/);
  assert.deepEqual(await slots.run(() => Promise.resolve('fine')), { ok: true, value: 'fine' });
});
