import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jwkOf } from './foreign-keys.test-support.ts';
import { createJwksCache, jwksCacheDefaults } from './jwks-cache.ts';
import type { JwksCacheSettings } from './jwks-cache.ts';
import { JwksFetchError } from './jwks.ts';

const address = 'https://idp.example/keys?secret=1';
const { keysMs, staleMs, coolDownMs, unknownMs, burst } = jwksCacheDefaults;
const unknownKey = { ok: false, problem: 'unknown_key' };
const unavailable = { ok: false, problem: 'unavailable' };

/** A cache before a source whose answers the test changes: ids of keys, or undefined for a failure. */
function house(settings: Partial<JwksCacheSettings> = {}) {
  const state = {
    nowMs: 1_800_000_000_000,
    kids: ['a'] as readonly string[] | undefined,
    asked: [] as string[],
    failures: [] as string[],
    /** If set, fetches wait until it is called. */
    held: undefined as Promise<void> | undefined,
  };
  const find = createJwksCache(
    {
      clock: { now: () => state.nowMs },
      onFailure: (where, reason) => state.failures.push(`${where} ${reason}`),
      fetchText: async (url) => {
        state.asked.push(url);
        await state.held;
        if (state.kids === undefined) throw new JwksFetchError('it is down');
        return JSON.stringify({ keys: state.kids.map((kid) => jwkOf('EdDSA', { kid })) });
      },
    },
    { ...jwksCacheDefaults, ...settings },
  );
  return { state, find, isFound: async (kid: string, at = address) => (await find(at, kid)).ok };
}

test('createJwksCache() fetches once, and answers at once from then on', async () => {
  const { state, find } = house();
  const first = find(address, 'a');
  assert.ok(first instanceof Promise);
  assert.equal((await first).ok, true);
  state.nowMs += keysMs - 1;
  assert.equal(find(address, 'a') instanceof Promise, false);
  assert.equal(state.asked.length, 1);
});

test('createJwksCache() shares one fetch among all who wait for it', async () => {
  const { state, find } = house();
  const gate = Promise.withResolvers<void>();
  state.held = gate.promise;
  const answers = Array.from({ length: 50 }, (_, at) => find(address, at % 2 === 0 ? 'a' : 'b'));
  gate.resolve();
  const oks = await Promise.all(answers.map(async (answer) => (await answer).ok));
  assert.deepEqual(new Set(oks.filter((_, at) => at % 2 === 0)), new Set([true]));
  assert.deepEqual(new Set(oks.filter((_, at) => at % 2 === 1)), new Set([false]));
  assert.equal(state.asked.length, 1);
});

test('createJwksCache() finds a new key when it first signs, and drops one that is gone', async () => {
  const { state, find, isFound } = house();
  assert.equal(await isFound('a'), true);
  state.kids = ['b'];
  assert.equal(await isFound('b'), true);
  assert.deepEqual(await find(address, 'a'), unknownKey);
});

test('createJwksCache() drops a withdrawn key when the set has become old', async () => {
  const { state, find, isFound } = house();
  assert.equal(await isFound('a'), true);
  state.kids = ['b'];
  state.nowMs += keysMs;
  assert.deepEqual(await find(address, 'a'), unknownKey);
});

test('createJwksCache() remembers unknown ids for a while, and forgets the oldest of too many', async () => {
  const { state, find } = house({ maxUnknown: 2, burst: 100 });
  assert.deepEqual(await find(address, 'x'), unknownKey);
  state.kids = ['x'];
  assert.deepEqual(find(address, 'x'), unknownKey);
  state.nowMs += unknownMs;
  assert.equal((await find(address, 'x')).ok, true);
  for (const kid of ['1', '2', '3']) assert.deepEqual(await find(address, kid), unknownKey);
  const before = state.asked.length;
  assert.deepEqual(find(address, '3'), unknownKey);
  assert.deepEqual(find(address, '2'), unknownKey);
  assert.equal(state.asked.length, before);
  assert.ok(find(address, '1') instanceof Promise);
});

test('createJwksCache() finds a key that another fetch brought, although its id was unknown', async () => {
  const { state, find, isFound } = house();
  assert.equal(await isFound('x'), false);
  state.kids = ['x', 'y'];
  assert.equal(await isFound('y'), true);
  assert.equal((await find(address, 'x')).ok, true);
});

test('createJwksCache() does not fetch for a flood of unknown ids, and goes on with known ones', async () => {
  const { state, find, isFound } = house();
  assert.equal(await isFound('a'), true);
  const problems: unknown[] = [];
  for (let at = 0; at < 100; at += 1) problems.push(await find(address, `flood-${at}`));
  assert.equal(state.asked.length, burst);
  assert.deepEqual(
    problems.slice(0, burst - 1),
    Array.from({ length: burst - 1 }, () => unknownKey),
  );
  assert.deepEqual(problems.at(-1), unavailable);
  assert.equal((await find(address, 'a')).ok, true);
  state.kids = ['new'];
  assert.deepEqual(find(address, 'new'), unavailable);
  state.nowMs += coolDownMs;
  assert.equal(await isFound('new'), true);
});

test('createJwksCache() leaves a failing source alone for a while, and says so once a fetch', async () => {
  const { state, find } = house();
  state.kids = undefined;
  assert.deepEqual(await find(address, 'a'), unavailable);
  state.nowMs += coolDownMs - 1;
  assert.deepEqual(find(address, 'a'), unavailable);
  state.nowMs += 1;
  assert.deepEqual(await find(address, 'a'), unavailable);
  assert.deepEqual(state.asked, [address, address]);
  assert.deepEqual(state.failures, ['https://idp.example/keys it is down', 'https://idp.example/keys it is down']);
  state.kids = ['a'];
  state.nowMs += coolDownMs;
  assert.equal((await find(address, 'a')).ok, true);
});

test('createJwksCache() goes on with the keys it knows when the source fails, for a day', async () => {
  const { state, find, isFound } = house();
  assert.equal(await isFound('a'), true);
  state.kids = undefined;
  state.nowMs += keysMs;
  assert.equal(await isFound('a'), true);
  assert.equal((await find(address, 'a')).ok, true);
  assert.equal(state.asked.length, 2);
  assert.deepEqual(find(address, 'b'), unavailable);
  state.nowMs += staleMs - 1;
  assert.equal(await isFound('a'), true);
  state.nowMs += 1;
  assert.deepEqual(await find(address, 'a'), unavailable);
  state.nowMs += coolDownMs;
  assert.deepEqual(await find(address, 'a'), unavailable);
});

test('createJwksCache() keeps addresses apart, and forgets the one that was not used for longest', async () => {
  const { state, isFound } = house({ maxEndpoints: 2 });
  for (const at of ['https://a.example/', 'https://b.example/', 'https://a.example/', 'https://c.example/']) {
    assert.equal(await isFound('a', at), true);
  }
  assert.equal(state.asked.length, 3);
  assert.equal(await isFound('a', 'https://a.example/'), true);
  assert.equal(state.asked.length, 3);
  assert.equal(await isFound('a', 'https://b.example/'), true);
  assert.equal(state.asked.length, 4);
});

test('createJwksCache() fetches from a few addresses at a time', async () => {
  const { state, find } = house({ maxFetches: 2 });
  const gate = Promise.withResolvers<void>();
  state.held = gate.promise;
  const first = find('https://a.example/', 'a');
  const second = find('https://b.example/', 'a');
  assert.deepEqual(find('https://c.example/', 'a'), unavailable);
  gate.resolve();
  assert.deepEqual([(await first).ok, (await second).ok], [true, true]);
  assert.equal((await find('https://c.example/', 'a')).ok, true);
});

test('createJwksCache() does not fetch for an id of more than 256 characters', () => {
  const { state, find } = house();
  assert.deepEqual(find(address, 'x'.repeat(257)), unknownKey);
  assert.deepEqual(state.asked, []);
});

test('createJwksCache() is not stopped by a clock that is set back', async () => {
  const { state, isFound } = house();
  state.kids = undefined;
  assert.equal(await isFound('a'), false);
  state.nowMs -= 100 * coolDownMs;
  state.kids = ['a'];
  assert.equal(await isFound('a'), true);
});

test('createJwksCache() hands on what is not a failed fetch', async () => {
  const find = createJwksCache({
    clock: { now: () => 0 },
    onFailure: () => undefined,
    fetchText: () => Promise.reject(new TypeError('a bug')),
  });
  await assert.rejects(async () => find(address, 'a'), TypeError);
});

test('createJwksCache() never fetches more than its allowance, whatever is asked when', async () => {
  const step = fc.record({
    kid: fc.constantFrom('a', 'b', 'c', 'd'),
    waitMs: fc.integer({ min: 0, max: 2 * coolDownMs }),
    fails: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { state, find } = house({ unknownMs: 1, keysMs: 1 });
      const from = state.nowMs;
      for (const { kid, waitMs, fails } of steps) {
        state.nowMs += waitMs;
        state.kids = fails ? undefined : ['a', 'b'];
        await find(address, kid);
        assert.ok(state.asked.length <= burst + (state.nowMs - from) / coolDownMs);
      }
    }),
    { numRuns: 200 },
  );
});
