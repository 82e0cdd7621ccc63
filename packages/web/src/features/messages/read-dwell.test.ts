// Decides that only what was really looked at counts as read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { observeView, readUpTo } from './read-dwell.ts';

test('readUpTo() wants a whole second in view', () => {
  const view = observeView(new Map(), [4, 5], 10_000);
  assert.equal(readUpTo(view, 10_999), undefined);
  assert.equal(readUpTo(view, 11_000), 5);
});

test('observeView() starts again for what left the view in between', () => {
  const first = observeView(new Map(), [4, 5], 0);
  const scrolled = observeView(first, [4], 900);
  const back = observeView(scrolled, [4, 5], 950);
  assert.equal(readUpTo(back, 1_000), 4);
  assert.equal(readUpTo(back, 1_950), 5);
});

test('observeView() forgets everything while the tab is hidden', () => {
  const hidden = observeView(observeView(new Map(), [7], 0), [], 500);
  assert.equal(readUpTo(hidden, 5_000), undefined);
  assert.equal(readUpTo(observeView(hidden, [7], 5_000), 5_999), undefined);
});

test('readUpTo() advances under a steady stream of new messages', () => {
  let view = observeView(new Map(), [1], 0);
  for (let step = 1; step <= 10; step += 1) view = observeView(view, [step - 1, step, step + 1], step * 400);
  assert.equal(readUpTo(view, 4_000), undefined, 'each was in view for less than a second');
  let all = observeView(new Map(), [1], 0);
  for (let step = 1; step <= 5; step += 1) all = observeView(all, [1, 2, 3, 4, 5, 6].slice(0, step + 1), step * 400);
  assert.equal(readUpTo(all, 2_000), 3);
});
