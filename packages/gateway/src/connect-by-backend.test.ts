import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { rawJson } from '@parley/protocol';
import type { Application } from './backend/backend.ts';
import type { GatewayConfigInput } from './config.ts';
import type { GatewayOptions } from './gateway.ts';
import { createFakeClock } from './testing/fake-clock.ts';
import { type FakeAnswer, startBackend } from './testing/fake-backend.ts';
import { startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { until } from './testing/once.ts';
import { openRaw } from './testing/raw-client.ts';

type Client = NonNullable<GatewayConfigInput['client']>;

async function start(
  t: TestContext,
  answer: FakeAnswer,
  {
    client = {},
    channel = {},
    options = {},
  }: { client?: Client; channel?: object; options?: Partial<GatewayOptions> } = {},
) {
  const backend = await startBackend(t);
  backend.answers['/connect'] = answer;
  const under = await startGateway(
    t,
    {
      client: {
        proxy: {
          connect: {
            enabled: true,
            endpoint: `${backend.url}/connect`,
            timeout: '5s',
            emulated_headers: ['Authorization'],
          },
        },
        ...client,
      },
      channel,
    },
    options,
  );
  return { ...under, backend };
}

async function connect(t: TestContext, url: string, request: object = {}) {
  const client = await openRaw(t, url);
  client.send({ id: 1, connect: request });
  return client;
}

/** The connect result without what differs from run to run. */
async function resultOf(client: Awaited<ReturnType<typeof connect>>): Promise<Record<string, unknown>> {
  const {
    client: _client,
    version: _version,
    ...result
  } = (await client.reply(1))['connect'] as Record<string, unknown>;
  return result;
}

const alive = { ping: 25, pong: true };

test('connect() by the backend: user, info, data, subscriptions and expiry come from its answer', async (t) => {
  const expireAt = Math.floor(Date.now() / 1000) + 600;
  const { url, backend } = await start(
    t,
    {
      result: {
        user: '42',
        expire_at: expireAt,
        info: { name: 'Ann' },
        data: { hello: 1 },
        channels: ['news'],
        subs: { board: { data: [1], info: { role: 'x' }, override: { presence: { value: true } } } },
        meta: { tenant: 'x' },
      },
    },
    { channel: { without_namespace: { presence: false } } },
  );
  const client = await connect(t, url, {
    name: 'js',
    version: '1',
    data: { v: 2 },
    headers: { authorization: 'Bearer header-canary', other: 'x' },
    subs: { own: {} },
  });
  const result = await resultOf(client);
  const { ttl, ...rest } = result;
  assert.ok(typeof ttl === 'number' && ttl > 590 && ttl <= 600, String(ttl));
  assert.deepEqual(rest, {
    ...alive,
    expires: true,
    data: { hello: 1 },
    subs: { news: {}, board: { data: [1] } },
  });
  const [asked] = backend.asked;
  assert.equal(asked?.headers.authorization, 'Bearer header-canary');
  assert.equal(asked?.headers['other'], undefined);
  const { client: id, ...body } = asked?.body ?? {};
  assert.match(String(id), /^[0-9a-f-]{36}$/);
  assert.deepEqual(body, {
    transport: 'websocket',
    protocol: 'json',
    encoding: 'json',
    data: { v: 2 },
    name: 'js',
    version: '1',
    channels: ['own'],
  });
});

test('connect() answers what the backend answers', async (t) => {
  const { url, backend, logged } = await start(t, {});
  const soon = Math.floor(Date.now() / 1000);
  for (const [answer, error] of [
    [{ error: { code: 1000, message: 'no', temporary: true } }, { code: 1000, message: 'no', temporary: true }],
    [{ result: { user: '42', expire_at: soon - 5 } }, { code: 110, message: 'expired' }],
    [{ result: { user: '42', channels: ['none:a'] } }, { code: 102, message: 'unknown channel' }],
    ['garbage', { code: 100, message: 'internal server error', temporary: true }],
    [
      ((response) => response.writeHead(500).end()) as FakeAnswer,
      { code: 100, message: 'internal server error', temporary: true },
    ],
  ] as const) {
    backend.answers['/connect'] = answer;
    const client = await connect(t, url);
    assert.deepEqual((await client.reply(1))['error'], error);
    client.send({ id: 2, rpc: {} });
    assert.deepEqual(await client.closed, [3501, 'bad request'], 'nothing more can be done with it');
  }
  backend.answers['/connect'] = { disconnect: { code: 4501, reason: 'banned' } };
  assert.deepEqual(await (await connect(t, url)).closed, [4501, 'banned']);
  assert.deepEqual(
    logged.filter(({ level }) => level === 'warn').map(({ fields }) => fields['reason']),
    ['client.proxy.connect: the body is no JSON object', 'client.proxy.connect: status 500'],
  );
});

test('connect() goes by token before the backend, and by anonymity after it', async (t) => {
  const { url, backend } = await start(t, {}, { client: { allow_anonymous_connect_without_token: true } });
  const named = await connect(t, url, { token: tokenOf({ user: '42' }) });
  assert.deepEqual(await resultOf(named), alive);
  assert.equal(backend.asked.length, 0);
  assert.deepEqual(await resultOf(await connect(t, url)), alive);
  assert.equal(backend.asked.length, 1);
});

test('connect() is refused with 3501 when the backend does not know who it is and nobody else does', async (t) => {
  const { url } = await start(t, { result: null });
  assert.deepEqual(await (await connect(t, url)).closed, [3501, 'bad request']);
});

test('connect() gives channels that the client asks for only where the backend does not decide', async (t) => {
  const channel = {
    without_namespace: { allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true },
    proxy: { subscribe: { endpoint: 'http://127.0.0.1:1' } },
    namespaces: [
      {
        name: 'asked',
        subscribe_proxy_enabled: true,
        allow_subscribe_for_client: true,
        allow_subscribe_for_anonymous: true,
      },
    ],
  };
  const client = { allow_anonymous_connect_without_token: true };
  const subs = { open: {}, 'asked:a': {}, $private: {} };
  const byBackend = await start(t, { result: { user: '42' } }, { channel, client });
  assert.deepEqual(await resultOf(await connect(t, byBackend.url, { subs })), alive);
  byBackend.backend.answers['/connect'] = {};
  const anonymous = await connect(t, byBackend.url, { subs });
  assert.deepEqual(await resultOf(anonymous), { ...alive, subs: { open: {} } });
});

test('connect() with cache_recover delivers the latest publication of a channel that recovers it', async (t) => {
  const cached = { history_size: 10, history_ttl: '60s', force_recovery: true, force_recovery_mode: 'cache' };
  const subs = { 'cache:a': { cache_recover: true }, 'cache:b': {} };
  const { url, gateway } = await start(
    t,
    { result: { user: '42', subs } },
    { channel: { namespaces: [{ name: 'cache', ...cached }] } },
  );
  for (const channel of ['cache:a', 'cache:b']) await gateway.serverApi.call('publish', { channel, data: { n: 1 } });
  const result = (await resultOf(await connect(t, url)))['subs'] as Record<
    string,
    { publications?: { data: object }[] }
  >;
  assert.deepEqual(
    result['cache:a']?.publications?.map(({ data }) => data),
    [{ n: 1 }],
  );
  assert.equal(result['cache:b']?.publications, undefined);
});

test('a client that goes away while the backend thinks about it leaves nothing behind', async (t) => {
  const answered = Promise.withResolvers<void>();
  const { url, gateway, backend } = await start(t, (response) => {
    void answered.promise.then(() => response.end('{"result":{"user":"42","channels":["a"]}}'));
  });
  const client = await connect(t, url);
  await until('the backend was asked', () => backend.asked.length === 1);
  client.socket.terminate();
  await until('the socket is gone', () => gateway.stats().sockets === 0);
  answered.resolve();
  const second = await connect(t, url);
  await second.reply(1);
  const { connections, subscriptions } = gateway.stats();
  assert.deepEqual({ connections, subscriptions }, { connections: 1, subscriptions: 1 });
});

test('single_connection ends the older connections of a user with 3504', async (t) => {
  const personal = { enabled: true, single_connection: true, personal_channel_namespace: 'own' };
  const { url } = await start(
    t,
    { result: { user: '42' } },
    {
      client: { subscribe_to_user_personal_channel: personal },
      channel: { namespaces: [{ name: 'own', presence: true }] },
    },
  );
  const token = tokenOf({ user: '42' });
  const first = await connect(t, url, { token });
  assert.deepEqual(await resultOf(first), { ...alive, subs: { 'own:#42': {} } });
  const other = await connect(t, url, { token: tokenOf({ user: '43' }) });
  await other.reply(1);
  const second = await connect(t, url, { token });
  await second.reply(1);
  assert.deepEqual(await first.closed, [3504, 'connection limit']);
  assert.equal(second.socket.readyState, second.socket.OPEN);
  assert.equal(other.socket.readyState, other.socket.OPEN);
});

const seconds = (clock: { now(): number }, plus: number): number => Math.floor(clock.now() / 1000) + plus;

type Refresh = NonNullable<Application['refresh']>;

/** An established connection that expires in 600 s, and an application in this process that answers with `answers.refresh`. */
async function startRefreshing(t: TestContext) {
  const clock = createFakeClock();
  const asked: Parameters<Refresh>[1][] = [];
  const answers: { refresh: () => ReturnType<Refresh> } = { refresh: () => new Promise(() => {}) };
  const application: Application = {
    refresh(proxy, call) {
      assert.equal(proxy, 'default');
      asked.push(call);
      return answers.refresh();
    },
  };
  const under = await startGateway(
    t,
    {
      client: {
        proxy: { refresh: { enabled: true, endpoint: 'in-process:' } },
        pong_timeout: '0s',
        ping_interval: '0s',
      },
    },
    { clock, application },
  );
  const token = tokenOf({ user: '42', expireAt: seconds(clock, 600), meta: { tenant: 'x' } });
  const client = await connect(t, under.url, { token });
  await client.reply(1);
  return { ...under, client, clock, asked, answers, token };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('with a refresh proxy the client is told nothing, and nothing ends while the backend is asked', async (t) => {
  const { client, clock, asked } = await startRefreshing(t);
  assert.deepEqual(await resultOf(client), {});
  clock.tick(599_000);
  assert.equal(asked.length, 0);
  clock.tick(1_500);
  assert.equal(asked.length, 1);
  const { user, meta, transport } = asked[0]!;
  assert.deepEqual({ user, meta, transport }, { user: '42', meta: '{"tenant":"x"}', transport: 'websocket' });
  clock.tick(120_000);
  client.send({ id: 2, rpc: {} });
  await client.reply(2);
  assert.equal(asked.length, 1);
});

test('refresh by the backend: goes on until the new expiry, and ends with 3005 when it says so or says nothing', async (t) => {
  const over = [{ expired: true }, undefined, { expireAt: 1 }] as const;
  for (const last of over) {
    const { client, clock, asked, answers } = await startRefreshing(t);
    const meta = rawJson({ tenant: 'y' });
    answers.refresh = () => Promise.resolve({ ok: true, result: { expireAt: seconds(clock, 600), meta } });
    clock.tick(600_500);
    await turn();
    answers.refresh = () => Promise.resolve({ ok: true, result: last });
    clock.tick(599_000);
    assert.equal(asked.length, 1);
    clock.tick(1_500);
    assert.deepEqual(await client.closed, [3005, 'connection expired']);
    assert.deepEqual(
      asked.map((call) => call.meta),
      ['{"tenant":"x"}', '{"tenant":"y"}'],
    );
  }
});

test('refresh by the backend: without an answer the connection lives a minute longer, and then it is asked again', async (t) => {
  const failures: (() => ReturnType<Refresh>)[] = [
    () => Promise.reject(new Error('lost')),
    () => Promise.resolve({ ok: false, error: { code: 1000, message: 'not interpreted' } }),
  ];
  for (const failure of failures) {
    const { client, clock, asked, answers } = await startRefreshing(t);
    answers.refresh = failure;
    clock.tick(600_500);
    await turn();
    clock.tick(59_000);
    assert.equal(asked.length, 1);
    answers.refresh = () => Promise.resolve({ ok: true });
    clock.tick(1_500);
    assert.deepEqual(await client.closed, [3005, 'connection expired']);
    assert.equal(asked.length, 2);
  }
});

test('refresh() by the client ends with 3501 where the backend does it', async (t) => {
  const { client, token } = await startRefreshing(t);
  client.send({ id: 2, refresh: { token } });
  assert.deepEqual(await client.closed, [3501, 'bad request']);
});
