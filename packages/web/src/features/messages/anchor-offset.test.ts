// Decides that the reader's row stays put by arithmetic, before a browser proves it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anchorShift, chooseAnchor, isNearEnd } from './anchor-offset.ts';
import type { RowEdges } from './anchor-offset.ts';

/** Rows of the given heights, scrolled by `scrollTop`. */
function layOut(rows: readonly { key: string; height: number }[], scrollTop: number): RowEdges[] {
  let at = -scrollTop;
  return rows.map(({ key, height }) => {
    const row = { key, top: at, bottom: at + height };
    at += height;
    return row;
  });
}

test('chooseAnchor() takes the first row that ends in view', () => {
  const row = (key: string, top: number, bottom: number): RowEdges => ({ key, top, bottom });
  assert.deepEqual(chooseAnchor([row('a', -90, -40), row('b', -40, 10), row('c', 10, 60)], 600), {
    key: 'b',
    bottom: 10,
  });
  assert.deepEqual(chooseAnchor([row('a', -90, -40), row('b', -40, 900)], 600), { key: 'b', bottom: 900 });
  assert.equal(chooseAnchor([row('a', -90, -40), row('b', 600, 640)], 600), undefined);
});

test('anchorShift() keeps the end of the reader’s row, whatever is put above it or changes its own heading', () => {
  const heights = fc.array(fc.integer({ min: 20, max: 400 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(heights, heights, fc.nat(3_000), fc.integer({ min: 20, max: 400 }), (here, above, scroll, changed) => {
      const rows = here.map((height, i) => ({ key: `here${i}`, height }));
      const scrollTop = Math.min(scroll, here.reduce((sum, height) => sum + height, 0) - 1);
      const anchor = chooseAnchor(layOut(rows, scrollTop), 600);
      assert.ok(anchor !== undefined);
      const index = rows.findIndex(({ key }) => key === anchor.key);
      const after = [
        ...above.map((height, i) => ({ key: `above${i}`, height })),
        ...rows.map((row, i) => (i <= index ? { ...row, height: changed } : row)),
      ];
      const shift = anchorShift(
        anchor,
        layOut(after, scrollTop).find(({ key }) => key === anchor.key),
      );
      const now = layOut(after, scrollTop + shift).find(({ key }) => key === anchor.key);
      assert.ok(now !== undefined && Math.abs(now.bottom - anchor.bottom) < 1);
    }),
  );
});

test('anchorShift() moves nothing without an anchor, for a row that is gone, and for rounding', () => {
  const row = { key: 'a', top: 10, bottom: 50.4 };
  assert.equal(anchorShift(undefined, row), 0);
  assert.equal(anchorShift({ key: 'a', bottom: 50 }, undefined), 0);
  assert.equal(anchorShift({ key: 'a', bottom: 50 }, row), 0);
  assert.equal(anchorShift({ key: 'a', bottom: 49.4 }, row), 1);
});

test('isNearEnd() sticks within 60 px of the end', () => {
  assert.equal(isNearEnd({ scrollTop: 340, scrollHeight: 1000, clientHeight: 600 }), true);
  assert.equal(isNearEnd({ scrollTop: 339, scrollHeight: 1000, clientHeight: 600 }), false);
});
