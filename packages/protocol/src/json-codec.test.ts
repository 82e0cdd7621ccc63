import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Incoming } from './commands.ts';
import { disconnects } from './disconnects.ts';
import { replyErrors } from './errors.ts';
import { jsonCodec } from './json-codec.ts';
import { rawJson, readRawJson } from './raw-json.ts';
import type { Push, Reply, SubscribeResult } from './replies.ts';
import { unsubscribes } from './unsubscribes.ts';

const plain: SubscribeResult = {
  recoverable: false,
  positioned: false,
  epoch: '',
  offset: 0,
  recovered: false,
  wasRecovering: false,
  publications: [],
};
const ann = { user: '42', client: 'a3f0' };

const replies: Record<string, Reply> = {
  connect: {
    id: 1,
    name: 'connect',
    result: {
      client: '0b1e',
      version: '0.1.0 parley',
      ttl: 600,
      ping: 25,
      pong: true,
      subs: new Map([['#42', { ...plain, recoverable: true, positioned: true, epoch: 'kWqLmZaB', offset: 7 }]]),
    },
  },
  'connect, nothing optional': {
    id: 1,
    name: 'connect',
    result: { client: '0b1e', version: '0.1.0 parley', ping: 0, pong: false, subs: new Map() },
  },
  'subscribe, not positioned': { id: 2, name: 'subscribe', result: plain },
  'subscribe, recovered': {
    id: 5,
    name: 'subscribe',
    result: {
      recoverable: true,
      positioned: true,
      epoch: 'QwErTyUi',
      offset: 1,
      recovered: true,
      wasRecovering: true,
      publications: [
        { data: rawJson({ seq: 2 }), offset: 2 },
        { data: rawJson('text'), offset: 3 },
      ],
    },
  },
  unsubscribe: { id: 4, name: 'unsubscribe', result: {} },
  publish: { id: 5, name: 'publish', result: {} },
  presence: {
    id: 6,
    name: 'presence',
    result: {
      presence: new Map([
        ['a3f0', { ...ann, conn_info: rawJson({ name: 'Ann' }) }],
        ['b', { user: '', client: 'b', chan_info: rawJson([1]) }],
      ]),
    },
  },
  'presence, nobody': { id: 6, name: 'presence', result: { presence: new Map() } },
  presence_stats: { id: 7, name: 'presence_stats', result: { num_clients: 0, num_users: 0 } },
  history: { id: 8, name: 'history', result: { publications: [], epoch: 'QwErTyUi', offset: 0 } },
  rpc: { id: 9, name: 'rpc', result: { data: rawJson(0) } },
  refresh: { id: 10, name: 'refresh', result: { ttl: 300 } },
  'refresh, no expiry': { id: 10, name: 'refresh', result: {} },
  error: { id: 11, name: 'error', error: replyErrors.internal },
};

const pushes: Record<string, Push> = {
  pub: {
    name: 'pub',
    channel: 'chat:1',
    pub: { data: rawJson({ t: 'hi' }), info: ann, offset: 12, tags: { k: 'v' } },
  },
  'pub, first of a stream': {
    name: 'pub',
    channel: 'a"b',
    pub: { data: readRawJson(' 1e400\n')!, offset: 1, epoch: 'QwErTyUi' },
  },
  join: { name: 'join', channel: 'chat:1', info: ann },
  leave: { name: 'leave', channel: 'chat:1', info: ann },
  unsubscribe: { name: 'unsubscribe', channel: 'chat:1', unsubscribe: unsubscribes.server },
  subscribe: {
    name: 'subscribe',
    channel: 'chat:1',
    subscribe: { recoverable: true, positioned: true, epoch: 'kWqLmZaB', offset: 3, data: rawJson({ greet: 1 }) },
  },
  refresh: { name: 'refresh', refresh: { ttl: 300 } },
};

function golden(file: string): [string, string][] {
  const text = readFileSync(new URL(`./golden/${file}`, import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t') as [string, string]);
}

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
