// Checks the counters: bursts, keys, weights, the end of their memory, and what happens when they are lost.
import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import fc from 'fast-check';
import type { CounterStore } from './counter-store.ts';
import { fit } from './gcra.ts';
import { LIMITS } from './limits.ts';
import { createRateLimits, type RateOverrides } from './rate-limits.ts';
import { captureLog, openPlatform } from './testing/platform.ts';

function openLimits(overrides: RateOverrides, shared?: CounterStore) {
  const time = { now: Date.UTC(2026, 0, 1) };
  const clock = { now: () => time.now };
  const captured = captureLog();
  const limits = createRateLimits({
    clock,
    overrides,
    ...(shared === undefined ? {} : { shared: { store: shared, log: captured.log } }),
  });
  return { limits, text: captured.text, tick: (ms: number) => (time.now += ms) };
}

test('take() gives each key its burst, then its rate, and says how long to wait', async () => {
  const { limits, tick } = openLimits({ 'refresh-family': { points: 2, windowSeconds: 60, burst: 5 } });
  const taken = await Promise.all(Array.from({ length: 7 }, () => limits.take('refresh-family', 'a')));
  assert.deepEqual(
    taken.map((one) => one.ok),
    [true, true, true, true, true, false, false],
  );
  assert.deepEqual(taken[6], { ok: false, rate: 'refresh-family', points: 2, windowSeconds: 60, waitSeconds: 30 });
  assert.equal((await limits.take('refresh-family', 'b')).ok, true);
  // What was refused did not make the wait longer.
  tick(30_000);
  assert.equal((await limits.take('refresh-family', 'a')).ok, true);
  assert.equal((await limits.take('refresh-family', 'a')).ok, false);
  await limits.give('refresh-family', 'a');
  assert.equal((await limits.take('refresh-family', 'a')).ok, true);
  await limits.forget('refresh-family', 'a');
  assert.equal((await limits.take('refresh-family', 'a')).ok, true);
});

test('fit() never lets more through than the burst and the rate, however the requests fall', () => {
  const step = fc.record({ ms: fc.integer({ min: -5_000, max: 20_000 }), cost: fc.integer({ min: 1, max: 3 }) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 100 }), (capacity, steps) => {
      const cells = { intervalMs: 700 / 3, capacity };
      let now = 1_000_000;
      let latest = now;
      let arrival: number | undefined;
      let taken = 0;
      for (const { ms, cost } of steps) {
        now += ms;
        latest = Math.max(latest, now);
        const fitted = fit(arrival, cells, { now, cost });
        if (fitted.ok) {
          arrival = fitted.arrival;
          taken += cost;
        } else if (cost <= capacity) {
          assert.ok(fitted.waitMs <= cells.intervalMs * cost + 0.5, 'a wait has an end, also after a clock went back');
          const later = fit(arrival, cells, { now: now + Math.ceil(fitted.waitMs), cost });
          assert.ok(later.ok || now < latest, 'the wait is true');
        }
        // A clock that was set back gives back what it took away, at most.
        if (now === latest && steps.every((one) => one.ms >= 0))
          assert.ok(taken <= capacity + (now - 1_000_000) / cells.intervalMs + 0.01, 'the bound');
      }
    }),
  );
});

test('take() forgets the key that was used longest ago when there are too many', async () => {
  const { limits } = openLimits({ 'typing-user': { points: 1, windowSeconds: 600 } });
  await limits.take('typing-user', 'first');
  assert.equal((await limits.take('typing-user', 'first')).ok, false);
  for (let index = 0; index < LIMITS.rateLimitKeys; index++) await limits.take('typing-user', `k${index}`);
  assert.equal((await limits.take('typing-user', 'first')).ok, true);
});

test('takeWeight() counts a login as five refreshes in the one bucket of identity', async () => {
  const { limits } = openLimits({ 'auth-source': { points: 11, windowSeconds: 60 } });
  const taken = [];
  for (const rate of ['login-source', 'login-source', 'refresh-source', 'refresh-source'] as const)
    taken.push((await limits.takeWeight(rate, '192.0.2.1')).ok);
  assert.deepEqual(taken, [true, true, true, false]);
  assert.equal((await limits.takeWeight('messages-user', '192.0.2.1')).ok, true);
});

test('take() counts logins by itself and invitations not at all while the shared counts are lost', async () => {
  const lost = () => Promise.reject(new Error('connection refused'));
  const shared: CounterStore = { take: lost, give: lost, forget: lost };
  const one = { points: 1, windowSeconds: 60 };
  const { limits, text } = openLimits({ 'login-source': one, 'invitations-user': one }, shared);
  const twice = async (rate: 'login-source' | 'invitations-user') => [
    (await limits.take(rate, 'a')).ok,
    (await limits.take(rate, 'a')).ok,
  ];
  assert.deepEqual(await twice('login-source'), [true, false]);
  assert.deepEqual(await twice('invitations-user'), [true, true]);
  assert.match(text(), /shared counts of rate limits cannot be reached/);
});

test('a route with a rate answers 429 with the fields that say when to come again', async () => {
  const { app } = openPlatform(
    (scope) => {
      const config = { access: 'public', rate: 'lookup-source' } as const;
      scope.get('/v1/x', { config, schema: { response: { 200: z.object({}) } } }, () => ({}));
    },
    { rates: { 'lookup-source': { points: 2, windowSeconds: 60 } }, trustedProxies: 1 },
  );
  const get = (from: string) => app.inject({ url: '/v1/x', headers: { 'x-forwarded-for': from } });
  assert.equal((await get('192.0.2.1')).statusCode, 200);
  assert.equal((await get('::ffff:192.0.2.1')).statusCode, 200);
  const refused = await get('6.6.6.6, 192.0.2.1:99');
  assert.equal(refused.json().code, 'rate.limited');
  assert.equal(refused.headers['retry-after'], '30');
  assert.equal(refused.headers['ratelimit-policy'], '"lookup-source";q=2;w=60');
  assert.equal(refused.headers.ratelimit, '"lookup-source";r=0;t=30');
  assert.equal((await get('192.0.2.2')).statusCode, 200);
});
