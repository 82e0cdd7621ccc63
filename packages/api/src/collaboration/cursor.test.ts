// Proves that cursors are read back by their own list and by no other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cursor } from '@parley/contract';
import fc from 'fast-check';
import { readCursor, writeCursor } from './cursor.ts';

void test('readCursor() gives back what writeCursor() wrote, in the form that the contract accepts', () => {
  fc.assert(
    fc.property(fc.nat(), fc.uuid(), (place, id) => {
      const cursor = writeCursor('r1', [place, id]);
      assert.equal(Cursor.safeParse(cursor).success, true);
      assert.deepEqual(readCursor('r1', ['number', 'string'], cursor), [place, id]);
      assert.equal(readCursor('m1', ['number', 'string'], cursor), undefined);
      assert.equal(readCursor('r1', ['number'], cursor), undefined);
      assert.equal(readCursor('r1', ['string', 'string'], cursor), undefined);
    }),
  );
});

void test('readCursor() refuses whatever else it is given', () => {
  fc.assert(fc.property(fc.string(), (text) => readCursor('m1', ['number'], text) === undefined));
  for (const parts of [[-1], [1.5], [null], [[1]], [{}]])
    assert.equal(
      readCursor('m1', ['number'], Buffer.from(JSON.stringify(['m1', ...parts])).toString('base64url')),
      undefined,
    );
});
