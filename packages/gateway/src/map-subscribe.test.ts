import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type Json, type ServerApiMethod, type ServerApiMethods } from '@parley/protocol';
import { applyDelta } from 'fossil-delta';
import type { GatewayConfigInput } from './config.ts';
import { createFakeClock } from './testing/fake-clock.ts';
import { startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { once, until } from './testing/once.ts';
import { openRaw } from './testing/raw-client.ts';

type Namespace = NonNullable<NonNullable<GatewayConfigInput['channel']>['namespaces']>[number];
type Fields = Record<string, unknown>;

const ephemeral = { mode: 'ephemeral', key_ttl: '60s', min_page_size: 1 } as const;
const recoverable = { mode: 'recoverable', key_ttl: '60s', stream_size: 5, min_page_size: 1 } as const;
const map = { subscription_type: 'map', allow_subscribe_for_client: true } as const;

const namespaces: Namespace[] = [
  { name: 'eph', ...map, map: ephemeral },
  {
    name: 'rec',
    ...map,
    map: recoverable,
    allowed_delta_types: ['fossil'],
    delta_publish: true,
    allow_tags_filter: true,
  },
  { name: 'closed', ...map, allow_subscribe_for_client: false, map: recoverable },
  { name: 'who', ...map, subscription_type: 'map_clients', map: ephemeral },
  { name: 'users', ...map, subscription_type: 'map_users', map: ephemeral },
  {
    name: 'chat',
    allow_subscribe_for_client: true,
    map_clients_presence_channel_prefix: 'who:',
    map_users_presence_channel_prefix: 'users:',
  },
  { name: 'own', ...map, map: { ...recoverable, allow_publish_for_client: true, remove_client_on_unsubscribe: true } },
];

interface Config {
  client?: GatewayConfigInput['client'];
  only?: Namespace;
}

/** A connected client, and the calls of a backend. */
async function start(t: TestContext, { client: clientConfig = {}, only }: Config = {}) {
  const clock = createFakeClock();
  const config = {
    client: { ping_interval: '0s', ...clientConfig },
    channel: { namespaces: only === undefined ? namespaces : [only] },
  };
  const under = await startGateway(t, config, { clock });
  const call = async <M extends ServerApiMethod>(method: M, params: ServerApiMethods[M]['params']) => {
    const reply = await under.gateway.serverApi.call(method, params);
    assert.equal(reply.error, undefined, method);
    return reply.result;
  };
  const set = (channel: string, key: string, data: Json, tags?: Record<string, string>) =>
    call('map_publish', { channel, key, data, ...(tags === undefined ? {} : { tags }) });
  const connect = async (user = 'ann') => {
    const client = await openRaw(t, under.url);
    let id = 0;
    const send = async (name: string, request: object): Promise<Fields> => {
      id += 1;
      client.send({ id, [name]: request });
      return client.reply(id);
    };
    const connected = (await send('connect', { token: tokenOf({ user }) }))['connect'] as { client: string };
    const ask = async (name: string, request: object): Promise<Fields> => {
      const reply = await send(name, request);
      return (reply[name] ?? (reply['error'] as Fields)) as Fields;
    };
    const subscribe = (channel: string, request: object = {}) =>
      ask('subscribe', { channel, type: 1, phase: 2, ...request });
    const codeOf = async (channel: string, request: object = {}) => (await subscribe(channel, request))['code'];
    const pushed = (kind: string) =>
      client.replies.flatMap(({ push }) => {
        const found = (push as Fields | undefined)?.[kind];
        return found === undefined ? [] : [found as Fields];
      });
    return { ...client, ask, subscribe, codeOf, pushed, clientId: connected.client };
  };
  return { ...under, clock, call, set, connect };
}

const fill = async (
  set: (channel: string, key: string, data: Json) => Promise<unknown>,
  channel: string,
  keys: string,
) => {
  for (const key of keys) await set(channel, key, { key });
};

test('a map with a stream gives its state in pages of one instant, then what changed meanwhile, then what comes', async (t) => {
  const { set, call, connect } = await start(t);
  await fill(set, 'rec:1', 'abcde');
  const { subscribe, pushed } = await connect();
  const first = await subscribe('rec:1', { limit: 2 });
  const { epoch } = first;
  assert.match(String(epoch), /^.+$/);
  const entry = (key: string, offset: number) => ({ key, data: { key }, offset });
  assert.deepEqual(first, { type: 1, phase: 2, cursor: 'b', epoch, offset: 5, state: [entry('a', 1), entry('b', 2)] });
  await set('rec:1', 'a', 1);
  await set('rec:1', 'e', 2);
  await call('map_remove', { channel: 'rec:1', key: 'c' });
  const position = { epoch, offset: 5 };
  const second = await subscribe('rec:1', { limit: 3, cursor: 'b', ...position });
  assert.deepEqual(second, {
    type: 1,
    recoverable: true,
    epoch,
    offset: 8,
    state: [entry('d', 4)],
    publications: [
      { key: 'a', data: 1, offset: 6 },
      { key: 'e', data: 2, offset: 7 },
      { key: 'c', removed: true, offset: 8 },
    ],
  });
  await set('rec:1', 'f', 3);
  await until('the change came', () => pushed('pub').length === 1);
  assert.deepEqual(pushed('pub'), [{ key: 'f', data: 3, offset: 9 }]);
});

test('a stream that is far ahead of the state is read in pages before going live', async (t) => {
  const { set, connect } = await start(t);
  await fill(set, 'rec:1', 'ab');
  const { subscribe } = await connect();
  const { epoch } = await subscribe('rec:1', { limit: 1 });
  for (const value of [3, 4, 5, 6]) await set('rec:1', 'a', value);
  const last = await subscribe('rec:1', { limit: 1, cursor: 'a', epoch, offset: 2 });
  assert.deepEqual(last, { type: 1, phase: 2, epoch, offset: 2, state: [{ key: 'b', data: { key: 'b' }, offset: 2 }] });
  const page = (offset: number) => subscribe('rec:1', { phase: 1, limit: 2, epoch, offset });
  assert.deepEqual(await page(2), {
    type: 1,
    phase: 1,
    epoch,
    offset: 4,
    publications: [
      { key: 'a', data: 3, offset: 3 },
      { key: 'a', data: 4, offset: 4 },
    ],
  });
  await set('rec:1', 'a', 7);
  assert.deepEqual(await page(4), {
    type: 1,
    recoverable: true,
    epoch,
    offset: 7,
    publications: [5, 6, 7].map((value) => ({ key: 'a', data: value, offset: value })),
  });
});

test('a map without a stream is live with its last page, and has what changed between the pages', async (t) => {
  const { set, call, connect } = await start(t);
  const { subscribe, pushed } = await connect();
  const empty = await subscribe('eph:0');
  assert.deepEqual(empty, { type: 1, epoch: empty['epoch'] });
  await fill(set, 'eph:1', 'abc');
  const first = await subscribe('eph:1', { limit: 2 });
  const { epoch } = first;
  assert.deepEqual([first['phase'], first['cursor'], first['offset']], [2, 'b', undefined]);
  await set('eph:1', 'a', 1);
  await call('map_remove', { channel: 'eph:1', key: 'b' });
  const second = await subscribe('eph:1', { limit: 2, cursor: 'b', epoch });
  assert.deepEqual(second, {
    type: 1,
    epoch,
    state: [{ key: 'c', data: { key: 'c' } }],
    publications: [
      { key: 'a', data: 1 },
      { key: 'b', removed: true },
    ],
  });
  await set('eph:1', 'd', 2);
  await until('the change came', () => pushed('pub').length === 1);
  assert.deepEqual(pushed('pub'), [{ key: 'd', data: 2 }]);
});

test('recovery gives what was missed, and error 112 where not everything is there any more', async (t) => {
  const { set, call, connect } = await start(t);
  await fill(set, 'rec:1', 'ab');
  const { subscribe, ask, codeOf } = await connect();
  const { epoch } = await subscribe('rec:1');
  await ask('unsubscribe', { channel: 'rec:1' });
  await set('rec:1', 'a', 3);
  const back = await subscribe('rec:1', { phase: 1, recover: true, epoch, offset: 2 });
  const publications = [{ key: 'a', data: 3, offset: 3 }];
  assert.deepEqual(back, {
    type: 1,
    recoverable: true,
    was_recovering: true,
    recovered: true,
    epoch,
    offset: 3,
    publications,
  });
  await ask('unsubscribe', { channel: 'rec:1' });
  const direct = await subscribe('rec:1', { phase: 0, recover: true, epoch, offset: 2 });
  assert.deepEqual([direct['recovered'], direct['publications']], [true, publications]);
  await ask('unsubscribe', { channel: 'rec:1' });
  for (const value of [4, 5, 6, 7, 8]) await set('rec:1', 'a', value);
  for (const [name, request] of [
    ['trimmed', { epoch, offset: 2 }],
    ['trimmed, at its beginning', { epoch, offset: 0 }],
    ['another epoch', { epoch: 'other', offset: 8 }],
    ['no epoch', { offset: 8 }],
    ['ahead', { epoch, offset: 9 }],
  ] as const) {
    assert.equal(await codeOf('rec:1', { phase: 1, recover: true, ...request }), 112, name);
    assert.equal(await codeOf('rec:1', { phase: 0, recover: true, ...request }), 112, name);
  }
  await call('map_clear', { channel: 'rec:1' });
  assert.equal(await codeOf('rec:1', { phase: 1, recover: true, epoch, offset: 8 }), 112);
});

test('steps out of order are refused by their codes, and an error forgets the progress', async (t) => {
  const { set, connect } = await start(t);
  await fill(set, 'rec:1', 'abc');
  const { subscribe, codeOf } = await connect();
  for (const [channel, request, code] of [
    ['rec:1', { cursor: 'a' }, 112],
    ['rec:1', { phase: 1 }, 112],
    ['rec:1', { phase: 3 }, 107],
    ['rec:1', { phase: -1 }, 107],
    ['eph:1', { phase: 1, recover: true }, 107],
    ['rec:1', { type: 0 }, 103],
    ['rec:1', { type: 2 }, 103],
    ['rec:1', { type: 4 }, 108],
    ['chat:1', {}, 103],
    ['closed:1', {}, 103],
    ['nope:1', {}, 102],
    ['eph:1', { tf: { key: 'a', cmp: 'eq', val: '1' } }, 107],
  ] as const) {
    assert.equal(await codeOf(channel, request), code, JSON.stringify([channel, request]));
  }
  const { epoch } = await subscribe('rec:1', { limit: 1 });
  assert.equal(await codeOf('rec:1', { limit: 1 }), 105);
  assert.equal(await codeOf('rec:1', { limit: 1, cursor: 'a', type: 2 }), 103);
  assert.equal(await codeOf('rec:1', { phase: 5 }), 107);
  assert.equal(await codeOf('rec:1', { limit: 1, cursor: 'a', epoch: 'other' }), 112);
  assert.equal(await codeOf('rec:1', { limit: 1, cursor: 'a', epoch }), 112);
  const live = await subscribe('rec:1', { limit: 9 });
  assert.equal(live['phase'], undefined);
  assert.equal(await codeOf('rec:1', { limit: 9 }), 105);
  assert.equal(await codeOf('rec:1', { cursor: 'a' }), 105);
});

test('a map that is cleared in the middle of its pages is error 112', async (t) => {
  const { set, call, connect } = await start(t);
  for (const channel of ['rec:1', 'eph:1']) {
    await fill(set, channel, 'abc');
    const { subscribe, codeOf } = await connect();
    const { epoch } = await subscribe(channel, { limit: 1 });
    await call('map_clear', { channel });
    await fill(set, channel, 'ab');
    assert.equal(await codeOf(channel, { cursor: 'a', epoch }), 112, channel);
  }
});

test('a live client of a map that is cleared is told at once, with and without a stream', async (t) => {
  const { set, call, connect } = await start(t);
  for (const channel of ['rec:1', 'eph:1']) {
    const { subscribe, pushed } = await connect();
    await set(channel, 'a', 1);
    await subscribe(channel);
    await call('map_clear', { channel });
    await until('the unsubscribe', () => pushed('unsubscribe').length === 1);
    assert.deepEqual(pushed('unsubscribe'), [{ code: 2500, reason: 'insufficient state' }]);
    assert.deepEqual((await subscribe(channel))['state'], undefined);
  }
});

test('page sizes are raised and cut to what the channel allows', async (t) => {
  const only = {
    name: 'ns',
    ...map,
    map: { ...recoverable, min_page_size: 2, default_page_size: 3, max_page_size: 4 },
  };
  const { set, connect } = await start(t, { only });
  await fill(set, 'ns:1', 'abcdef');
  for (const [limit, size] of [
    [0, 3],
    [-5, 3],
    [1, 2],
    [4, 4],
    [100, 4],
  ] as const) {
    const { subscribe } = await connect();
    assert.equal(((await subscribe('ns:1', { limit }))['state'] as unknown[]).length, size, String(limit));
  }
});

test('clients that read pages count for the channel limit, until they take too long', async (t) => {
  const { set, connect, clock } = await start(t, { client: { channel_limit: 1 } });
  await fill(set, 'rec:1', 'abc');
  await fill(set, 'rec:2', 'abc');
  const { subscribe, codeOf, socket } = await connect();
  const { epoch } = await subscribe('rec:1', { limit: 1 });
  assert.equal(await codeOf('rec:2', { limit: 1 }), 106);
  clock.tick(5_001);
  assert.equal((await subscribe('rec:2', { limit: 1 }))['cursor'], 'a');
  assert.equal(await codeOf('rec:1', { limit: 1, cursor: 'a', epoch }), 106);
  clock.tick(5_001);
  socket.send(JSON.stringify({ id: 99, subscribe: { channel: 'rec:2', type: 1, phase: 2, limit: 1, cursor: 'a' } }));
  const code = await once<number>('the end', (done) => socket.on('close', done));
  assert.equal(code, 3008);
});

test('an unsubscribe in the middle of the pages gives the channel back', async (t) => {
  const { set, call, connect, gateway } = await start(t);
  await fill(set, 'eph:1', 'abc');
  const { subscribe, ask, codeOf, pushed } = await connect();
  await subscribe('eph:1', { limit: 1 });
  assert.equal(gateway.stats().subscriptions, 1);
  await ask('unsubscribe', { channel: 'eph:1' });
  assert.equal(gateway.stats().subscriptions, 0);
  assert.equal(await codeOf('eph:1', { limit: 1, cursor: 'a' }), 112);
  await subscribe('eph:1', { limit: 1 });
  await call('unsubscribe', { user: 'ann', channel: 'eph:1' });
  assert.equal(gateway.stats().subscriptions, 0);
  await until('it is told', () => pushed('unsubscribe').length === 1);
  assert.equal(pushed('unsubscribe')[0]?.['code'], 2000);
  assert.deepEqual(pushed('pub'), []);
});

test('the tags filter applies to state, stream pages, recovery and what comes', async (t) => {
  const { set, call, connect } = await start(t);
  const tags = (wanted: boolean) => ({ wanted: String(wanted) });
  const tf = { key: 'wanted', cmp: 'eq', val: 'true' };
  await set('rec:1', 'a', 1, tags(true));
  await set('rec:1', 'b', 2, tags(false));
  const { subscribe, ask, pushed } = await connect();
  const live = await subscribe('rec:1', { tf, delta: 'fossil' });
  const keysOf = (publications: unknown) => (publications as Fields[]).map(({ key }) => key);
  assert.deepEqual([keysOf(live['state']), live['offset'], live['delta']], [['a'], 2, undefined]);
  await set('rec:1', 'c', 3, tags(false));
  await set('rec:1', 'd', 4, tags(true));
  await call('map_remove', { channel: 'rec:1', key: 'a' });
  await until('two came', () => pushed('pub').length === 2);
  assert.deepEqual(
    pushed('pub').map(({ key, removed, offset }) => [key, removed, offset]),
    [
      ['d', undefined, 4],
      ['a', true, 5],
    ],
  );
  await ask('unsubscribe', { channel: 'rec:1' });
  const back = await subscribe('rec:1', { tf, phase: 1, recover: true, limit: 1, epoch: live['epoch'], offset: 2 });
  assert.deepEqual([back['phase'], back['publications'], back['offset']], [1, undefined, 3]);
  const last = await subscribe('rec:1', { tf, phase: 1, recover: true, limit: 2, epoch: live['epoch'], offset: 3 });
  assert.deepEqual([keysOf(last['publications']), last['offset']], [['d', 'a'], 5]);
});

const words = (n: number) => ({ n, text: 'what does not change '.repeat(10) });

test('delta compression has a chain for each key; state and first publications are whole, removals are "null"', async (t) => {
  const { set, call, connect } = await start(t);
  await set('rec:1', 'a', words(1));
  const { subscribe, ask, pushed } = await connect();
  const live = await subscribe('rec:1', { delta: 'fossil' });
  assert.equal(live['delta'], true);
  assert.deepEqual(live['state'], [{ key: 'a', data: JSON.stringify(words(1)), offset: 1 }]);
  await set('rec:1', 'b', words(2));
  await set('rec:1', 'a', words(3));
  await set('rec:1', 'b', words(4));
  await call('map_remove', { channel: 'rec:1', key: 'a' });
  await set('rec:1', 'a', words(6));
  await until('all came', () => pushed('pub').length === 5);
  assert.deepEqual(
    pushed('pub').map(({ key, delta, removed }) => [key, delta, removed]),
    [
      ['b', undefined, undefined],
      ['a', true, undefined],
      ['b', true, undefined],
      ['a', undefined, true],
      ['a', undefined, undefined],
    ],
  );
  assert.equal(pushed('pub')[3]?.['data'], 'null');
  const patch = pushed('pub')[1]?.['data'] as string;
  const decoded = applyDelta(Buffer.from(JSON.stringify(words(1))), Buffer.from(patch));
  assert.deepEqual(JSON.parse(Buffer.from(decoded).toString()), words(3));
  await ask('unsubscribe', { channel: 'rec:1' });
  const position = { epoch: live['epoch'], offset: 2 };
  const back = await subscribe('rec:1', { delta: 'fossil', phase: 1, recover: true, ...position });
  assert.deepEqual(
    (back['publications'] as Fields[]).map(({ key, delta, removed }) => [key, delta, removed]),
    [
      ['a', undefined, undefined],
      ['b', undefined, undefined],
      ['a', undefined, true],
      ['a', undefined, undefined],
    ],
  );
});

test('the last reply tells expiry, data and the debounce of the channel; the token opens the map', async (t) => {
  const only = {
    name: 'ns',
    subscription_type: 'map',
    client_publish_debounce_interval: '50ms',
    map: recoverable,
  } as const;
  const { connect, clock } = await start(t, { only });
  const { subscribe, ask, codeOf, pushed } = await connect();
  const second = Math.floor(clock.now() / 1000);
  const tokenWith = (more: object) => tokenOf({ channel: 'ns:1', user: 'ann', data: { d: 1 }, ...more });
  assert.equal(await codeOf('ns:1', { token: tokenWith({ problem: 'expired' }) }), 109);
  assert.equal(await codeOf('ns:1', { token: tokenWith({ expireAt: second - 1 }) }), 110);
  const live = await subscribe('ns:1', { token: tokenWith({ expireAt: second + 60 }) });
  const { epoch } = live;
  assert.deepEqual(live, {
    type: 1,
    expires: true,
    ttl: 60,
    data: { d: 1 },
    recoverable: true,
    epoch,
    publish_debounce: 50,
  });
  const renewed = await ask('sub_refresh', { channel: 'ns:1', token: tokenWith({ expireAt: second + 90 }) });
  assert.deepEqual(renewed, { expires: true, ttl: 90 });
  clock.tick(90_000 + 25_000 + 27_000);
  await until('it expired', () => pushed('unsubscribe').length === 1);
  assert.equal(pushed('unsubscribe')[0]?.['code'], 2501);
});

test('the position check finds out that the map is another one', async (t) => {
  const { set, connect, clock, gateway } = await start(t, { client: { channel_position_check_delay: '20m' } });
  await set('rec:1', 'a', 1);
  const { subscribe, pushed } = await connect();
  await subscribe('rec:1');
  // The key expires, and as nobody asks for it, so does the map.
  clock.tick(1_300_000);
  await until('the loss is told', () => pushed('unsubscribe').length === 1);
  assert.equal(pushed('unsubscribe')[0]?.['code'], 2500);
  assert.equal(gateway.stats().positionsLost, 1);
});

test('presence maps show who is subscribed, for as long as they are', async (t) => {
  const { call, connect, clock } = await start(t);
  const observer = await connect('olga');
  for (const [channel, type] of [
    ['who:chat:1', 2],
    ['users:chat:1', 3],
  ] as const) {
    assert.equal((await observer.subscribe(channel, { type }))['type'], 1);
  }
  const ann = await connect('ann');
  await ann.ask('subscribe', { channel: 'chat:1' });
  await until('both keys', () => observer.pushed('pub').length === 2);
  const info = { user: 'ann', client: ann.clientId };
  assert.deepEqual(observer.pushed('pub'), [{ key: ann.clientId, info }, { key: 'ann' }]);
  for (let minute = 0; minute < 3; minute += 1) {
    for (let tick = 0; tick < 6; tick += 1) {
      clock.tick(10_000);
      await ann.ask('presence', { channel: 'chat:1' });
      await observer.ask('presence', { channel: 'who:chat:1' });
    }
  }
  assert.equal(observer.pushed('pub').length, 2);
  await ann.ask('unsubscribe', { channel: 'chat:1' });
  await until('the client went', () => observer.pushed('pub').length === 3);
  assert.deepEqual(observer.pushed('pub')[2], { key: ann.clientId, removed: true });
  assert.deepEqual(await call('map_stats', { channel: 'users:chat:1' }), { num_keys: 1 });
  await ann.ask('subscribe', { channel: 'chat:1' });
  await until('the client came back', () => observer.pushed('pub').length === 4);
  ann.socket.close();
  await until('the connection ended', () => observer.pushed('pub').length === 5);
  assert.deepEqual(observer.pushed('pub')[4], { key: ann.clientId, removed: true });
});

test('remove_client_on_unsubscribe removes the key of the client, however it goes', async (t) => {
  const { call, connect } = await start(t);
  const count = async () => (await call('map_stats', { channel: 'own:1' })).num_keys;
  const { ask, subscribe, clientId, socket } = await connect();
  const enter = async () => {
    await subscribe('own:1');
    assert.deepEqual(await ask('publish', { type: 1, channel: 'own:1', key: clientId, data: 1 }), {});
    await ask('publish', { type: 1, channel: 'own:1', key: 'other', data: 1 });
  };
  await enter();
  assert.equal(await count(), 2);
  await ask('unsubscribe', { channel: 'own:1' });
  assert.equal(await count(), 1);
  await enter();
  socket.close();
  const seen = await connect();
  await seen.subscribe('own:1');
  for (let left = await count(); left !== 1; left = await count()) await seen.ask('presence', { channel: 'own:1' });
});

test('clients set and remove keys as the channel allows, under the key that it wants', async (t) => {
  const at = async (options: object, user: string) => {
    const only = { name: 'ns', ...map, map: { ...recoverable, ...options } } as Namespace;
    const { connect, call } = await start(t, { only });
    const client = await connect(user);
    const write = async (request: object) =>
      (await client.ask('publish', { type: 1, channel: 'ns:1', key: 'k', data: 1, ...request }))['code'];
    const keys = async () =>
      (await call('map_read_state', { channel: 'ns:1', limit: -1 })).entries.map(({ key }) => key);
    return { ...client, write, keys };
  };
  const denied = await at({}, 'ann');
  assert.deepEqual([await denied.write({}), await denied.write({ removed: true })], [103, 103]);
  const open = await at({ allow_publish_for_client: true }, 'ann');
  assert.deepEqual([await open.write({}), await open.write({ removed: true })], [undefined, 103]);
  assert.deepEqual([await open.write({ key: '' }), await open.write({ key: 'x'.repeat(1_025) })], [107, 107]);
  assert.equal(await open.write({ key: '\ud800' }), 107);
  assert.equal(await open.write({ type: 0 }), 107);
  const removes = await at({ allow_remove_for_client: true }, 'ann');
  assert.deepEqual([await removes.write({}), await removes.write({ removed: true })], [103, undefined]);
  const anonymous = await at({ allow_publish_for_client: true }, '');
  assert.equal(await anonymous.write({}), 103);
  const subscriber = await at({ allow_publish_for_subscriber: true }, 'ann');
  assert.equal(await subscriber.write({}), 103);
  await subscriber.subscribe('ns:1');
  assert.equal(await subscriber.write({}), undefined);
  await until('the change came', () => subscriber.pushed('pub').length === 1);
  const info = { user: 'ann', client: subscriber.clientId };
  assert.deepEqual(subscriber.pushed('pub'), [{ key: 'k', data: 1, info, offset: 1 }]);
  const byClient = await at({ allow_publish_for_client: true, client_key: 'client_id' }, 'ann');
  await byClient.write({});
  assert.deepEqual(await byClient.keys(), [byClient.clientId]);
  const allOpen = { allow_publish_for_client: true, allow_publish_for_anonymous: true };
  const byUser = await at({ ...allOpen, client_key: 'user_id' }, 'ann');
  await byUser.write({});
  assert.deepEqual(await byUser.keys(), ['ann']);
  assert.equal(await (await at({ ...allOpen, client_key: 'user_id' }, '')).write({}), 103);
});

test('maps are for clients that ask: tokens cannot subscribe to them by their list of channels', async (t) => {
  const { url, call, gateway, connect } = await start(t);
  const client = await openRaw(t, url);
  client.send({ id: 1, connect: { token: tokenOf({ user: 'ann', channels: ['rec:1'] }) } });
  assert.equal(((await client.reply(1))['error'] as Fields)['code'], 107);
  const { ask } = await connect();
  assert.equal((await ask('publish', { channel: 'rec:1', data: 1 }))['code'], 107);
  const refused = await gateway.serverApi.call('subscribe', { user: 'ann', channel: 'rec:1' });
  assert.equal(refused.error?.code, 107);
  assert.deepEqual(await call('map_stats', { channel: 'rec:1' }), { num_keys: 0 });
});
