import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MarkCounter } from './mark-counter.ts';
import { mark } from './subscribers.ts';

test('MarkCounter counts each mark once, wherever the chunks are cut', () => {
  const piece = fc.constantFrom('~#', '~', '#', 'x', 'HTTP/1.1 200', 'HTTP/1.1 ');
  fc.assert(
    fc.property(fc.constantFrom('~#', 'HTTP/1.1 200'), fc.array(piece), fc.array(fc.nat(12)), (mark, pieces, cuts) => {
      const text = pieces.join('');
      const counter = new MarkCounter(mark);
      let found = 0;
      let at = 0;
      for (const length of cuts) {
        found += counter.count(Buffer.from(text.slice(at, at + length)));
        at += length;
      }
      found += counter.count(Buffer.from(text.slice(at)));
      assert.equal(found, text.split(mark).length - 1);
    }),
  );
});

test('the mark of benchmarks stands in no header of a frame, whatever its length', () => {
  for (let length = 0; length < 65_536; length += 1) {
    const header = length < 126 ? [0x81, length] : [0x81, 126, length >> 8, length & 0xff];
    const start = Buffer.concat([Buffer.from('}}}'), Buffer.from(header), Buffer.from('{"push"')]);
    assert.equal(start.includes(mark), false, String(length));
  }
});
