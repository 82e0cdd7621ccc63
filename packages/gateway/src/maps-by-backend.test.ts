import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { startBackend } from './testing/fake-backend.ts';
import { startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { until } from './testing/once.ts';
import { openRaw } from './testing/raw-client.ts';

/** A connection of user 42 and a backend that decides about subscribing, keys and removals of a map. */
async function start(t: TestContext) {
  const backend = await startBackend(t);
  const proxyAt = (path: string) => ({ endpoint: `${backend.url}/${path}`, timeout: '5s' });
  const under = await startGateway(t, {
    channel: {
      proxy: { subscribe: proxyAt('subscribe'), map_publish: proxyAt('publish'), map_remove: proxyAt('remove') },
      without_namespace: {
        subscription_type: 'map',
        subscribe_proxy_enabled: true,
        map: {
          mode: 'recoverable',
          key_ttl: '60s',
          publish_proxy_enabled: true,
          remove_proxy_enabled: true,
          remove_client_on_unsubscribe: true,
        },
      },
    },
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
  const keys = async (): Promise<unknown> => {
    const { result } = await under.gateway.serverApi.call('map_read_state', { channel: 'm', limit: -1 });
    return result?.entries.map(({ key, data, tags }) => [key, data, tags]);
  };
  return { ...under, client, ask, keys, backend };
}

test('subscribe() to a map by the backend', async (t) => {
  const { ask, backend } = await start(t);
  backend.answers['/subscribe'] = { result: { data: { hello: 1 } } };
  const { subscribe } = await ask({ subscribe: { channel: 'm', type: 1, phase: 2 } });
  const { type, data } = subscribe as Record<string, unknown>;
  assert.deepEqual({ type, data }, { type: 1, data: { hello: 1 } });
  backend.answers['/subscribe'] = { error: { code: 1000, message: 'no' } };
  const refused = await ask({ subscribe: { channel: 'other', type: 1, phase: 2 } });
  assert.deepEqual(refused, { error: { code: 1000, message: 'no' } });
});

test('publish() and removal of a key by the backend: what it says is written', async (t) => {
  const { ask, backend, keys, client } = await start(t);
  const set = (key: string) => ask({ publish: { channel: 'm', type: 1, key, data: { n: 1 } } });
  const remove = (key: string) => ask({ publish: { channel: 'm', type: 1, key, removed: true } });
  backend.answers['/publish'] = {};
  assert.deepEqual(await set('a'), { publish: {} });
  backend.answers['/publish'] = { result: { key: 'b', data: { n: 2 }, tags: { t: 'v' } } };
  assert.deepEqual(await set('a'), { publish: {} });
  backend.answers['/publish'] = { result: { data: { n: 3 }, key_mode: 'if_new' } };
  assert.deepEqual(await set('a'), { publish: {} });
  backend.answers['/publish'] = { error: { code: 1000, message: 'no' } };
  assert.deepEqual(await set('c'), { error: { code: 1000, message: 'no' } });
  assert.deepEqual(await keys(), [
    ['a', { n: 1 }, undefined],
    ['b', { n: 2 }, { t: 'v' }],
  ]);
  backend.answers['/remove'] = { result: { key: 'b' } };
  assert.deepEqual(await remove('a'), { publish: {} });
  assert.deepEqual(await keys(), [['a', { n: 1 }, undefined]]);
  backend.answers['/remove'] = (response) => response.writeHead(500).end();
  const internal = { code: 100, message: 'internal server error', temporary: true };
  assert.deepEqual(await remove('a'), { error: internal });
  backend.answers['/remove'] = { disconnect: { code: 4000, reason: 'later' } };
  client.send({ id: 99, publish: { channel: 'm', type: 1, key: 'a', removed: true } });
  assert.deepEqual(await client.closed, [4000, 'later']);
  assert.deepEqual(await keys(), [['a', { n: 1 }, undefined]]);
  const about = { transport: 'websocket', protocol: 'json', encoding: 'json', user: '42', channel: 'm', key: 'a' };
  for (const [path, expected] of [
    ['/publish', { ...about, data: { n: 1 } }],
    ['/remove', about],
  ] as const) {
    const { client: _client, ...body } = backend.asked.find((asked) => asked.path === path)?.body ?? {};
    assert.deepEqual(body, expected);
  }
});

test('a client that is gone when the backend answers sets no key that stands for itself', async (t) => {
  const { client, backend, keys, gateway, url } = await start(t);
  const answers: ((result: object) => void)[] = [];
  backend.answers['/publish'] = (response) => answers.push((result) => response.end(JSON.stringify({ result })));
  client.send({ id: 90, subscribe: { channel: 'm', type: 1, phase: 2 } });
  await client.reply(90);
  client.send({ id: 91, publish: { channel: 'm', type: 1, key: 'me', data: {} } });
  await until('it is asked', () => answers.length === 1);
  const { client: own } = (client.replies[0] as { connect: { client: string } }).connect;
  client.socket.terminate();
  await until('it is gone', () => gateway.stats().sockets === 0);
  answers[0]?.({ key: own });
  const other = await openRaw(t, url);
  other.send({ id: 1, connect: { token: tokenOf({ user: '43' }) } });
  await other.reply(1);
  other.send({ id: 2, publish: { channel: 'm', type: 1, key: 'other', data: {} } });
  await until('it is asked', () => answers.length === 2);
  answers[1]?.({});
  await other.reply(2);
  assert.deepEqual(await keys(), [['other', {}, undefined]]);
});
