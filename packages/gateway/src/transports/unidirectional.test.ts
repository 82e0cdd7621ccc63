import assert from 'node:assert/strict';
import { once as emitted } from 'node:events';
import { test, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import type { GatewayConfigInput } from '../config.ts';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
import { type GatewayUnderTest, startGateway, tokenOf } from '../testing/gateway-under-test.ts';
import { until } from '../testing/once.ts';
import { openHttp } from '../testing/stream-client.ts';

type Push = Record<string, Record<string, unknown>>;

/** A unidirectional connection of any transport. */
interface Receiver {
  pushes: () => Push[];
  /** Close code of a WebSocket; undefined for streams. */
  ended: Promise<number | undefined>;
  abort: () => void;
}

const transports = ['uni_websocket', 'uni_sse', 'uni_http_stream'] as const;
type Transport = (typeof transports)[number];

async function receive(
  t: TestContext,
  under: GatewayUnderTest,
  transport: Transport,
  request: string,
): Promise<Receiver> {
  if (transport !== 'uni_websocket') {
    const stream = await openHttp(t, `${under.httpUrl}/connection/${transport}`, { body: request });
    return { pushes: stream.replies as () => Push[], ended: stream.ended.then(() => undefined), abort: stream.abort };
  }
  const socket = new WebSocket(`${under.httpUrl.replace('http', 'ws')}/connection/uni_websocket`);
  t.after(() => socket.terminate());
  const pushes: Push[] = [];
  socket.on('message', (data: Buffer) => {
    for (const line of data.toString().split('\n')) pushes.push(JSON.parse(line) as Push);
  });
  const ended = emitted(socket, 'close').then(([code]) => code as number);
  await emitted(socket, 'open');
  socket.send(request);
  return { pushes: () => pushes, ended, abort: () => socket.terminate() };
}

const enabled = { enabled: true };

async function start(t: TestContext, config: GatewayConfigInput = {}, clock?: FakeClock): Promise<GatewayUnderTest> {
  return startGateway(
    t,
    {
      client: { allow_anonymous_connect_without_token: true },
      channel: {
        without_namespace: {
          allow_subscribe_for_client: true,
          allow_subscribe_for_anonymous: true,
          history_size: 10,
          history_ttl: '60s',
          force_recovery: true,
        },
      },
      uni_websocket: enabled,
      uni_sse: enabled,
      uni_http_stream: enabled,
      ...config,
    },
    clock === undefined ? {} : { clock, random: () => 0.5 },
  );
}

for (const transport of transports) {
  test(`${transport}: the first push is connect, with wished channels; publications follow; a position is recovered`, async (t) => {
    const under = await start(t);
    const first = await receive(t, under, transport, '{"subs":{"news":{},"$private":{}}}');
    await until('connect', () => first.pushes().length === 1);
    const { connect } = first.pushes()[0] as { connect: Record<string, unknown> };
    assert.deepEqual(Object.keys(connect).sort(), ['client', 'ping', 'session', 'subs', 'version']);
    const { epoch, ...news } = (connect['subs'] as Record<string, Record<string, unknown>>)['news'] ?? {};
    assert.deepEqual(news, { recoverable: true, positioned: true });
    assert.deepEqual(Object.keys(connect['subs'] as object), ['news']);
    await under.gateway.serverApi.call('publish', { channel: 'news', data: { n: 1 } });
    await until('the publication', () => first.pushes().length === 2);
    assert.deepEqual(first.pushes()[1], { channel: 'news', pub: { data: { n: 1 }, offset: 1, epoch } });
    first.abort();
    await until('it is gone', () => under.gateway.stats().sockets === 0);
    await under.gateway.serverApi.call('publish', { channel: 'news', data: { n: 2 } });
    const request = { subs: { news: { recover: true, offset: 1, epoch } } };
    const second = await receive(t, under, transport, JSON.stringify(request));
    await until('connect again', () => second.pushes().length === 1);
    const again = (second.pushes()[0] as { connect: { subs: Record<string, Record<string, unknown>> } }).connect;
    assert.deepEqual(again.subs['news'], {
      recoverable: true,
      positioned: true,
      epoch,
      offset: 1,
      recovered: true,
      was_recovering: true,
      publications: [{ data: { n: 2 }, offset: 2 }],
    });
  });

  test(`${transport}: pings are empty pushes; nothing but the network has to answer`, async (t) => {
    const clock = createFakeClock();
    const under = await start(t, {}, clock);
    const receiver = await receive(t, under, transport, '{}');
    await until('connect', () => receiver.pushes().length === 1);
    clock.tick(19_000);
    await until('a ping', () => receiver.pushes().length === 2);
    assert.deepEqual(receiver.pushes()[1], {});
    // The answer of ws to the ping of WebSocket was sent before this one knocks, and is read before it is let in.
    if (transport === 'uni_websocket') await openSocket(t, under);
    clock.tick(24_000);
    assert.equal(under.gateway.stats().connections, 1);
  });

  test(`${transport}: a connect that is refused ends with the code that stands for its error`, async (t) => {
    const under = await start(t, { channel: {} });
    for (const [request, code, reason] of [
      [`{"token":${JSON.stringify(tokenOf({ problem: 'expired' }))}}`, 3005, 'connection expired'],
      [`{"token":${JSON.stringify(tokenOf({ problem: 'unavailable' }))}}`, 3004, 'internal server error'],
      ['{"token":"nonsense"}', 3500, 'invalid token'],
      [`{"token":${JSON.stringify(tokenOf({ user: '', channels: ['no:namespace'] }))}}`, 3004, 'internal server error'],
    ] as const) {
      const receiver = await receive(t, under, transport, request);
      const closeCode = await receiver.ended;
      assert.deepEqual(receiver.pushes(), [{ disconnect: { code, reason } }], request);
      if (transport === 'uni_websocket') assert.equal(closeCode, code);
    }
  });

  test(`${transport}: codes of refused connects can be chosen`, async (t) => {
    const to = { code: 4321, reason: 'come later' };
    const client = {
      allow_anonymous_connect_without_token: true,
      connect_code_to_unidirectional_disconnect: {
        enabled: true,
        transforms: [
          { code: 109, to },
          { code: 3500, to },
        ],
      },
    };
    const under = await start(t, { client });
    for (const token of [tokenOf({ problem: 'expired' }), 'nonsense']) {
      const receiver = await receive(t, under, transport, JSON.stringify({ token }));
      await receiver.ended;
      assert.deepEqual(receiver.pushes(), [{ disconnect: to }]);
    }
  });

  test(`${transport}: a disconnect is pushed, then the connection ends`, async (t) => {
    const under = await start(t);
    const receiver = await receive(t, under, transport, '{}');
    await until('connect', () => receiver.pushes().length === 1);
    await under.gateway.serverApi.call('disconnect', { user: '' });
    const code = await receiver.ended;
    assert.deepEqual(receiver.pushes().at(-1), { disconnect: { code: 3503, reason: 'force disconnect' } });
    if (transport === 'uni_websocket') assert.equal(code, 3503);
  });
}

async function openSocket(
  t: TestContext,
  under: GatewayUnderTest,
  { query = '', autoPong = true } = {},
): Promise<{ socket: WebSocket; frames: string[] }> {
  const socket = new WebSocket(`${under.httpUrl.replace('http', 'ws')}/connection/uni_websocket${query}`, { autoPong });
  t.after(() => socket.terminate());
  const frames: string[] = [];
  socket.on('message', (data: Buffer) => frames.push(data.toString()));
  await emitted(socket, 'open');
  return { socket, frames };
}

test('uni_websocket: connects by query, ignores what comes later, and refuses nonsense', async (t) => {
  const under = await start(t);
  const byQuery = await openSocket(t, under, { query: `?cf_connect=${encodeURIComponent('{"subs":{"a":{}}}')}` });
  await until('connect', () => byQuery.frames.length === 1);
  byQuery.socket.send('nonsense');
  byQuery.socket.send('{"id":1,"connect":{}}');
  const byNull = await openSocket(t, under);
  byNull.socket.send('null');
  byNull.socket.send('nonsense');
  await until('connect', () => byNull.frames.length === 1);
  await under.gateway.serverApi.call('publish', { channel: 'a', data: 1 });
  await until('it still lives', () => byQuery.frames.length === 2);
  const nonsense = await openSocket(t, under);
  nonsense.socket.send('{"id":1');
  const [code] = (await emitted(nonsense.socket, 'close')) as [number];
  assert.equal(code, 3501);
  const refused = new WebSocket(`${under.httpUrl.replace('http', 'ws')}/connection/uni_websocket?cf_connect=%7B`);
  refused.on('error', () => {});
  const [, response] = (await emitted(refused, 'unexpected-response')) as [unknown, { statusCode: number }];
  assert.equal(response.statusCode, 400);
});

test('uni_websocket: a client that does not answer pings of WebSocket ends with 3012', async (t) => {
  const clock = createFakeClock();
  const under = await start(t, {}, clock);
  const { socket, frames } = await openSocket(t, under, { query: '?cf_connect=%7B%7D', autoPong: false });
  await until('connect', () => frames.length === 1);
  clock.tick(19_000);
  clock.tick(8_400);
  const [code] = (await emitted(socket, 'close')) as [number];
  assert.equal(code, 3012);
});

test('uni_websocket: several pushes share a frame only if join_push_messages says so', async (t) => {
  for (const [join, frameCount] of [
    [false, 4],
    [true, 2],
  ] as const) {
    const under = await start(t, { uni_websocket: { enabled: true, join_push_messages: join } });
    const { socket, frames } = await openSocket(t, under);
    socket.send('{"subs":{"a":{}}}');
    await until('connect', () => frames.length === 1);
    await Promise.all([1, 2, 3].map((data) => under.gateway.serverApi.call('publish', { channel: 'a', data })));
    await until('all pushes', () => frames.join('\n').split('\n').length === 4);
    assert.equal(frames.length, frameCount);
  }
});

test('uni_websocket: the disconnect push and the close frame can be left out', async (t) => {
  for (const [options, lastPush, expected] of [
    [{ disable_disconnect_push: true }, 'connect', 3503],
    [{ disable_closing_handshake: true }, 'disconnect', 1006],
  ] as const) {
    const under = await start(t, { uni_websocket: { enabled: true, ...options } });
    const { socket, frames } = await openSocket(t, under);
    socket.send('{}');
    await until('connect', () => frames.length === 1);
    const closed = emitted(socket, 'close') as Promise<[number]>;
    await under.gateway.serverApi.call('disconnect', { user: '' });
    assert.equal((await closed)[0], expected);
    assert.deepEqual(Object.keys(JSON.parse(frames.at(-1) ?? '') as object), [lastPush]);
    await until('it is gone', () => under.gateway.stats().sockets === 0);
  }
});

test('uni_sse and uni_http_stream answer a refused connect with a status where that is configured', async (t) => {
  const transforms = [
    { code: 109, to: { status_code: 401, body: 'renew' } },
    { code: 3500, to: { status_code: 403, body: '{"no":true}' } },
  ];
  const byStatus = { enabled: true, connect_code_to_http_response: { enabled: true, transforms } };
  const under = await start(t, { uni_sse: byStatus, uni_http_stream: byStatus });
  for (const transport of ['uni_sse', 'uni_http_stream']) {
    const url = `${under.httpUrl}/connection/${transport}`;
    for (const [token, status, body] of [
      [tokenOf({ problem: 'expired' }), 401, 'renew'],
      ['nonsense', 403, '{"no":true}'],
      [tokenOf({ problem: 'unavailable' }), 500, 'connect failed\n'],
    ] as const) {
      const stream = await openHttp(t, url, { body: JSON.stringify({ token }) });
      await stream.ended;
      assert.deepEqual([stream.status, stream.body()], [status, body], `${transport} ${token}`);
    }
    const good = await openHttp(t, url, { body: '{}' });
    assert.equal(good.status, 200);
    await good.find('connect', (push) => 'connect' in push);
  }
});

test('a connection can be named by its session in the server API, and posts nothing with it', async (t) => {
  const under = await start(t);
  const [one, two] = [await receive(t, under, 'uni_sse', '{}'), await receive(t, under, 'uni_websocket', '{}')];
  await until('both are connected', () => one.pushes().length + two.pushes().length === 2);
  const session = String((one.pushes()[0] as Push)['connect']?.['session']);
  await under.gateway.serverApi.call('disconnect', { user: '', session });
  await one.ended;
  assert.equal(under.gateway.stats().connections, 1);
});
