// Proves the growth, the end and the jitter of pauses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseMs } from './backoff.ts';

void test('pauseMs() doubles up to the longest, half of it chance', () => {
  const backoff = { firstMs: 100, longestMs: 1_000 };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 500].map((failures) => pauseMs(backoff, failures, 1)),
    [100, 200, 400, 800, 1_000, 1_000],
  );
  assert.deepEqual(
    [1, 2, 3, 4, 5, 500].map((failures) => pauseMs(backoff, failures, 0)),
    [50, 100, 200, 400, 500, 500],
  );
});
