import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawJson, type WirePublication } from '@parley/protocol';
import fc from 'fast-check';
import { type Arrival, isRecovered, merge } from './recovery.ts';

const epoch = 'AAAAAAAA';
const publication = (offset: number): WirePublication => ({ data: rawJson(offset), offset });
const run = (from: number, to: number): WirePublication[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => publication(from + index));
const offsets = (publications: readonly WirePublication[]): number[] => publications.map(({ offset }) => offset);
const arrival = (offset: number, of = epoch): Arrival => ({ publication: publication(offset), epoch: of });

test('isRecovered() follows the table of the protocol', () => {
  for (const [wanted, wantedEpoch, stored, top, expected] of [
    [1, epoch, run(2, 4), 4, true],
    [1, '', run(2, 4), 4, true],
    [1, 'BBBBBBBB', run(2, 4), 4, false],
    [4, epoch, [], 4, true],
    [4, 'BBBBBBBB', [], 4, false],
    [3, epoch, [], 4, false],
    [9, epoch, [], 4, false],
    [0, '', run(1, 4), 4, true],
    [0, '', run(2, 4), 4, false],
    [0, epoch, [], 0, true],
    [1, epoch, run(2, 3), 4, false],
    [1, epoch, run(3, 4), 4, false],
  ] as const) {
    const input = { wanted: { offset: wanted, epoch: wantedEpoch }, stored, top: { offset: top, epoch } };
    assert.equal(isRecovered(input), expected, JSON.stringify([wanted, wantedEpoch, offsets(stored), top]));
  }
});

test('merge() gives every offset once, in order, whatever overlaps and however arrivals are shuffled', () => {
  const cases = fc
    .record({ from: fc.nat(50), stored: fc.nat(20), overlap: fc.nat(20), beyond: fc.nat(20) })
    .chain((shape) => {
      const lastStored = shape.from + shape.stored;
      const firstArrived = Math.max(1, lastStored + 1 - shape.overlap);
      const arrived = offsets(run(firstArrived, lastStored + shape.beyond));
      return fc.record({
        shape: fc.constant(shape),
        arrivals: fc.shuffledSubarray(arrived, { minLength: arrived.length }),
        repeated: fc.subarray(arrived),
        outside: fc.nat(3),
      });
    });
  fc.assert(
    fc.property(cases, ({ shape, arrivals, repeated, outside }) => {
      const { from, stored, beyond } = shape;
      const all = [...arrivals, ...repeated, ...Array.from({ length: outside }, () => 0)].map((offset) =>
        arrival(offset),
      );
      const merged = merge({ offset: from, epoch }, run(from + 1, from + stored), all);
      assert.ok(merged.ok);
      assert.deepEqual(offsets(merged.publications), offsets(run(from + 1, from + stored + beyond)));
      assert.equal(merged.offset, from + stored + beyond);
    }),
  );
});

test('merge() finds every gap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(50), fc.nat(), (length, from, seed) => {
      const all = run(from + 1, from + length);
      // Any but the last: a run that merely ends earlier has no gap.
      const missing = seed % (length - 1);
      const split = Math.floor(length / 2);
      const kept = all.filter((_, index) => index !== missing);
      const merged = merge(
        { offset: from, epoch },
        kept.slice(0, split),
        kept.slice(split).map(({ offset }) => arrival(offset)),
      );
      assert.deepEqual(merged, { ok: false });
    }),
  );
});

test('merge() refuses arrivals of another epoch', () => {
  assert.deepEqual(merge({ offset: 0, epoch }, run(1, 2), [arrival(3, 'BBBBBBBB')]), { ok: false });
});
