import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TokenBucket } from './token-bucket.ts';

test('TokenBucket.take() gives the rate at once and then as time passes, and follows a new rate', () => {
  let now = 1_000;
  const bucket = new TokenBucket(() => now);
  const takes = (count: number, perSecond: number) => Array.from({ length: count }, () => bucket.take(perSecond));
  assert.deepEqual(takes(3, 2), [true, true, false]);
  now += 499;
  assert.equal(bucket.take(2), false);
  now += 1;
  assert.deepEqual(takes(2, 2), [true, false]);
  now += 60_000;
  assert.deepEqual(takes(3, 2), [true, true, false]);
  now -= 10_000;
  assert.equal(bucket.take(2), false);
  now += 1_000;
  assert.deepEqual(takes(2, 1), [true, false]);
});

test('TokenBucket.take() never gives more than rate × (seconds + 1)', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.integer({ min: 0, max: 700 })), (rate, pauses) => {
      let now = 0;
      const bucket = new TokenBucket(() => now);
      let given = 0;
      for (const pause of pauses) {
        now += pause;
        while (bucket.take(rate)) given += 1;
      }
      assert.ok(given <= rate * (now / 1_000 + 1) + 1e-6);
    }),
  );
});
