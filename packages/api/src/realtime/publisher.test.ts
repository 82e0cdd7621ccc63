// Proves the calls that deliveries become.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerApi } from '@parley/protocol';
import { createPublisher } from './publisher.ts';
import type { Delivery } from './realtime.ts';

function answering(reply: unknown): { serverApi: ServerApi; calls: unknown[] } {
  const calls: unknown[] = [];
  const call = (method: string, params: unknown): Promise<unknown> => {
    calls.push([method, params]);
    return Promise.resolve(reply);
  };
  return { serverApi: { call } as unknown as ServerApi, calls };
}

void test('Publisher.deliver() makes one call for each kind of delivery', async () => {
  const cases: [Delivery, unknown][] = [
    [
      { kind: 'publish', channel: 'c', data: { a: 1 }, key: 'k' },
      ['publish', { channel: 'c', data: { a: 1 }, idempotency_key: 'k' }],
    ],
    [{ kind: 'ephemeral', channel: 'c', data: 1 }, ['publish', { channel: 'c', data: 1, skip_history: true }]],
    [{ kind: 'unsubscribe', userId: 'u', channel: 'c' }, ['unsubscribe', { user: 'u', channel: 'c' }]],
  ];
  for (const [delivery, expected] of cases) {
    const { serverApi, calls } = answering({ result: {} });
    assert.deepEqual(await createPublisher(serverApi).deliver(delivery), { ok: true, lost: 0 });
    assert.deepEqual(calls, [expected]);
  }
  const error = { code: 102, message: 'unknown channel' };
  for (const [delivery] of cases)
    assert.deepEqual(await createPublisher(answering({ error }).serverApi).deliver(delivery), { ok: false, error });
});

void test('Publisher.deliver() counts the channels of a broadcast that refused', async () => {
  const responses = [{ result: {} }, { error: { code: 102, message: 'unknown channel' } }];
  const { serverApi, calls } = answering({ result: { responses } });
  const delivery: Delivery = { kind: 'broadcast', channels: ['a', 'b'], data: {}, key: 'k' };
  assert.deepEqual(await createPublisher(serverApi).deliver(delivery), { ok: true, lost: 1 });
  assert.deepEqual(calls, [['broadcast', { channels: ['a', 'b'], data: {}, idempotency_key: 'k' }]]);
});

void test('Publisher.position() tells the position, null without history, and throws for any other refusal', async () => {
  const position = (reply: unknown) => createPublisher(answering(reply).serverApi).position('c');
  assert.deepEqual(await position({ result: { publications: [], offset: 4, epoch: 'e' } }), { offset: 4, epoch: 'e' });
  assert.equal(await position({ error: { code: 108, message: 'not available' } }), null);
  await assert.rejects(position({ error: { code: 100, message: 'internal server error' } }), /stream position/);
});
