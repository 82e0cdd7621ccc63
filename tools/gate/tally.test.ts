import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PASSED, closingLine, exitCode, sum } from './tally.ts';

const failed = { passed: 2, failed: 1, skipped: 0, failures: ['a'], skips: [] };
const skipped = { passed: 0, failed: 0, skipped: 2, failures: [], skips: ['b', 'c'] };

test('sum() adds counts and lines', () => {
  assert.deepEqual(sum([PASSED, failed, skipped]), {
    passed: 3,
    failed: 1,
    skipped: 2,
    failures: ['a'],
    skips: ['b', 'c'],
  });
});

test('closingLine() names skips only when there are some', () => {
  assert.equal(closingLine(failed), '2 passed, 1 failed');
  assert.equal(closingLine(skipped), '0 passed, 0 failed, 2 skipped');
});

test('exitCode() is 0 only when something passed and nothing failed', () => {
  assert.equal(exitCode(PASSED), 0);
  assert.equal(exitCode(failed), 1);
  assert.equal(exitCode(skipped), 1);
  assert.equal(exitCode(sum([])), 1);
});
