// Checks the counters: bursts, keys, and the end of their memory.
import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import { LIMITS } from './limits.ts';
import { createRateLimits } from './rate-limits.ts';
import { openPlatform } from './testing/platform.ts';

test('take() gives each key its points and its burst, and says how long to wait', async () => {
  const limits = createRateLimits({
    'refresh-family': { points: 2, windowSeconds: 60, burst: { points: 3, windowSeconds: 300 } },
  });
  const taken = await Promise.all(Array.from({ length: 7 }, () => limits.take('refresh-family', 'a')));
  assert.deepEqual(
    taken.map((one) => one.ok),
    [true, true, true, true, true, false, false],
  );
  const refused = taken[6];
  assert.ok(refused !== undefined && !refused.ok);
  assert.deepEqual([refused.points, refused.windowSeconds, refused.waitSeconds], [2, 60, 60]);
  assert.equal((await limits.take('refresh-family', 'b')).ok, true);
  await limits.forget('refresh-family', 'a');
  assert.equal((await limits.take('refresh-family', 'a')).ok, true);
});

test('take() forgets the key that came first when there are too many', async () => {
  const limits = createRateLimits({ 'typing-user': { points: 1, windowSeconds: 600 } });
  await limits.take('typing-user', 'first');
  assert.equal((await limits.take('typing-user', 'first')).ok, false);
  for (let index = 0; index < LIMITS.rateLimitKeys; index++) await limits.take('typing-user', `k${index}`);
  assert.equal((await limits.take('typing-user', 'first')).ok, true);
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
  assert.equal(refused.headers['retry-after'], '60');
  assert.equal(refused.headers['ratelimit-policy'], '"lookup-source";q=2;w=60');
  assert.equal(refused.headers.ratelimit, '"lookup-source";r=0;t=60');
  assert.equal((await get('192.0.2.2')).statusCode, 200);
});
