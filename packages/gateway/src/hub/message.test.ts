import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonCodec } from '@parley/protocol';
import { limits } from '../limits.ts';
import { jsonOverWebSocket } from '../transports/websocket-frames.ts';
import { Message, type WireFormat } from './message.ts';

function countingFormat(): WireFormat & { joins: number } {
  return {
    joins: 0,
    codec: jsonCodec,
    ping: new Message(jsonCodec.ping),
    frame(payloads) {
      this.joins += 1;
      return Buffer.concat(payloads);
    },
  };
}

test('Run: connections that were sent the same messages share one run, joined once', () => {
  const format = countingFormat();
  const messages = ['a', 'b', 'c'].map((text) => new Message(Buffer.from(text)));
  const runs = Array.from({ length: 100 }, () => messages[0]!.alone);
  for (const message of messages.slice(1)) runs.forEach((run, index) => (runs[index] = run.followedBy(message)));
  assert.equal(new Set(runs).size, 1);
  assert.equal(runs[0]?.bytes, 3);
  for (const run of runs) assert.equal(run.framed(format).toString(), 'abc');
  assert.equal(format.joins, 1);
});

test('Run: a connection with a message of its own diverges and the others do not notice', () => {
  const format = countingFormat();
  const [first, own, second] = ['1', 'own', '2'].map((text) => new Message(Buffer.from(text))) as [
    Message,
    Message,
    Message,
  ];
  const diverged = first.alone.followedBy(own);
  const common = first.alone.followedBy(second);
  assert.equal(diverged.followedBy(second).framed(format).toString(), '1own2');
  assert.equal(common.framed(format).toString(), '12');
  assert.equal(first.alone.framed(format).toString(), '1');
});

test('jsonOverWebSocket.frame() writes final, unmasked text frames with the shortest length form', () => {
  for (const [length, header] of [
    [1, [0x81, 1]],
    [125, [0x81, 125]],
    [126, [0x81, 126, 0, 126]],
    [65_535, [0x81, 126, 255, 255]],
    [65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
  ] as const) {
    const frame = jsonOverWebSocket.frame([Buffer.alloc(length, 'x')]);
    assert.deepEqual([...frame.subarray(0, header.length)], header, `${length}`);
    assert.equal(frame.length, header.length + length);
  }
  assert.equal(
    jsonOverWebSocket.frame(['{}', '{"a":1}'].map((text) => Buffer.from(text))).toString('latin1'),
    '\x81\x0a{}\n{"a":1}',
  );
});

test('jsonOverWebSocket.frame() begins another frame before one gets too large', () => {
  const half = Buffer.alloc(limits.maxJoinedFrameBytes / 2, 'x');
  const frames = jsonOverWebSocket.frame([half, half, Buffer.from('{}')]);
  const second = 10 + half.length;
  assert.equal(frames.readUInt32BE(6), half.length);
  assert.equal(frames[second], 0x81);
  assert.equal(frames.readUInt32BE(second + 6), half.length + 3);
  assert.equal(frames.length, second + 10 + half.length + 3);
});
