import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type {
  ConnectedContext,
  FilterNode,
  MapSubscription,
  MapSubscriptionOptions,
  MapSyncContext,
  MapUpdateContext,
  SubscribedContext,
  UnsubscribedContext,
} from 'centrifuge';
import { type Collected, collect, next } from './support/events.ts';
import { startSuiteGateway } from './support/suite-gateway.ts';
import { encodings, plainWay, ways, type Way } from './support/ways.ts';

const { url, api } = await startSuiteGateway();

type Options = Partial<MapSubscriptionOptions>;

interface Follower {
  subscription: MapSubscription;
  updates: Collected<MapUpdateContext>;
  syncs: Collected<MapSyncContext>;
  /** The context of the next `subscribed`; begins to subscribe or, if it is, to connect again. */
  subscribed: () => Promise<SubscribedContext>;
  leave: () => void;
}

/** A client of a map, which follows it from the first call of `subscribed`. */
function follow(way: Way, channel: string, options: Options = {}): Follower {
  const client = way.client(url);
  const subscription = client.newMapSubscription(channel, { minResubscribeDelay: 10, ...options });
  subscription.subscribe();
  return {
    subscription,
    updates: collect(subscription, 'update'),
    syncs: collect(subscription, 'sync'),
    subscribed() {
      const context = next<SubscribedContext>(subscription, 'subscribed');
      client.connect();
      return context;
    },
    leave: () => client.disconnect(),
  };
}

async function setKeys(channel: string, ...keys: string[]): Promise<void> {
  for (const key of keys) await api('map_publish', { channel, key, data: { key } });
}

const keysOf = (entries: readonly { key: string }[]): string[] => entries.map(({ key }) => key).sort();

for (const way of ways) {
  test(`${way.name}: an empty map without a stream is live at once`, async () => {
    const { subscribed, syncs } = follow(way, `streamless:${randomUUID()}`);
    assert.equal((await subscribed()).recoverable, false);
    assert.deepEqual((await syncs.first(1))[0]?.entries, []);
  });

  test(`${way.name}: the state comes first, then changes and removals, of clients and of the backend`, async () => {
    const channel = `streamless:${randomUUID()}`;
    await setKeys(channel, 'b', 'a');
    const { subscription, subscribed, syncs, updates } = follow(way, channel);
    await subscribed();
    const [sync] = await syncs.first(1);
    assert.deepEqual(
      sync?.entries.map(({ key, data }) => [key, way.decode(data)]),
      [
        ['a', { key: 'a' }],
        ['b', { key: 'b' }],
      ],
    );
    await setKeys(channel, 'c');
    await subscription.publish('d', way.encode({ from: 'client' }));
    await subscription.remove('a');
    await api('map_remove', { channel, key: 'b' });
    const seen = await updates.first(4);
    assert.deepEqual(
      seen.map(({ key, removed, data }) => [key, removed === true || way.decode(data)]),
      [
        ['c', { key: 'c' }],
        ['d', { from: 'client' }],
        ['a', true],
        ['b', true],
      ],
    );
  });

  test(`${way.name}: all pages of a state arrive`, async () => {
    const channel = `positioned:${randomUUID()}`;
    const keys = Array.from({ length: 250 }, (_value, index) => `k${String(index).padStart(3, '0')}`);
    await Promise.all(keys.map((key) => setKeys(channel, key)));
    const { subscribed, syncs } = follow(way, channel, { pageSize: 100 });
    assert.equal((await subscribed()).recoverable, true);
    assert.deepEqual(keysOf((await syncs.first(1))[0]?.entries ?? []), keys);
  });

  test(`${way.name}: changes that were missed are recovered, without another state`, async () => {
    const channel = `positioned:${randomUUID()}`;
    await setKeys(channel, 'a');
    const { subscribed, syncs, updates, leave } = follow(way, channel);
    await subscribed();
    await syncs.first(1);
    leave();
    await setKeys(channel, 'b', 'c');
    await api('map_remove', { channel, key: 'a' });
    const { wasRecovering, recovered } = await subscribed();
    assert.deepEqual([wasRecovering, recovered], [true, true]);
    await setKeys(channel, 'd');
    assert.deepEqual(
      (await updates.first(4)).map(({ key, removed = false }) => [key, removed]),
      [
        ['b', false],
        ['c', false],
        ['a', true],
        ['d', false],
      ],
    );
    assert.equal(syncs.all.length, 1);
  });
}

for (const way of encodings) {
  test(`${way.name}: a map without a stream gives its state again`, async () => {
    const channel = `streamless:${randomUUID()}`;
    const { subscribed, syncs, leave } = follow(way, channel);
    await subscribed();
    leave();
    await setKeys(channel, 'a');
    await subscribed();
    assert.deepEqual(
      (await syncs.first(2)).map(({ entries }) => keysOf(entries)),
      [[], ['a']],
    );
  });

  test(`${way.name}: a gap longer than the stream brings the whole state`, async () => {
    const channel = `smallstream:${randomUUID()}`;
    await setKeys(channel, 'a');
    const { subscribed, syncs, leave } = follow(way, channel);
    await subscribed();
    await syncs.first(1);
    leave();
    await setKeys(channel, 'b', 'c', 'd', 'e', 'f');
    assert.notEqual((await subscribed()).recovered, true);
    assert.deepEqual(keysOf((await syncs.first(2))[1]?.entries ?? []), ['a', 'b', 'c', 'd', 'e', 'f']);
  });

  test(`${way.name}: a gap longer than the stream ends with 112 for who wants to decide`, async () => {
    const channel = `smallstream:${randomUUID()}`;
    const { subscription, subscribed, syncs, leave } = follow(way, channel, { unrecoverableStrategy: 'fatal' });
    await setKeys(channel, 'a');
    await subscribed();
    await syncs.first(1);
    leave();
    await setKeys(channel, 'b', 'c', 'd', 'e');
    const ended = next<UnsubscribedContext>(subscription, 'unsubscribed');
    void subscribed().catch(() => undefined);
    assert.equal((await ended).code, 112);
  });

  test(`${way.name}: a key lives as long as its namespace says`, async () => {
    const channel = `shortttl:${randomUUID()}`;
    const { subscribed, updates } = follow(way, channel);
    await subscribed();
    await setKeys(channel, 'a');
    const [set, removal] = await updates.first(2, 10_000);
    assert.deepEqual([set?.key, set?.removed, removal?.key, removal?.removed], ['a', undefined, 'a', true]);
  });

  test(`${way.name}: a client's key is its id, whatever it names`, async () => {
    const channel = `clientkey:${randomUUID()}`;
    const client = way.client(url);
    const connected = next<ConnectedContext>(client, 'connected');
    const subscription = client.newMapSubscription(channel);
    const updates = collect<MapUpdateContext>(subscription, 'update');
    client.connect();
    subscription.subscribe();
    await subscription.ready(5_000);
    await subscription.publish('ignored', way.encode({ mine: true }));
    const [update] = await updates.first(1);
    assert.equal(update?.key, (await connected).client);
  });

  test(`${way.name}: who subscribes and leaves is seen in the map of clients, even by the client itself`, async () => {
    const channel = `prestest:${randomUUID()}`;
    const client = way.client(url);
    const connected = next<ConnectedContext>(client, 'connected');
    const presence = client.newMapClientsSubscription(`prescli:${channel}`);
    const updates = collect<MapUpdateContext>(presence, 'update');
    client.connect();
    presence.subscribe();
    await presence.ready(5_000);
    const subscription = client.newMapSubscription(channel);
    subscription.subscribe();
    await subscription.ready(5_000);
    subscription.unsubscribe();
    const { client: id } = await connected;
    assert.deepEqual(
      (await updates.first(2)).map(({ key, removed = false }) => [key, removed]),
      [
        [id, false],
        [id, true],
      ],
    );
    const late = plainWay.client(url);
    const observer = late.newMapClientsSubscription(`prescli:${channel}`);
    const synced = next<MapSyncContext>(observer, 'sync');
    late.connect();
    observer.subscribe();
    assert.deepEqual((await synced).entries, []);
  });

  test(`${way.name}: a filter holds for the state, for changes, and can be exchanged`, async () => {
    const channel = `positioned:${randomUUID()}`;
    const set = (key: string, sport: string): Promise<unknown> =>
      api('map_publish', { channel, key, data: {}, tags: { sport } });
    await set('a', 'tennis');
    await set('b', 'chess');
    const filterFor = (val: string): FilterNode => ({ key: 'sport', cmp: 'eq', val });
    const { subscription, subscribed, syncs, updates } = follow(way, channel, { tagsFilter: filterFor('tennis') });
    await subscribed();
    assert.deepEqual(keysOf((await syncs.first(1))[0]?.entries ?? []), ['a']);
    await set('c', 'chess');
    await set('d', 'tennis');
    assert.deepEqual(keysOf(await updates.first(1)), ['d']);
    subscription.unsubscribe();
    subscription.setTagsFilter(filterFor('chess'));
    subscription.subscribe();
    assert.deepEqual(keysOf((await syncs.first(2))[1]?.entries ?? []), ['b', 'c']);
  });
}
