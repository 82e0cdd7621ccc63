import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Json } from '@parley/protocol';
import type { Centrifuge, MapEntry, MapSubscription, MapSubscriptionOptions, MapUpdateContext } from 'centrifuge';
import type { GatewayConfigInput } from './config.ts';
import { startGateway } from './testing/gateway-under-test.ts';
import { once, until } from './testing/once.ts';

// The official client as it is: what applications see of maps.

type Namespace = NonNullable<NonNullable<GatewayConfigInput['channel']>['namespaces']>[number];

const map = {
  subscription_type: 'map',
  allow_tags_filter: true,
  allowed_delta_types: ['fossil'],
  delta_publish: true,
} as const;
const namespaces: Namespace[] = [
  { name: 'eph', ...map, map: { mode: 'ephemeral', key_ttl: '60s', min_page_size: 1 } },
  { name: 'rec', ...map, map: { mode: 'recoverable', key_ttl: '60s', min_page_size: 1 } },
  { name: 'small', ...map, map: { mode: 'persistent', stream_size: 2 } },
  { name: 'brief', ...map, map: { mode: 'recoverable', key_ttl: '1s' } },
  { name: 'own', ...map, map: { mode: 'persistent', client_key: 'client_id' } },
  { name: 'who', subscription_type: 'map_clients', map: { mode: 'ephemeral', key_ttl: '60s' } },
  { name: 'chat', map_clients_presence_channel_prefix: 'who:' },
];

/** Everything that a subscription told its application. */
interface Seen {
  subscription: MapSubscription;
  /** Values by key, as the events make them. */
  values: Map<string, unknown>;
  syncs: MapEntry[][];
  updates: MapUpdateContext[];
}

function observe(subscription: MapSubscription): Seen {
  const seen: Seen = { subscription, values: new Map(), syncs: [], updates: [] };
  subscription.on('sync', ({ entries }) => {
    seen.syncs.push(entries);
    seen.values.clear();
    for (const { key, data } of entries) seen.values.set(key, data);
  });
  subscription.on('update', (update) => {
    seen.updates.push(update);
    if (update.removed === true) seen.values.delete(update.key);
    else seen.values.set(update.key, update.data);
  });
  return seen;
}

async function start(t: TestContext) {
  const under = await startGateway(t, {
    client: { insecure: true, allow_anonymous_connect_without_token: true },
    channel: { namespaces },
  });
  const set = async (channel: string, key: string, data: Json, more: object = {}) => {
    const { error } = await under.gateway.serverApi.call('map_publish', { channel, key, data, ...more });
    assert.equal(error, undefined);
  };
  const remove = async (channel: string, key: string) => {
    const { error } = await under.gateway.serverApi.call('map_remove', { channel, key });
    assert.equal(error, undefined);
  };
  const connect = async (): Promise<Centrifuge> => {
    const client = under.client();
    const connected = once('connected', (done) => client.on('connected', done));
    client.connect();
    await connected;
    return client;
  };
  const subscribe = async (
    client: Centrifuge,
    channel: string,
    options: MapSubscriptionOptions = {},
  ): Promise<Seen> => {
    const quick = { minResubscribeDelay: 5, maxResubscribeDelay: 20 };
    const seen = observe(client.newMapSubscription(channel, { ...quick, ...options }));
    await subscribed(seen.subscription);
    return seen;
  };
  return { set, remove, connect, subscribe };
}

async function subscribed(subscription: MapSubscription) {
  const done = once('subscribed', (resolve) => subscription.once('subscribed', resolve));
  subscription.subscribe();
  return done;
}

const big = (n: number) => ({ n, text: 'what does not change '.repeat(10) });

for (const namespace of ['eph', 'rec']) {
  test(`${namespace}: the state in pages, then updates and removals of servers and clients`, async (t) => {
    const { set, remove, connect, subscribe } = await start(t);
    const channel = `${namespace}:1`;
    for (let n = 0; n < 25; n += 1) await set(channel, `k${n}`, n);
    const client = await connect();
    const seen = await subscribe(client, channel, { pageSize: 4 });
    assert.equal(seen.syncs[0]?.length, 25);
    await set(channel, 'k3', 'changed');
    await remove(channel, 'k4');
    await seen.subscription.publish('mine', { a: 1 });
    await seen.subscription.remove('k5');
    await until('all came', () => seen.updates.length === 4);
    const { values } = seen;
    assert.deepEqual(
      [values.get('k3'), values.get('mine'), values.has('k4'), values.has('k5'), values.size],
      ['changed', { a: 1 }, false, false, 24],
    );
  });
}

test('a map with a stream recovers what was missed without a new state; one without starts again', async (t) => {
  const { set, remove, connect, subscribe } = await start(t);
  const client = await connect();
  const seen = await Promise.all(['rec:1', 'eph:1'].map((channel) => subscribe(client, channel)));
  const [recoverable, ephemeral] = seen;
  assert.ok(recoverable !== undefined && ephemeral !== undefined);
  for (const channel of ['rec:1', 'eph:1']) await set(channel, 'a', 1);
  await until('both came', () => seen.every(({ updates }) => updates.length === 1));
  client.disconnect();
  for (const channel of ['rec:1', 'eph:1']) {
    await set(channel, 'b', 2);
    await remove(channel, 'a');
  }
  const recovered = once<{ recovered: boolean; wasRecovering: boolean }>('subscribed', (done) =>
    recoverable.subscription.once('subscribed', done),
  );
  client.connect();
  const { recovered: isRecovered, wasRecovering } = await recovered;
  assert.deepEqual([isRecovered, wasRecovering], [true, true]);
  await until('both are back', () => recoverable.updates.length === 3 && ephemeral.syncs.length === 2);
  assert.equal(recoverable.syncs.length, 1);
  for (const { values } of seen) assert.deepEqual([...values], [['b', 2]]);
});

test('a stream that is too short starts again from the state, or ends the subscription with 112, as the application wants', async (t) => {
  const { set, connect, subscribe } = await start(t);
  const client = await connect();
  const again = await subscribe(client, 'small:1');
  const fatal = await subscribe(client, 'small:2', { unrecoverableStrategy: 'fatal' });
  for (const { subscription } of [again, fatal]) subscription.unsubscribe();
  for (const key of 'abcdef') for (const channel of ['small:1', 'small:2']) await set(channel, key, 1);
  const context = await subscribed(again.subscription);
  assert.equal((context as { recovered: boolean }).recovered, false);
  assert.equal(again.syncs.at(-1)?.length, 6);
  const ended = once<{ code: number }>('unsubscribed', (done) => fatal.subscription.once('unsubscribed', done));
  fatal.subscription.subscribe();
  assert.equal((await ended).code, 112);
});

test('with delta compression values are what was published; removals and data-less keys do no harm', async (t) => {
  const { set, remove, connect, subscribe } = await start(t);
  await set('rec:1', 'seeded', big(0));
  const client = await connect();
  const seen = await subscribe(client, 'rec:1', { delta: 'fossil' });
  assert.deepEqual(seen.values.get('seeded'), big(0));
  for (const n of [1, 2, 3]) {
    await set('rec:1', 'seeded', big(n));
    await set('rec:1', 'other', big(n * 10));
  }
  await remove('rec:1', 'other');
  await set('rec:1', 'other', big(4));
  await until('all came', () => seen.updates.length === 8);
  assert.deepEqual([seen.values.get('seeded'), seen.values.get('other')], [big(3), big(4)]);
  client.disconnect();
  await set('rec:1', 'seeded', big(5));
  await set('rec:1', 'seeded', big(6));
  await remove('rec:1', 'other');
  client.connect();
  await until('it recovered', () => seen.updates.length === 11);
  await set('rec:1', 'seeded', big(7));
  await until('it goes on', () => seen.updates.length === 12);
  assert.deepEqual([...seen.values], [['seeded', big(7)]]);
});

test('a key that expires is removed from the client', async (t) => {
  const { set, connect, subscribe } = await start(t);
  const client = await connect();
  const seen = await subscribe(client, 'brief:1');
  await set('brief:1', 'a', 1);
  await until('it came and went', () => seen.updates.length === 2);
  assert.deepEqual(
    seen.updates.map(({ key, removed = false }) => [key, removed]),
    [
      ['a', false],
      ['a', true],
    ],
  );
});

test('client_key: whatever key a client names, it is its own', async (t) => {
  const { connect, subscribe } = await start(t);
  const client = await connect();
  const seen = await subscribe(client, 'own:1');
  await seen.subscription.publish('pretended', 1);
  await until('it came', () => seen.updates.length === 1);
  assert.equal(seen.updates[0]?.key, seen.updates[0]?.info?.client);
});

test('the presence map shows the subscriber to the one who caused it, and lets it go', async (t) => {
  const { connect } = await start(t);
  const client = await connect();
  const seen = observe(client.newMapClientsSubscription('who:chat:1'));
  await subscribed(seen.subscription);
  const chat = client.newSubscription('chat:1');
  chat.subscribe();
  await until('it is shown', () => seen.updates.length === 1);
  assert.equal(seen.updates[0]?.info?.client, seen.updates[0]?.key);
  chat.unsubscribe();
  await until('it is gone', () => seen.updates.length === 2);
  assert.deepEqual([...seen.values], []);
});

test('the tags filter can be changed: the state comes again as the new one wants it', async (t) => {
  const { set, connect, subscribe } = await start(t);
  for (const [key, color] of [
    ['a', 'red'],
    ['b', 'blue'],
  ] as const) {
    await set('rec:1', key, color, { tags: { color } });
  }
  const client = await connect();
  const wants = (val: string) =>
    ({ key: 'color', cmp: 'eq', val }) as NonNullable<MapSubscriptionOptions['tagsFilter']>;
  const seen = await subscribe(client, 'rec:1', { tagsFilter: wants('red') });
  assert.deepEqual([...seen.values], [['a', 'red']]);
  seen.subscription.unsubscribe();
  seen.subscription.setTagsFilter(wants('blue'));
  await subscribed(seen.subscription);
  assert.deepEqual([seen.syncs.length, [...seen.values]], [2, [['b', 'blue']]]);
});
