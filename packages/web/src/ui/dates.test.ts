// Decides that days are named as readers expect around midnight, years and clock changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayHeading, localDay } from './dates.ts';

test('dayHeading() names today and yesterday and dates the rest', () => {
  const now = new Date(2026, 10, 22, 0, 5);
  assert.equal(dayHeading('2026-11-22', now), 'Today');
  assert.equal(dayHeading('2026-11-21', now), 'Yesterday');
  assert.match(dayHeading('2026-11-20', now), /20/);
  assert.doesNotMatch(dayHeading('2026-11-20', now), /2026/);
  assert.match(dayHeading('2025-12-31', now), /2025/);
});

test('localDay() gives the day of the reader, not of UTC', () => {
  assert.equal(localDay(new Date(2026, 2, 9, 23, 59, 59).toISOString()), '2026-03-09');
  assert.equal(localDay(new Date(2026, 2, 10, 0, 0, 0).toISOString()), '2026-03-10');
});
