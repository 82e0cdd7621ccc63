import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { readBody } from './request-body.ts';

// What `readBody` uses of a request: its headers and its stream.
function requestOf(pieces: Iterable<Uint8Array>, headers: Record<string, string> = {}): IncomingMessage {
  return Object.assign(Readable.from(pieces, { objectMode: false }), { headers }) as unknown as IncomingMessage;
}

test('readBody() gives the bytes in their order, however they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 30 }), async (pieces) => {
      assert.deepEqual(await readBody(requestOf(pieces), 1_200), Buffer.concat(pieces));
    }),
  );
});

test('readBody() refuses one byte too many, announced or not', async () => {
  const pieces = [Buffer.alloc(4), Buffer.alloc(3)];
  assert.equal(await readBody(requestOf(pieces), 6), 'too large');
  assert.deepEqual(await readBody(requestOf(pieces), 7), Buffer.alloc(7));
  assert.equal(await readBody(requestOf([], { 'content-length': '7' }), 6), 'too large');
});

test('readBody() says when the caller went away', async () => {
  const request = requestOf([]);
  const read = readBody(request, 10);
  request.destroy();
  assert.equal(await read, 'gone');
});

test('readBody() holds little more than the bytes, however small the pieces are', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  let grown = 0;
  function* smallPieces(): Generator<Uint8Array> {
    const before = used();
    for (let index = 0; index < 2_000; index += 1) yield Uint8Array.of(index);
    grown = used() - before;
  }
  const body = await readBody(requestOf(smallPieces()), 60_000);
  assert.equal(body.length, 2_000);
  assert.ok(grown < 200_000, `${grown} bytes`);
});

test('readBody() cuts off whoever sends byte by byte, and nobody who sends as networks do', async () => {
  const pieces = (size: number) => Array.from({ length: 3_000 }, () => Buffer.alloc(size));
  const drip = requestOf(pieces(1));
  assert.equal(await readBody(drip, 1_000_000), 'gone');
  assert.equal(drip.destroyed, true);
  const body = await readBody(requestOf(pieces(300)), 1_000_000);
  assert.equal(body.length, 900_000);
});
