import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { jsonCodec } from '@parley/protocol';
import { limits } from '../limits.ts';
import { jsonOverWebSocket, protobufOverWebSocket, webSocketFormat } from './websocket-frames.ts';

const bytes = (length: number): Buffer => Buffer.alloc(length, 'x');

test('frame() writes the headers of RFC 6455 for each length', () => {
  for (const [length, header] of [
    [0, '8100'],
    [125, '817d'],
    [126, '817e007e'],
    [65_535, '817effff'],
    [65_536, '817f0000000000010000'],
  ] as const) {
    const frame = jsonOverWebSocket.frame([bytes(length)]);
    assert.equal(frame.subarray(0, header.length / 2).toString('hex'), header);
    assert.equal(frame.length, header.length / 2 + length);
  }
});

test('frame() joins JSON by line breaks and Protobuf by nothing, up to the size that is good for clients', () => {
  assert.equal(jsonOverWebSocket.frame([Buffer.from('{}'), Buffer.from('[]')]).toString('latin1'), '\x81\x05{}\n[]');
  assert.equal(protobufOverWebSocket.frame([Buffer.of(0), Buffer.of(1, 8)]).toString('hex'), '8203000108');
  const half = bytes(limits.maxJoinedFrameBytes / 2);
  assert.equal(protobufOverWebSocket.frame([half, half]).length, 10 + 2 * half.length);
  assert.equal(jsonOverWebSocket.frame([half, half]).length, 2 * (10 + half.length));
});

test('frame() compresses what is large enough, each frame by itself and without its known end', () => {
  const format = webSocketFormat({ codec: jsonCodec, joins: true, compression: { level: 1, minBytes: 100 } });
  assert.equal(format.frame([bytes(99)])[0], 0x81);
  const frame = format.frame([bytes(50), bytes(50)]);
  assert.equal(frame[0], 0xc1);
  assert.notEqual(frame.subarray(-4).toString('hex'), '0000ffff');
  const body = Buffer.concat([frame.subarray(2), Buffer.from('0000ffff', 'hex')]);
  assert.equal(inflateRawSync(body, { finishFlush: 2 }).toString(), `${'x'.repeat(50)}\n${'x'.repeat(50)}`);
});
