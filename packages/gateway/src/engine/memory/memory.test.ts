import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawJson } from '@parley/protocol';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { testBroker } from '../contract/broker-suite.ts';
import { testPresenceStore } from '../contract/presence-suite.ts';
import { createMemoryBroker } from './broker.ts';
import { createMemoryPresenceStore } from './presence-store.ts';

const noEvents = { onPublication() {}, onJoin() {}, onLeave() {} };
const history = { size: 3, ttlMs: 10_000, metaTtlMs: 60_000 };

testBroker('memory', (t, events) => {
  const clock = createFakeClock();
  const broker = createMemoryBroker({ clock, random: Math.random, events });
  t.after(() => broker.stop());
  return Promise.resolve({ broker, clock });
});

testPresenceStore('memory', () => Promise.resolve(createMemoryPresenceStore()));

test('createMemoryBroker() ends the oldest stream when there would be too many', async () => {
  const broker = createMemoryBroker({ clock: createFakeClock(), random: Math.random, events: noEvents, maxStreams: 2 });
  const first = await broker.publish('a', { data: rawJson(1) }, { history });
  const second = await broker.publish('b', { data: rawJson(1) }, { history });
  await broker.publish('c', { data: rawJson(1) }, { history });
  const read = (channel: string) => broker.history(channel, { limit: 0, metaTtlMs: 60_000 });
  assert.deepEqual((await read('b')).position, second);
  assert.notEqual((await read('a')).position.epoch, first.epoch);
});

test('createMemoryBroker() forgets the oldest idempotency key when there would be too many', async () => {
  let delivered = 0;
  const broker = createMemoryBroker({
    clock: createFakeClock(),
    random: Math.random,
    events: { ...noEvents, onPublication: () => (delivered += 1) },
    maxIdempotencyKeys: 2,
  });
  for (const idempotencyKey of ['1', '2', '3', '3', '2', '1']) {
    await broker.publish('a', { data: rawJson(1) }, { idempotencyKey });
  }
  assert.equal(delivered, 4);
});
