import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { GatewayConfigInput } from '../config.ts';
import type { GatewayOptions } from '../gateway.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { type GatewayUnderTest, startGateway } from '../testing/gateway-under-test.ts';
import { until } from '../testing/once.ts';
import { ask, openHttp, type OpenStream } from '../testing/stream-client.ts';

const switchedOn: GatewayConfigInput = {
  client: { insecure: true },
  channel: { without_namespace: { presence: true } },
  http_stream: { enabled: true },
  sse: { enabled: true },
};

const hello = '{"id":1,"connect":{}}';

interface Emulated extends OpenStream {
  /** Posts commands for this stream. */
  post: (...commands: object[]) => Promise<number>;
  reply: (id: number) => Promise<Record<string, unknown>>;
}

async function open(t: TestContext, { httpUrl }: GatewayUnderTest, path: 'http_stream' | 'sse'): Promise<Emulated> {
  const stream = await openHttp(t, `${httpUrl}/connection/${path}`, { body: hello });
  const reply = (id: number) => stream.find(`reply ${id}`, (found) => found['id'] === id);
  const { connect: result } = await reply(1);
  const { session, node } = result as { session: string; node: string };
  return {
    ...stream,
    reply,
    async post(...commands) {
      const data = commands.map((command) => JSON.stringify(command)).join('\n');
      const { status } = await ask(t, `${httpUrl}/emulation`, { body: JSON.stringify({ session, node, data }) });
      return status;
    },
  };
}

async function start(t: TestContext, config: GatewayConfigInput = switchedOn, options: Partial<GatewayOptions> = {}) {
  const under = await startGateway(t, config, options);
  const clients = async (channel: string): Promise<number> => {
    const answer = await under.gateway.serverApi.call('presence_stats', { channel });
    return answer.result?.num_clients ?? -1;
  };
  return { under, clients };
}

for (const path of ['http_stream', 'sse'] as const) {
  test(`${path}: commands go through /emulation, replies and publications come down the stream`, async (t) => {
    const { under } = await start(t);
    const stream = await open(t, under, path);
    if (path === 'sse') assert.ok(stream.body().startsWith('\r\ndata: {"id":1'));
    assert.equal(
      await stream.post({ id: 2, subscribe: { channel: 'room' } }, { id: 3, presence_stats: { channel: 'room' } }),
      204,
    );
    assert.deepEqual(await stream.reply(3), { id: 3, presence_stats: { num_clients: 1, num_users: 1 } });
    await under.gateway.serverApi.call('publish', { channel: 'room', data: { n: 1 } });
    assert.deepEqual(await stream.find('the publication', (reply) => 'push' in reply), {
      push: { channel: 'room', pub: { data: { n: 1 } } },
    });
  });

  test(`${path}: an aborted stream is out of presence at once, and frames for it are still answered with 204`, async (t) => {
    const { under, clients } = await start(t);
    const stream = await open(t, under, path);
    await stream.post({ id: 2, subscribe: { channel: 'room' } });
    await stream.reply(2);
    assert.equal(await clients('room'), 1);
    const abortedAt = performance.now();
    stream.abort();
    await until('it is gone', () => under.gateway.stats().connections === 0);
    assert.equal(await clients('room'), 0);
    assert.ok(performance.now() - abortedAt < 300, 'it took longer than 300 ms');
    assert.equal(await stream.post({ id: 3, unsubscribe: { channel: 'room' } }), 204);
    assert.equal(under.gateway.stats().sockets, 0);
  });

  test(`${path}: a refused connect is told in the stream, a disconnect by a push before its end`, async (t) => {
    const { under } = await start(t, { ...switchedOn, client: {} });
    const refused = await openHttp(t, `${under.httpUrl}/connection/${path}`, { body: hello });
    await refused.ended;
    assert.deepEqual(refused.replies(), [{ push: { disconnect: { code: 3501, reason: 'bad request' } } }]);
    const again = await start(t);
    const stream = await open(t, again.under, path);
    await again.under.gateway.serverApi.call('disconnect', { user: '' });
    await stream.ended;
    assert.deepEqual(stream.replies().at(-1), { push: { disconnect: { code: 3503, reason: 'force disconnect' } } });
    assert.equal(stream.response.complete, true);
  });

  test(`${path}: a ping that is answered through /emulation goes on, one that is not ends with 3012`, async (t) => {
    const clock = createFakeClock();
    const { under } = await start(t, switchedOn, { clock, random: () => 0.5 });
    const stream = await open(t, under, path);
    const pings = () => stream.replies().filter((reply) => Object.keys(reply).length === 0).length;
    clock.tick(19_000);
    await until('the first ping', () => pings() === 1);
    assert.equal(await stream.post({}), 204);
    clock.tick(25_000);
    await until('the second ping', () => pings() === 2);
    clock.tick(8_400);
    await stream.ended;
    assert.deepEqual(stream.replies().at(-1), { push: { disconnect: { code: 3012, reason: 'no pong' } } });
  });

  test(`${path}: a reader that is too slow ends with 3008 and is cut, while others go on`, async (t) => {
    const { under } = await start(t, { ...switchedOn, client: { insecure: true, queue_max_size: 100_000 } });
    const stream = await open(t, under, path);
    const other = await open(t, under, path);
    await stream.post({ id: 2, subscribe: { channel: 'room' } });
    await other.post({ id: 2, subscribe: { channel: 'room' } });
    await Promise.all([stream.reply(2), other.reply(2)]);
    stream.response.pause();
    const data = 'x'.repeat(50_000);
    let published = 0;
    while (under.gateway.stats().slowDisconnects === 0 && published < 1_000) {
      await under.gateway.serverApi.call('publish', { channel: 'room', data });
      published += 1;
      await until('the other has it', () => other.replies().filter((reply) => 'push' in reply).length === published);
    }
    assert.equal(under.gateway.stats().slowDisconnects, 1);
    assert.equal(under.gateway.stats().connections, 1);
    assert.ok(under.logged.some(({ message, fields }) => message === 'disconnected: slow' && fields['code'] === 3008));
  });
}

test('a stream whose client closes its side of the connection ends', async (t) => {
  const { under } = await start(t);
  const { port } = new URL(under.httpUrl);
  const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => socket.destroy());
  socket.resume();
  socket.write(`POST /connection/http_stream HTTP/1.1\r\nHost: a\r\nContent-Length: ${hello.length}\r\n\r\n${hello}`);
  await until('it is established', () => under.gateway.stats().connections === 1);
  socket.end();
  await until('it has ended', () => under.gateway.stats().sockets === 0);
});

test('streams that break off before the connect reply leave nothing behind', async (t) => {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const tokens = {
    connection: async () => {
      await held;
      return { ok: true, claims: { user: 'ann', channels: ['room'] } } as const;
    },
    subscription: () => ({ ok: false, problem: 'invalid', reason: 'unused' }) as const,
  };
  const { under, clients } = await start(t, switchedOn, { tokens });
  const body = '{"id":1,"connect":{"token":"a"}}';
  const streams = await Promise.all([1, 2, 3].map(() => openHttp(t, `${under.httpUrl}/connection/sse`, { body })));
  await until('all are open', () => under.gateway.stats().sockets === 3);
  for (const stream of streams) stream.abort();
  await until('all are closed', () => under.gateway.stats().sockets === 0);
  release();
  await until('nothing is left', () => under.gateway.stats().connections === 0);
  assert.equal(await clients('room'), 0);
});

test('time-outs of the server for idle and slow requests do not cut a stream', async (t) => {
  const { under } = await start(t);
  under.server.timeout = 30;
  under.server.keepAliveTimeout = 10;
  const stream = await open(t, under, 'http_stream');
  let isOver = false;
  void stream.ended.then(() => (isOver = true));
  const idle = connect({ port: Number(new URL(under.httpUrl).port), host: '127.0.0.1' });
  let isIdleCut = false;
  idle.resume().on('close', () => (isIdleCut = true));
  await until('an idle connection is cut', () => isIdleCut);
  assert.equal(isOver, false);
  await stream.post({ id: 2, presence_stats: { channel: 'room' } });
  await stream.reply(2);
});

test('a connection whose commands wait too long and pile up ends with 3013', async (t) => {
  const rpc = { rpc: () => new Promise<never>(() => {}) };
  const asksRpc = { rpc: { without_namespace: { proxy_enabled: true }, proxy: { endpoint: 'in-process:' } } };
  const { under } = await start(t, { ...switchedOn, ...asksRpc }, { application: rpc });
  const stream = await open(t, under, 'http_stream');
  const big = { id: 3, rpc: { data: 'x'.repeat(60_000) } };
  await stream.post({ id: 2, rpc: {} });
  for (let count = 0; count < 4; count += 1) assert.equal(await stream.post(big), 204);
  await stream.ended;
  assert.deepEqual(stream.replies().at(-1), { push: { disconnect: { code: 3013, reason: 'too many requests' } } });
});

test('session ids are long, differ, and are in no log line', async (t) => {
  const { under } = await start(t);
  const streams = [await open(t, under, 'http_stream'), await open(t, under, 'sse')];
  const ids = streams.map(
    (stream) => (stream.replies()[0]?.['connect'] as { session: string } | undefined)?.session ?? '',
  );
  assert.equal(new Set(ids).size, 2);
  for (const id of ids) {
    assert.match(id, /^[\w-]{32}$/);
    assert.ok(!JSON.stringify(under.logged).includes(id));
  }
  assert.equal(await streams[0]?.post({ id: 2, presence_stats: { channel: 'a' } }), 204);
});

test('shutdown tells streams 3001 and ends them', async (t) => {
  const { under } = await start(t);
  const streams = [await open(t, under, 'http_stream'), await open(t, under, 'sse')];
  await under.gateway.shutdown();
  for (const stream of streams) {
    await stream.ended;
    assert.deepEqual(stream.replies().at(-1), { push: { disconnect: { code: 3001, reason: 'shutdown' } } });
  }
  assert.equal((await ask(t, `${under.httpUrl}/connection/sse`, { body: hello })).status, 503);
});
