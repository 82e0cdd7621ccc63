// Checks which way to sign in may be taken away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayRemoveWay } from './policy.ts';

test('mayRemoveWay() leaves one way to sign in', () => {
  for (const [hasPassword, passkeys, providers, expected] of [
    [true, 0, 1, true],
    [true, 1, 0, true],
    [false, 1, 0, false],
    [false, 0, 1, false],
    [false, 1, 1, true],
    [false, 2, 0, true],
  ] as const)
    assert.equal(mayRemoveWay({ hasPassword, passkeys, providers }), expected);
});
