import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flushesBefore, reconnects } from './disconnects.ts';
import { resubscribes } from './unsubscribes.ts';

test('reconnects() is false for terminal codes only', () => {
  for (const [code, expected] of [
    [1000, true],
    [3000, true],
    [3499, true],
    [3500, false],
    [3999, false],
    [4000, true],
    [4499, true],
    [4500, false],
    [4999, false],
    [5000, true],
  ] as const) {
    assert.equal(reconnects(code), expected, `${code}`);
  }
});

test('resubscribes() begins at 2500', () => {
  assert.equal(resubscribes(2499), false);
  assert.equal(resubscribes(2500), true);
});

test('flushesBefore() drops the queue for 3000 and 3008 only', () => {
  assert.deepEqual([3000, 3001, 3008, 3503].map(flushesBefore), [false, true, false, true]);
});
