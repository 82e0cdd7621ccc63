import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawJson } from '@parley/protocol';
import fc from 'fast-check';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { testMapBroker } from '../contract/map-broker-suite.ts';
import type { MapStorage } from '../map-broker.ts';
import { createMemoryMapBroker, type MemoryMapBrokerOptions } from './map-broker.ts';
import { compareBytes, SortedKeys } from './sorted-keys.ts';

const persistent: MapStorage = { hasStream: true, keyTtlMs: 0, streamSize: 9, streamTtlMs: 60_000, metaTtlMs: 0 };

testMapBroker('memory map', (t, events) => {
  const clock = createFakeClock();
  const broker = createMemoryMapBroker({ clock, random: Math.random, events });
  t.after(() => broker.stop());
  return Promise.resolve({ broker, clock });
});

function start(options: Partial<MemoryMapBrokerOptions>) {
  const clock = createFakeClock();
  const broker = createMemoryMapBroker({ clock, random: Math.random, events: { onPublication() {} }, ...options });
  const set = (channel: string, key: string) => broker.publish(channel, { key, data: rawJson(1) }, { map: persistent });
  return { clock, broker, set };
}

test('createMemoryMapBroker() refuses a key that is one too many, in one map and in all; known keys go on', async () => {
  const { broker, set } = start({ bounds: { maxKeysOfMap: 2, maxKeys: 3 } });
  const full = { ok: false, problem: 'full' };
  assert.equal((await set('a', '1')).ok && (await set('a', '2')).ok, true);
  assert.deepEqual(await set('a', '3'), full);
  assert.equal((await set('a', '2')).ok, true);
  assert.equal((await set('b', '1')).ok, true);
  assert.deepEqual(await set('c', '1'), full);
  await broker.remove('a', '1', { map: persistent });
  assert.equal((await set('c', '1')).ok, true);
  await broker.clear('a', persistent);
  assert.equal((await set('c', '2')).ok, true);
});

test('createMemoryMapBroker() ends the oldest empty map when there would be more maps than keys', async () => {
  const { broker, set } = start({ bounds: { maxKeys: 2 } });
  const epochOf = async (channel: string) =>
    (await broker.readStream(channel, { map: persistent, limit: 0 })).position.epoch;
  await set('full', '1');
  const epochs = [await epochOf('full'), await epochOf('a'), await epochOf('b')];
  await epochOf('c');
  assert.deepEqual([await epochOf('full'), await epochOf('b')], [epochs[0], epochs[2]]);
  assert.notEqual(await epochOf('a'), epochs[1]);
});

test('createMemoryMapBroker() removes keys on time when the time of the machine was set back', async () => {
  const removed: (string | undefined)[] = [];
  const { clock, broker } = start({
    events: {
      onPublication: (_channel, { publication }) => publication.removed === true && removed.push(publication.key),
    },
  });
  await broker.publish('c', { key: 'k' }, { map: { ...persistent, keyTtlMs: 5_000 } });
  clock.setBack(3_600_000);
  clock.tick(8_000);
  assert.deepEqual(removed, ['k']);
});

test('SortedKeys gives pages as a sorted list would, whatever was added and removed', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', '\u{e000}', '\u{1f600}', 'é'), maxLength: 3 });
  const operation = fc.record({ key, isAdded: fc.boolean(), cursor: key, count: fc.nat({ max: 6 }) });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const keys = new SortedKeys(4);
      const model = new Set<string>();
      for (const { key: name, isAdded, cursor, count } of operations) {
        if (!isAdded) keys.delete(name);
        else if (!model.has(name)) keys.add(name);
        if (isAdded) model.add(name);
        else model.delete(name);
        const sorted = [...model].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        const above = sorted.filter((one) => Buffer.compare(Buffer.from(one), Buffer.from(cursor)) > 0);
        assert.deepEqual(keys.after(cursor, count), above.slice(0, count));
      }
    }),
    { numRuns: 300 },
  );
});

test('compareBytes() orders as UTF-8 bytes do', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
      const expected = Buffer.compare(Buffer.from(left), Buffer.from(right));
      assert.equal(Math.sign(compareBytes(left, right)), expected);
    }),
  );
});
