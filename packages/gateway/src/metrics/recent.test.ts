import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { quantile, RecentDurations } from './recent.ts';

test('quantile() is at most 5 % off, for any durations from a microsecond to a minute', () => {
  const durations = fc.array(fc.double({ min: 1e-6, max: 60, noNaN: true }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.99, 0.999), (list, share) => {
      const recent = new RecentDurations(0);
      for (const seconds of list) recent.record(seconds, 0);
      const exact = list.toSorted((a, b) => a - b)[Math.ceil(share * list.length) - 1]!;
      const found = quantile(recent.counts(0), share);
      assert.ok(Math.abs(found - exact) <= exact * 0.05, `${found} is not ${exact}`);
    }),
  );
});

test('quantile() of nothing is NaN', () => {
  assert.equal(quantile(new RecentDurations(0).counts(0), 0.5), Number.NaN);
});

test('RecentDurations forgets after five to ten minutes, whatever the clock does', () => {
  const minute = 60_000;
  for (const [recordedAt, readAt, expected] of [
    [0, 4 * minute, 1],
    [0, 9 * minute, 1],
    [4 * minute, 9 * minute, 1],
    [0, 10 * minute, 0],
    [0, 1_000 * minute, 0],
    [4 * minute, -minute, 0],
  ] as const) {
    const recent = new RecentDurations(0);
    recent.record(1, recordedAt);
    const total = recent.counts(readAt).reduce((sum, count) => sum + count, 0);
    assert.equal(total, expected, `${recordedAt} ${readAt}`);
  }
});
