import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Message } from '../hub/message.ts';
import { createTestMetrics } from '../testing/test-metrics.ts';
import { jsonOverWebSocket } from '../transports/websocket-frames.ts';
import type { Transport } from './transport.ts';
import { Flusher, Writer } from './writer.ts';

function fakeTransport(): Transport & { written: string[]; bufferedBytes: number } {
  const written: string[] = [];
  return {
    name: 'fake',
    isUnidirectional: false,
    sessionId: undefined,
    pingsItself: false,
    headers: undefined,
    format: jsonOverWebSocket,
    bufferedBytes: 0,
    written,
    write: (bytes) => void written.push(bytes.subarray(2).toString()),
    ping: () => false,
    close() {},
    pause() {},
    resume() {},
  };
}

function start(maxQueueBytes = 1000) {
  const transport = fakeTransport();
  const slow: string[] = [];
  const writer = new Writer(
    transport,
    { flusher: new Flusher(createTestMetrics().sent), maxQueueBytes },
    { tooSlow: () => void slow.push('slow') },
  );
  return { transport, writer, slow };
}

const message = (text: string): Message => new Message(Buffer.from(text));
const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('Writer: what is queued in one turn leaves in one write, at its end', async () => {
  const { transport, writer } = start();
  for (const text of ['a', 'b', 'c']) writer.push(message(text));
  assert.deepEqual(transport.written, []);
  await endOfTurn();
  writer.push(message('d'));
  await endOfTurn();
  assert.deepEqual(transport.written, ['a\nb\nc', 'd']);
});

test('Writer: queue and network buffer together decide that a client is too slow, once; then nothing is written', async () => {
  for (const [buffered, last] of [
    [0, 601],
    [600, 1],
  ] as const) {
    const { transport, writer, slow } = start();
    transport.bufferedBytes = buffered;
    writer.push(message('x'.repeat(400)));
    assert.deepEqual(slow, []);
    writer.push(message('x'.repeat(last)));
    writer.push(message('y'));
    await endOfTurn();
    assert.deepEqual([slow, transport.written], [['slow'], []], `${buffered}`);
  }
});

test('Writer.end() writes or drops what is queued and takes nothing more', async () => {
  for (const [flush, expected] of [
    [true, ['a']],
    [false, []],
  ] as const) {
    const { transport, writer } = start();
    writer.push(message('a'));
    writer.end({ flush });
    writer.push(message('b'));
    await endOfTurn();
    assert.deepEqual(transport.written, expected);
  }
});
