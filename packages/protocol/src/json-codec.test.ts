import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Incoming } from './commands.ts';
import { disconnects } from './disconnects.ts';
import { jsonCodec } from './json-codec.ts';
import { anyRequest } from './testing/arbitraries.ts';
import { golden, pushes, replies } from './testing/samples.ts';

// How long the fuzzing runs: 1,000,000 for a night.
const fuzzRuns = Number(process.env['PARLEY_FUZZ_RUNS'] ?? 2_000);

// Maps have no JSON form of their own.
function toJson(incoming: Incoming[]): unknown[] {
  const text = JSON.stringify(incoming, (_name, value: unknown) => (value instanceof Map ? [...value] : value));
  return JSON.parse(text) as unknown[];
}

test('jsonCodec.encodeReply() writes the bytes of golden/replies.txt', () => {
  const lines = golden('replies.txt');
  assert.deepEqual(
    lines.map(([name]) => name),
    Object.keys(replies),
  );
  for (const [name, line] of lines) assert.equal(jsonCodec.encodeReply(replies[name]!)?.toString(), line, name);
});

test('jsonCodec.encodePush() writes the bytes of golden/pushes.txt', () => {
  const lines = golden('pushes.txt');
  assert.deepEqual(
    lines.map(([name]) => name),
    Object.keys(pushes),
  );
  for (const [name, line] of lines) assert.equal(jsonCodec.encodePush(pushes[name]!)?.toString(), line, name);
});

test('jsonCodec.decode() reads each frame of golden/commands.txt as written beside it', () => {
  for (const [frame, expected] of golden('commands.txt')) {
    assert.deepEqual(toJson([...jsonCodec.decode(Buffer.from(frame))]), [JSON.parse(expected)], frame);
  }
});

test('jsonCodec.decode() reads a line at a time, allows one line break at the end and stops at what it cannot read', () => {
  const names = (frame: string): string[] => Array.from(jsonCodec.decode(Buffer.from(frame)), ({ name }) => name);
  assert.deepEqual(names('{}\n{"id":1,"connect":{}}\n'), ['pong', 'connect']);
  assert.deepEqual(names('{}\n\n{}'), ['pong', 'malformed']);
  assert.deepEqual(names('{}\nx\n{}'), ['pong', 'malformed']);
  assert.deepEqual(names(''), ['malformed']);
  assert.deepEqual(names('\n'), ['malformed']);
});

test('jsonCodec.decode() refuses bytes that are not UTF-8', () => {
  const frame = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
  assert.deepEqual([...jsonCodec.decode(frame)], [{ name: 'malformed' }]);
});

test('jsonCodec.decode() carries deeply nested data without using up the stack', () => {
  const depth = 200_000;
  const data = '['.repeat(depth) + ']'.repeat(depth);
  const [command] = jsonCodec.decode(Buffer.from(`{"id":1,"publish":{"channel":"x","data":${data}}}`));
  assert.deepEqual(command, {
    id: 1,
    name: 'publish',
    request: { channel: 'x', data, type: 0, key: '', removed: false },
  });
});

test('disconnects have reasons that fit a close frame and are not JSON', () => {
  for (const { reason } of Object.values(disconnects)) {
    assert.ok(Buffer.byteLength(reason) <= 123, reason);
    assert.doesNotMatch(reason, /^[{["]/);
  }
});

function assertEndsWell(frame: Buffer): void {
  const names = Array.from(jsonCodec.decode(frame), ({ name }) => name);
  assert.ok(names.length > 0 && !names.slice(0, -1).includes('malformed'), frame.toString('latin1'));
}

test('jsonCodec.decode() reads any bytes and any JSON without throwing, and nothing after malformed', () => {
  const frames = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(fc.json({ maxDepth: 3 }), { maxLength: 4 }).map((lines) => Buffer.from(lines.join('\n'))),
  );
  fc.assert(
    fc.property(frames, (bytes) => assertEndsWell(Buffer.from(bytes))),
    { numRuns: fuzzRuns },
  );
});

test('jsonCodec.decode() reads damaged frames without throwing, and nothing after malformed', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(anyRequest, { minLength: 1, maxLength: 3 }), damage, (requests, changes) => {
      const frame = Buffer.from(requests.map((request) => JSON.stringify({ id: 1, ...request })).join('\n'));
      for (const [at, byte] of changes) frame[at % frame.length] = byte;
      assertEndsWell(frame);
    }),
    { numRuns: fuzzRuns },
  );
});
