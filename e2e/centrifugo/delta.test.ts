import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { DeltaStats, MapSyncContext, MapUpdateContext, PublicationContext } from 'centrifuge';
import { collect, next } from './support/events.ts';
import { startSuiteGateway } from './support/suite-gateway.ts';
import { encodings, ways } from './support/ways.ts';

const { url, api } = await startSuiteGateway();

// Long enough that a patch is shorter.
const dataOf = (n: number): object => ({ n, text: 'the quick brown fox jumps over the lazy dog '.repeat(10), last: n });

function assertCounts(stats: DeltaStats, full: number, patches: number): void {
  assert.deepEqual([stats.numFullPayloads, stats.numDeltaPayloads], [full, patches]);
  assert.equal(stats.bytesReceived < stats.bytesDecoded, patches > 0);
}

async function publish(channel: string, ...numbers: number[]): Promise<void> {
  for (const n of numbers) await api('publish', { channel, data: dataOf(n), delta: true });
}

async function publishKey(channel: string, key: string, ...numbers: number[]): Promise<void> {
  for (const n of numbers) await api('map_publish', { channel, key, data: dataOf(n), delta: true });
}

for (const way of ways) {
  const decoded = (publications: readonly PublicationContext[]): unknown[] =>
    publications.map(({ data }) => way.decode(data));

  for (const count of [3, 10]) {
    test(`${way.name}: ${count} publications come as one payload and ${count - 1} patches`, async () => {
      const channel = `delta:${randomUUID()}`;
      const client = way.client(url);
      const subscription = client.newSubscription(channel, { delta: 'fossil' });
      const received = collect<PublicationContext>(subscription, 'publication');
      client.connect();
      subscription.subscribe();
      await subscription.ready(5_000);
      const numbers = Array.from({ length: count }, (_value, index) => index);
      await publish(channel, ...numbers);
      assert.deepEqual(decoded(await received.first(count)), numbers.map(dataOf));
      assertCounts(subscription.deltaStats(), 1, count - 1);
    });
  }

  test(`${way.name}: patches go on where recovery ended`, async () => {
    const channel = `delta:${randomUUID()}`;
    const client = way.client(url);
    const subscription = client.newSubscription(channel, { delta: 'fossil' });
    const received = collect<PublicationContext>(subscription, 'publication');
    client.connect();
    subscription.subscribe();
    await subscription.ready(5_000);
    await publish(channel, 1, 2);
    await received.first(2);
    client.disconnect();
    await publish(channel, 3, 4, 5);
    client.connect();
    await subscription.ready(5_000);
    await publish(channel, 6, 7);
    assert.deepEqual(decoded(await received.first(7)), [1, 2, 3, 4, 5, 6, 7].map(dataOf));
  });

  test(`${way.name}: who did not ask for patches gets payloads beside one who did`, async () => {
    const channel = `delta:${randomUUID()}`;
    const client = way.client(url);
    const subscription = client.newSubscription(channel);
    const received = collect<PublicationContext>(subscription, 'publication');
    client.connect();
    subscription.subscribe();
    await subscription.ready(5_000);
    await publish(channel, 1, 2, 3);
    assert.deepEqual(decoded(await received.first(3)), [1, 2, 3].map(dataOf));
    assert.equal(subscription.deltaStats().numDeltaPayloads, 0);
  });
}

for (const way of encodings) {
  const decoded = (updates: readonly MapUpdateContext[]): unknown[] =>
    updates.map(({ key, data }) => [key, way.decode(data)]);

  test(`${way.name}: each key of a map has its own chain of patches`, async () => {
    const channel = `mapdelta:${randomUUID()}`;
    const client = way.client(url);
    const subscription = client.newMapSubscription(channel, { delta: 'fossil' });
    const updates = collect<MapUpdateContext>(subscription, 'update');
    client.connect();
    subscription.subscribe();
    await subscription.ready(5_000);
    await publishKey(channel, 'a', 1);
    await publishKey(channel, 'b', 2);
    await publishKey(channel, 'a', 3);
    await publishKey(channel, 'b', 4);
    assert.deepEqual(decoded(await updates.first(4)), [
      ['a', dataOf(1)],
      ['b', dataOf(2)],
      ['a', dataOf(3)],
      ['b', dataOf(4)],
    ]);
    assertCounts(subscription.deltaStats(), 2, 2);
  });

  test(`${way.name}: patches of a map go on from the state that was read`, async () => {
    const channel = `mapdelta:${randomUUID()}`;
    await publishKey(channel, 'a', 1);
    await publishKey(channel, 'b', 2);
    const client = way.client(url);
    const subscription = client.newMapSubscription(channel, { delta: 'fossil' });
    const updates = collect<MapUpdateContext>(subscription, 'update');
    const synced = next<MapSyncContext>(subscription, 'sync');
    client.connect();
    subscription.subscribe();
    assert.deepEqual(decoded((await synced).entries), [
      ['a', dataOf(1)],
      ['b', dataOf(2)],
    ]);
    await publishKey(channel, 'a', 3);
    await publishKey(channel, 'b', 4);
    assert.deepEqual(decoded(await updates.first(2)), [
      ['a', dataOf(3)],
      ['b', dataOf(4)],
    ]);
    assertCounts(subscription.deltaStats(), 2, 2);
  });

  test(`${way.name}: a removal among patches harms nothing that follows`, async () => {
    const channel = `mapdelta:${randomUUID()}`;
    const client = way.client(url);
    const subscription = client.newMapSubscription(channel, { delta: 'fossil' });
    const updates = collect<MapUpdateContext>(subscription, 'update');
    client.connect();
    subscription.subscribe();
    await subscription.ready(5_000);
    await publishKey(channel, 'a', 1);
    await api('map_remove', { channel, key: 'a' });
    await publishKey(channel, 'a', 2);
    const [first, removal, last] = await updates.first(3);
    assert.equal(removal?.removed, true);
    assert.deepEqual(
      [first, last].map((update) => way.decode(update?.data)),
      [dataOf(1), dataOf(2)],
    );
  });
}
