import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { GatewayConfigInput } from './config.ts';
import { type FakeAnswer, startBackend } from './testing/fake-backend.ts';
import { startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { until } from './testing/once.ts';
import { openRaw } from './testing/raw-client.ts';

type Options = NonNullable<NonNullable<GatewayConfigInput['channel']>['without_namespace']>;

/** A connection of user 42, and a backend that is asked for what `options` say. */
async function start(t: TestContext, options: Options, rest: Omit<GatewayConfigInput, 'channel'> = {}) {
  const backend = await startBackend(t);
  const proxyAt = (path: string) => ({ endpoint: `${backend.url}/${path}`, timeout: '5s' });
  const under = await startGateway(t, {
    ...rest,
    channel: {
      proxy: { subscribe: proxyAt('subscribe'), publish: proxyAt('publish') },
      without_namespace: options,
      namespaces: [{ name: 'other', subscribe_proxy_enabled: true, subscribe_proxy_name: 'own' }],
    },
    rpc: { proxy: proxyAt('rpc'), ...rest.rpc },
    proxies: [{ name: 'own', ...proxyAt('own') }],
  });
  const client = await openRaw(t, under.url);
  client.send({ id: 1, connect: { token: tokenOf({ user: '42' }) } });
  await client.reply(1);
  let id = 1;
  const ask = async (command: object): Promise<Record<string, unknown>> => {
    id += 1;
    client.send({ id, ...command });
    const { id: _id, ...reply } = await client.reply(id);
    return reply;
  };
  return { ...under, client, ask, backend };
}

const status500: FakeAnswer = (response) => response.writeHead(500).end();
const internal = { code: 100, message: 'internal server error', temporary: true };

test('subscribe() by the backend: info, data, expiry and overrides come from its answer', async (t) => {
  const { ask, backend, gateway } = await start(t, { subscribe_proxy_enabled: true, presence: false });
  backend.answers['/subscribe'] = {
    result: {
      info: { role: 'x' },
      data: { hello: 1 },
      expire_at: Math.floor(Date.now() / 1000) + 100,
      override: { presence: { value: true }, force_recovery: { value: true } },
    },
  };
  const { subscribe } = await ask({ subscribe: { channel: 'room', data: { why: 1 } } });
  const { epoch, ttl, ...result } = subscribe as Record<string, unknown>;
  assert.equal(typeof epoch, 'string');
  assert.ok(Number(ttl) > 90 && Number(ttl) <= 100);
  assert.deepEqual(result, { expires: true, recoverable: true, positioned: true, data: { hello: 1 } });
  const { client: _client, ...body } = backend.asked[0]?.body ?? {};
  assert.deepEqual(body, {
    transport: 'websocket',
    protocol: 'json',
    encoding: 'json',
    user: '42',
    channel: 'room',
    data: { why: 1 },
  });
  assert.equal(gateway.stats().subscriptions, 1);
});

test('subscribe() by the backend answers what the backend answers, and leaves nothing behind', async (t) => {
  const { ask, backend, gateway, client } = await start(t, { subscribe_proxy_enabled: true });
  const past = Math.floor(Date.now() / 1000) - 1;
  for (const [answer, expected] of [
    [{ error: { code: 1000, message: 'no' } }, { error: { code: 1000, message: 'no' } }],
    [{ result: { expire_at: past } }, { error: { code: 110, message: 'expired' } }],
    [status500, { error: internal }],
  ] as const) {
    backend.answers['/subscribe'] = answer;
    assert.deepEqual(await ask({ subscribe: { channel: 'room' } }), expected);
    assert.equal(gateway.stats().subscriptions, 0);
  }
  for (const answer of [{}, { result: null }]) {
    backend.answers['/subscribe'] = answer;
    assert.deepEqual(await ask({ subscribe: { channel: 'room' } }), { subscribe: {} });
    assert.deepEqual(await ask({ unsubscribe: { channel: 'room' } }), { unsubscribe: {} });
  }
  backend.answers['/subscribe'] = { disconnect: { code: 4501, reason: 'banned' } };
  client.send({ id: 99, subscribe: { channel: 'room' } });
  assert.deepEqual(await client.closed, [4501, 'banned']);
});

test('subscribe() asks the proxy of the namespace, and none for tokens, private channels and names that list users', async (t) => {
  const { ask, backend } = await start(t, { subscribe_proxy_enabled: true, allow_user_limited_channels: true });
  await ask({ subscribe: { channel: 'other:a' } });
  assert.deepEqual(
    backend.asked.map(({ path }) => path),
    ['/own'],
  );
  assert.deepEqual(await ask({ subscribe: { channel: 'a', token: tokenOf({ user: '42', channel: 'a' }) } }), {
    subscribe: {},
  });
  assert.deepEqual(await ask({ subscribe: { channel: '$a' } }), { error: { code: 103, message: 'permission denied' } });
  assert.deepEqual(await ask({ subscribe: { channel: 'a#42' } }), { subscribe: {} });
  assert.deepEqual(await ask({ subscribe: { channel: 'a#43' } }), {
    error: { code: 103, message: 'permission denied' },
  });
  assert.equal(backend.asked.length, 1);
});

test('subscribe() by the backend grants the wishes of the client as without it', async (t) => {
  const wishes = { positioned: true, recoverable: true, join_leave: true };
  const history = { history_size: 10, history_ttl: '60s', join_leave: true } as const;
  const refused = await start(t, { ...history, subscribe_proxy_enabled: true });
  assert.deepEqual(await refused.ask({ subscribe: { channel: 'a', ...wishes } }), { subscribe: {} });
  const granted = await start(t, { ...history, subscribe_proxy_enabled: true, allow_recovery: true });
  const { subscribe } = await granted.ask({ subscribe: { channel: 'a', ...wishes } });
  const { positioned, recoverable } = subscribe as Record<string, unknown>;
  assert.deepEqual({ positioned, recoverable }, { positioned: true, recoverable: true });
});

test('subscribe() comes to nothing when the server API takes the client out while the backend is asked', async (t) => {
  for (const channel of ['room', '']) {
    const { ask, backend, gateway } = await start(t, { subscribe_proxy_enabled: true });
    backend.answers['/subscribe'] = (response) => {
      void gateway.serverApi.call('unsubscribe', { user: '42', channel }).then(() => response.end('{"result":{}}'));
    };
    assert.deepEqual(await ask({ subscribe: { channel: 'room' } }), { error: internal });
    assert.equal(gateway.stats().subscriptions, 0);
    backend.answers['/subscribe'] = {};
    assert.deepEqual(await ask({ subscribe: { channel: 'room' } }), { subscribe: {} });
  }
});

test('subscribe() of a client that is gone when the backend answers leaves nothing behind', async (t) => {
  const { client, backend, gateway } = await start(t, { subscribe_proxy_enabled: true, presence: true });
  let answer: (() => void) | undefined;
  backend.answers['/subscribe'] = (response) => (answer = () => response.end('{}'));
  client.send({ id: 2, subscribe: { channel: 'room' } });
  await until('the backend is asked', () => answer !== undefined);
  client.socket.terminate();
  await until('the client is gone', () => gateway.stats().connections === 0);
  answer?.();
  // A question after it, over the same kind of socket, is answered later.
  const other = await openRaw(t, client.socket.url);
  backend.answers['/subscribe'] = {};
  other.send({ id: 1, connect: { token: tokenOf({ user: '43' }) } }, { id: 2, subscribe: { channel: 'room' } });
  await other.reply(2);
  assert.equal(gateway.stats().subscriptions, 1);
  const reply = await gateway.serverApi.call('presence_stats', { channel: 'room' });
  assert.deepEqual(reply.result, { num_clients: 1, num_users: 1 });
});

const history = { history_size: 10, history_ttl: '60s' } as const;

test('publish() by the backend publishes what it makes of it', async (t) => {
  const { ask, backend, gateway } = await start(t, { publish_proxy_enabled: true, ...history });
  const publish = () => ask({ publish: { channel: 'room', data: { n: 1 } } });
  for (const answer of [
    {},
    { result: {} },
    { result: { data: { n: 2 }, tags: { t: 'v' } } },
    { result: { data: { n: 3 }, skip_history: true } },
    { result: { data: { n: 4 }, idempotency_key: 'k' } },
    { result: { data: { n: 5 }, idempotency_key: 'k' } },
    { result: { data: { n: 6 }, version: 9 } },
    { result: { data: { n: 7 }, version: 8 } },
  ]) {
    backend.answers['/publish'] = answer;
    assert.deepEqual(await publish(), { publish: {} });
  }
  const { client: _client, ...body } = backend.asked[0]?.body ?? {};
  assert.deepEqual(body, {
    transport: 'websocket',
    protocol: 'json',
    encoding: 'json',
    user: '42',
    channel: 'room',
    data: { n: 1 },
  });
  const { result } = await gateway.serverApi.call('history', { channel: 'room', limit: -1 });
  assert.deepEqual(
    result?.publications.map(({ data, tags, info }) => [data, tags, info?.user]),
    [
      [{ n: 1 }, undefined, '42'],
      [{ n: 1 }, undefined, '42'],
      [{ n: 2 }, { t: 'v' }, '42'],
      [{ n: 4 }, undefined, '42'],
      [{ n: 6 }, undefined, '42'],
    ],
  );
});

test('publish() by the backend is refused as it says, and bad data before it is asked', async (t) => {
  const { ask, backend, gateway, client } = await start(t, {
    publish_proxy_enabled: true,
    publication_data_format: 'json_object',
    ...history,
  });
  assert.deepEqual(await ask({ publish: { channel: 'room', data: 1 } }), {
    error: { code: 107, message: 'bad request' },
  });
  assert.equal(backend.asked.length, 0);
  for (const [answer, error] of [
    [{ error: { code: 1000, message: 'no' } }, { code: 1000, message: 'no' }],
    [status500, internal],
  ] as const) {
    backend.answers['/publish'] = answer;
    assert.deepEqual(await ask({ publish: { channel: 'room', data: {} } }), { error });
  }
  backend.answers['/publish'] = { disconnect: { code: 4000, reason: 'later' } };
  client.send({ id: 99, publish: { channel: 'room', data: {} } });
  assert.deepEqual(await client.closed, [4000, 'later']);
  const { result } = await gateway.serverApi.call('history', { channel: 'room', limit: -1 });
  assert.deepEqual(result?.publications, []);
});

test('publish() by the backend computes deltas where the channel wants them for every publication', async (t) => {
  const { ask, backend, client } = await start(t, {
    publish_proxy_enabled: true,
    delta_publish: true,
    allow_subscribe_for_client: true,
    allowed_delta_types: ['fossil'],
    force_positioning: true,
    ...history,
  });
  backend.answers['/publish'] = { result: {} };
  await ask({ subscribe: { channel: 'room', delta: 'fossil' } });
  const text = 'a long text that stays the same from one publication to the next '.repeat(5);
  for (const n of [1, 2]) await ask({ publish: { channel: 'room', data: { text, n } } });
  const isPatch = (): boolean[] =>
    client.replies.flatMap(({ push }) => {
      const { pub } = (push ?? {}) as { pub?: { delta?: boolean } };
      return pub === undefined ? [] : [pub.delta === true];
    });
  await until('both arrived', () => isPatch().length === 2);
  assert.deepEqual(isPatch(), [false, true]);
});

test('rpc() goes to the proxy of its namespace, to the built-in ping, or nowhere', async (t) => {
  const nothing = await start(t, {});
  assert.deepEqual(await nothing.ask({ rpc: { method: 'a' } }), { error: { code: 108, message: 'not available' } });
  const pinging = await start(t, {}, { rpc: { ping: { enabled: true } } });
  assert.deepEqual(await pinging.ask({ rpc: { method: 'ping' } }), { rpc: {} });
  assert.deepEqual(await pinging.ask({ rpc: { method: 'a' } }), { error: { code: 108, message: 'not available' } });

  const { ask, backend, client } = await start(
    t,
    {},
    {
      rpc: {
        without_namespace: { proxy_enabled: true },
        namespaces: [{ name: 'own', proxy_enabled: true, proxy_name: 'own' }, { name: 'off' }],
      },
    },
  );
  backend.answers['/rpc'] = { result: { data: { n: 1 } } };
  backend.answers['/own'] = { result: {} };
  assert.deepEqual(await ask({ rpc: { method: '', data: [1] } }), { rpc: { data: { n: 1 } } });
  assert.deepEqual(await ask({ rpc: { method: 'own:a' } }), { rpc: {} });
  assert.deepEqual(await ask({ rpc: { method: 'off:a' } }), { error: { code: 108, message: 'not available' } });
  assert.deepEqual(await ask({ rpc: { method: 'none:a' } }), { error: { code: 104, message: 'method not found' } });
  assert.deepEqual(
    backend.asked.map(({ path, body: { method, data } }) => [path, method, data]),
    [
      ['/rpc', '', [1]],
      ['/own', 'own:a', undefined],
    ],
  );
  backend.answers['/rpc'] = { error: { code: 400, message: 'not so', temporary: true } };
  assert.deepEqual(await ask({ rpc: {} }), { error: { code: 400, message: 'not so', temporary: true } });
  backend.answers['/rpc'] = status500;
  assert.deepEqual(await ask({ rpc: {} }), { error: internal });
  backend.answers['/rpc'] = { disconnect: { code: 4999, reason: 'enough' } };
  client.send({ id: 99, rpc: {} });
  assert.deepEqual(await client.closed, [4999, 'enough']);
});

test('subscribe of the server API overrides the options of the channel', async (t) => {
  const { gateway, client } = await start(t, {});
  const subscribe = {
    user: '42',
    channel: 'room',
    override: { presence: { value: true }, force_positioning: { value: true } },
  };
  assert.deepEqual(await gateway.serverApi.call('subscribe', subscribe), { result: {} });
  await until('the client is told', () => client.replies.length === 2);
  const { push } = client.replies[1] as { push: { subscribe: { positioned?: boolean } } };
  assert.equal(push.subscribe.positioned, true);
});
