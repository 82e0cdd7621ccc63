import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type Centrifuge, State, type Subscription, SubscriptionState, UnauthorizedError } from 'centrifuge';
import { WebSocket } from 'ws';
import { type GatewayUnderTest, jsonTokens, startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { once, until } from './testing/once.ts';
import { openRaw } from './testing/raw-client.ts';

const history = { history_size: 10, history_ttl: '60s' };
const open = {
  allow_subscribe_for_client: true,
  allow_publish_for_subscriber: true,
  allow_presence_for_subscriber: true,
  allow_history_for_subscriber: true,
};

async function start(t: TestContext, channel: object = open, client: object = {}): Promise<GatewayUnderTest> {
  return startGateway(t, { channel: { without_namespace: channel }, client });
}

const tokenFor = (user: string, extra: object = {}) => ({ token: tokenOf({ user, ...extra }) });

function collect(subscription: Pick<Subscription, 'on'>): unknown[] {
  const received: unknown[] = [];
  subscription.on('publication', ({ data }) => received.push(data));
  return received;
}

async function subscribed(client: Centrifuge, channel: string, options: object = {}): Promise<Subscription> {
  const subscription = client.newSubscription(channel, options);
  subscription.subscribe();
  client.connect();
  await subscription.ready(5_000);
  return subscription;
}

/** Websockets that the test can cut, as a network would. */
function breakable(): { websocket: new (address: string) => WebSocket; cut: () => void } {
  const sockets: WebSocket[] = [];
  class Breakable extends WebSocket {
    constructor(address: string | URL) {
      super(address);
      sockets.push(this);
    }
  }
  return { websocket: Breakable, cut: () => sockets.forEach((socket) => socket.terminate()) };
}

test('presence and presence stats show who is subscribed, and no longer who left or broke off', async (t) => {
  const under = await start(t, { ...open, presence: true });
  const ann = under.client(tokenFor('ann', { info: { name: 'Ann' } }));
  const lost = breakable();
  const bob = under.client({
    ...tokenFor('bob'),
    websocket: lost.websocket,
    minReconnectDelay: 60_000,
    maxReconnectDelay: 60_000,
  });
  const subscription = await subscribed(ann, 'room');
  await subscribed(bob, 'room');
  const { clients } = await subscription.presence();
  assert.deepEqual(
    Object.values(clients).map(({ user, connInfo }) => [user, connInfo]),
    [
      ['ann', { name: 'Ann' }],
      ['bob', undefined],
    ],
  );
  assert.deepEqual(await subscription.presenceStats(), { numClients: 2, numUsers: 2 });
  lost.cut();
  await until('bob is gone', () => under.gateway.stats().connections === 1);
  assert.deepEqual(await subscription.presenceStats(), { numClients: 1, numUsers: 1 });
});

test('join and leave reach those who are subscribed, and the one who joins', async (t) => {
  const under = await start(t, { ...open, join_leave: true, force_push_join_leave: true });
  const seen: string[] = [];
  const client = under.client(tokenFor('ann'));
  const watching = client.newSubscription('room');
  watching.on('join', ({ info }) => seen.push(`join ${info.user}`));
  watching.on('leave', ({ info }) => seen.push(`leave ${info.user}`));
  watching.subscribe();
  client.connect();
  await watching.ready(5_000);
  const bob = under.client(tokenFor('bob'));
  const subscription = await subscribed(bob, 'room');
  await until('bob joined', () => seen.length === 2);
  subscription.unsubscribe();
  await until('bob left', () => seen.length === 3);
  assert.deepEqual(seen, ['join ann', 'join bob', 'leave bob']);
});

test('history returns what was published, by limit and direction', async (t) => {
  const under = await start(t, { ...open, ...history });
  const subscription = await subscribed(under.client(tokenFor('ann')), 'room');
  for (const value of [1, 2, 3]) await subscription.publish(value);
  const values = async (options: object) =>
    (await subscription.history(options)).publications.map(({ data }) => data as unknown);
  assert.deepEqual(await values({ limit: -1 }), [1, 2, 3]);
  assert.deepEqual(await values({ limit: 2, reverse: true }), [3, 2]);
  assert.deepEqual(await values({}), []);
  const { offset, epoch } = await subscription.history({ limit: 0 });
  assert.equal(offset, 3);
  assert.deepEqual(await values({ limit: 5, since: { offset: 1, epoch } }), [2, 3]);
  await assert.rejects(subscription.history({ since: { offset: 1, epoch: 'other' } }), { code: 112 });
});

test('what is published while the socket is lost is recovered, once and in order', async (t) => {
  const under = await start(t, { ...open, ...history, force_recovery: true });
  const { websocket, cut } = breakable();
  const client = under.client({ ...tokenFor('ann'), websocket });
  const subscription = await subscribed(client, 'room');
  const received = collect(subscription);
  const publish = (data: number) => under.gateway.serverApi.call('publish', { channel: 'room', data });
  await publish(1);
  await until('the first arrived', () => received.length === 1);
  for (let round = 0; round < 5; round += 1) {
    const recovered = once<boolean>('subscribed again', (done) =>
      subscription.once('subscribed', (ctx) => done(ctx.recovered)),
    );
    cut();
    await publish(round * 2 + 2);
    await publish(round * 2 + 3);
    assert.equal(await recovered, true);
  }
  await until('all arrived', () => received.length === 11);
  assert.deepEqual(
    received,
    Array.from({ length: 11 }, (_, index) => index + 1),
  );
  assert.equal(under.gateway.stats().recoveriesOk, 5);
});

test('more than the history holds is not recovered, and the client is told', async (t) => {
  const under = await start(t, { ...open, ...history, force_recovery: true });
  const { websocket, cut } = breakable();
  const subscription = await subscribed(under.client({ ...tokenFor('ann'), websocket }), 'room');
  const again = once<[boolean, boolean]>('subscribed again', (done) =>
    subscription.once('subscribed', (ctx) => done([ctx.wasRecovering, ctx.recovered])),
  );
  cut();
  for (let data = 0; data < 11; data += 1) await under.gateway.serverApi.call('publish', { channel: 'room', data });
  assert.deepEqual(await again, [true, false]);
  assert.equal(under.gateway.stats().recoveriesFailed, 1);
});

test('server-side subscriptions of the token deliver, recover and go when the token no longer names them', async (t) => {
  const under = await start(t, { ...history, force_recovery: true });
  const { websocket, cut } = breakable();
  let subs: object = { news: { data: { greet: 1 } }, sport: {} };
  const client = under.client({ getToken: () => Promise.resolve(tokenOf({ user: 'ann', subs } as never)), websocket });
  const received: unknown[] = [];
  const channels: unknown[] = [];
  client.on('publication', ({ channel, data }) => received.push([channel, data]));
  client.on('subscribed', ({ channel, data }) => channels.push([channel, data]));
  client.connect();
  await client.ready(5_000);
  assert.deepEqual(channels, [
    ['news', { greet: 1 }],
    ['sport', undefined],
  ]);
  await under.gateway.serverApi.call('publish', { channel: 'news', data: 1 });
  await until('it arrived', () => received.length === 1);
  const again = once('connected again', (done) => client.once('connected', done));
  cut();
  await under.gateway.serverApi.call('publish', { channel: 'news', data: 2 });
  await again;
  await until('the missed one arrived', () => received.length === 2);
  assert.deepEqual(received, [
    ['news', 1],
    ['news', 2],
  ]);
  const gone = once<string>('sport is gone', (done) => client.once('unsubscribed', ({ channel }) => done(channel)));
  subs = { news: {} };
  client.disconnect();
  client.setToken('');
  client.connect();
  assert.equal(await gone, 'sport');
});

test('serverApi.subscribe() adds a channel to a live connection, unsubscribe() takes it away', async (t) => {
  const under = await start(t, { ...history, force_recovery: true });
  const api = under.gateway.serverApi;
  const client = under.client(tokenFor('ann'));
  const log: unknown[] = [];
  client.on('subscribed', ({ channel }) => log.push(['subscribed', channel]));
  client.on('publication', ({ data }) => log.push(data));
  client.on('unsubscribed', ({ channel }) => log.push(['unsubscribed', channel]));
  client.connect();
  await client.ready(5_000);
  const before = await api.call('publish', { channel: 'news', data: 1 });
  await api.call('publish', { channel: 'news', data: 2 });
  assert.ok(before.result);
  await api.call('subscribe', { user: 'ann', channel: 'news', recover_since: before.result });
  await api.call('publish', { channel: 'news', data: 3 });
  await api.call('unsubscribe', { user: 'ann', channel: 'news' });
  await api.call('publish', { channel: 'news', data: 4 });
  await until('the end', () => log.length === 4);
  assert.deepEqual(log, [['subscribed', 'news'], 2, 3, ['unsubscribed', 'news']]);
});

test('serverApi.unsubscribe() ends a client-side subscription for good', async (t) => {
  const under = await start(t);
  const subscription = await subscribed(under.client(tokenFor('ann')), 'room');
  const ended = once<number>('unsubscribed', (done) => subscription.once('unsubscribed', ({ code }) => done(code)));
  await under.gateway.serverApi.call('unsubscribe', { user: 'ann', channel: '' });
  assert.equal(await ended, 2000);
  assert.equal(subscription.state, SubscriptionState.Unsubscribed);
});

test('serverApi.disconnect() passes codes through; the code decides whether the client comes back; others stay', async (t) => {
  const under = await start(t);
  const api = under.gateway.serverApi;
  const bob = under.client(tokenFor('bob'));
  bob.connect();
  await bob.ready(5_000);
  for (const [disconnect, expected, state] of [
    [{ code: 4501, reason: 'banned' }, 4501, State.Disconnected],
    [undefined, 3503, State.Disconnected],
    [{ code: 4001, reason: 'come back' }, 4001, State.Connecting],
  ] as const) {
    const client = under.client(tokenFor('ann'));
    client.connect();
    await client.ready(5_000);
    const ended = once<number>('the end', (done) => {
      client.once('disconnected', ({ code }) => done(code));
      client.on('connecting', ({ code }) => done(code));
    });
    const params = { user: 'ann', ...(disconnect === undefined ? {} : { disconnect }) };
    assert.deepEqual(await api.call('disconnect', params), { result: {} });
    assert.equal(await ended, expected);
    assert.equal(client.state, state);
    client.disconnect();
  }
  assert.equal(bob.state, State.Connected);
  const refused = await api.call('disconnect', { user: 'bob', disconnect: { code: 1000, reason: '' } });
  assert.equal(refused.error?.code, 107);
});

test('the client renews its token by refresh and stays connected', async (t) => {
  const under = await start(t);
  let issued = 0;
  const getToken = () => {
    issued += 1;
    return Promise.resolve(
      tokenOf({ user: 'ann', expireAt: Math.floor(Date.now() / 1000) + (issued === 1 ? 1 : 600) }),
    );
  };
  const client = under.client({ getToken });
  client.connect();
  await client.ready(5_000);
  await until('the token was renewed', () => issued === 2);
  await assert.rejects(client.rpc('after', {}), { code: 108 });
  assert.equal(client.state, State.Connected);
});

test('an expired connection token makes the client fetch another one', async (t) => {
  const under = await start(t);
  const client = under.client({
    token: tokenOf({ problem: 'expired' }),
    getToken: () => Promise.resolve(tokenOf({ user: 'ann' })),
  });
  client.connect();
  await client.ready(5_000);
  assert.equal(client.state, State.Connected);
});

test('a subscription token opens its channel for its user only', async (t) => {
  const under = await start(t, {});
  const client = under.client(tokenFor('ann'));
  client.connect();
  await client.ready(5_000);
  const good = client.newSubscription('$room', {
    getToken: ({ channel }) => Promise.resolve(tokenOf({ user: 'ann', channel, info: { mood: 'good' } })),
  });
  good.subscribe();
  await good.ready(5_000);
  for (const [options, expected] of [
    [{}, 103],
    [{ token: 'nonsense' }, 103],
    [{ getToken: () => Promise.reject(new UnauthorizedError('no')) }, 1],
  ] as const) {
    const subscription = client.newSubscription(`$other${expected}${Object.keys(options).join('')}`, options);
    const ended = once<number>('refused', (done) => subscription.once('unsubscribed', ({ code }) => done(code)));
    subscription.subscribe();
    assert.equal(await ended, expected);
  }
  const stolen = client.newSubscription('$stolen', { token: tokenOf({ user: 'bob', channel: '$stolen' }) });
  const ended = once<number>('disconnected', (done) => client.once('disconnected', ({ code }) => done(code)));
  stolen.subscribe();
  assert.equal(await ended, 3500);
});

test('subscribe() refuses with the error of the protocol', async (t) => {
  const under = await startGateway(t, {
    channel: { without_namespace: open, max_length: 20 },
    client: { channel_limit: 2 },
  });
  const client = under.client(tokenFor('ann'));
  client.connect();
  await client.ready(5_000);
  for (const [channel, expected] of [
    ['nope:1', 102],
    ['x'.repeat(21), 107],
    ['naïve', 107],
    ['$private', 103],
  ] as const) {
    const subscription = client.newSubscription(channel);
    const ended = once<number>('refused', (done) => subscription.once('unsubscribed', ({ code }) => done(code)));
    subscription.subscribe();
    assert.equal(await ended, expected, channel);
  }
  await subscribed(client, 'a');
  await subscribed(client, 'b');
  const third = client.newSubscription('c');
  const ended = once<number>('refused', (done) => third.once('unsubscribed', ({ code }) => done(code)));
  third.subscribe();
  assert.equal(await ended, 106);
});

test('rpc() reaches the application in the same process', async (t) => {
  const calls: unknown[] = [];
  const rpc = {
    rpc: (proxy: string, call: { method: string; user: string; data: unknown }) => {
      calls.push([proxy, call.method, call.user, call.data]);
      if (call.method === 'fail') return Promise.reject(new Error('database lost'));
      if (call.method === 'no') return Promise.resolve({ ok: false, error: { code: 400, message: 'not so' } } as const);
      return Promise.resolve({ ok: true, result: { data: call.data } } as never);
    },
  };
  const config = { rpc: { without_namespace: { proxy_enabled: true }, proxy: { endpoint: 'in-process:' } } };
  const under = await startGateway(t, config, { application: rpc as never });
  const client = under.client(tokenFor('ann'));
  client.connect();
  await client.ready(5_000);
  assert.deepEqual(await client.rpc('echo', { a: 1 }), { data: { a: 1 } });
  await assert.rejects(client.rpc('no', {}), { code: 400, message: 'not so' });
  await assert.rejects(client.rpc('fail', {}), { code: 100 });
  assert.deepEqual(calls[0], ['default', 'echo', 'ann', '{"a":1}']);
  assert.ok(!JSON.stringify(under.logged).includes('"a":1'));
});

test('limits: user_connection_limit ends the connection too many with 3504; the personal channel is subscribed', async (t) => {
  const under = await start(
    t,
    {},
    {
      user_connection_limit: 1,
      subscribe_to_user_personal_channel: { enabled: true },
    },
  );
  const first = under.client(tokenFor('ann'));
  const personal = once<string>('the personal channel', (done) =>
    first.on('subscribed', ({ channel }) => done(channel)),
  );
  first.connect();
  assert.equal(await personal, '#ann');
  const second = under.client(tokenFor('ann'));
  const ended = once<number>('refused', (done) => second.once('disconnected', ({ code }) => done(code)));
  second.connect();
  assert.equal(await ended, 3504);
  assert.equal(first.state, State.Connected);
});

test('shutdown() sends everyone away with 3001 and then lets nobody in', async (t) => {
  const under = await start(t);
  const client = under.client({ ...tokenFor('ann'), minReconnectDelay: 60_000, maxReconnectDelay: 60_000 });
  client.connect();
  await client.ready(5_000);
  const ended = once<number>('the end', (done) => client.once('connecting', ({ code }) => done(code)));
  await under.gateway.shutdown();
  assert.equal(await ended, 3001);
  assert.deepEqual([under.gateway.stats().sockets, under.gateway.stats().connections], [0, 0]);
});

test('a client that leaves while its token is judged is gone once, and leaves nothing behind', async (t) => {
  const judged = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const tokens = {
    ...jsonTokens,
    async connection(token: string) {
      asked.resolve();
      await judged.promise;
      return jsonTokens.connection(token);
    },
  };
  const { url, gateway, logged } = await startGateway(t, {}, { tokens });
  const client = await openRaw(t, url);
  client.send({ id: 1, connect: { token: tokenOf({ user: 'ann' }) } });
  await asked.promise;
  client.socket.terminate();
  await until('it is gone', () => gateway.stats().sockets === 0);
  judged.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(gateway.stats().connections, 0);
  assert.deepEqual(
    logged.filter(({ message }) => message.startsWith('disconnected')),
    [],
  );
});
