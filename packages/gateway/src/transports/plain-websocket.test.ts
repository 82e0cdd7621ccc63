import assert from 'node:assert/strict';
import { once as emitted } from 'node:events';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import type { GatewayConfigInput } from '../config.ts';
import { openMemoryEngine } from '../engine/memory/engine.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { type GatewayUnderTest, startGateway } from '../testing/gateway-under-test.ts';
import { until } from '../testing/once.ts';
import type { TokenGate } from '../token-gate.ts';

/** Tokens are user and room, as in `ann.lobby`; a few words mean trouble. */
const tokens: TokenGate = {
  connection(token) {
    if (token === 'old') return { ok: false, problem: 'expired', reason: 'exp' };
    if (token === 'later') return { ok: false, problem: 'unavailable', reason: 'keys' };
    const [user = '', room, expireAt] = token.split('.');
    if (user === 'nobody') return { ok: false, problem: 'invalid', reason: 'signature' };
    return {
      ok: true,
      claims: {
        user,
        ...(room === undefined ? {} : { room: room.replace('_', ':') }),
        ...(expireAt === undefined ? {} : { expireAt: Number(expireAt) }),
      },
    };
  },
  subscription: () => ({ ok: false, problem: 'invalid', reason: 'unused' }),
};

const on: GatewayConfigInput = {
  client: { allowed_origins: ['https://app.example.com'] },
  channel: {
    without_namespace: { presence: true, history_size: 10, history_ttl: '60s' },
    namespaces: [{ name: 'objects', publication_data_format: 'json_object' }],
  },
  plain_websocket: { enabled: true },
};

interface Plain {
  socket: WebSocket;
  texts: string[];
  closed: Promise<[number, string]>;
}

const addressOf = ({ httpUrl }: GatewayUnderTest): string => `${httpUrl.replace('http', 'ws')}/ws`;

async function enter(t: TestContext, under: GatewayUnderTest, token: string): Promise<Plain> {
  const socket = new WebSocket(addressOf(under), ['bearer', token]);
  t.after(() => socket.terminate());
  const texts: string[] = [];
  socket.on('message', (data: Buffer, isBinary) => texts.push(isBinary ? 'binary' : data.toString()));
  const closed = emitted(socket, 'close').then(([code, reason]) => [code, String(reason)] as [number, string]);
  const before = under.gateway.stats().subscriptions;
  await emitted(socket, 'open');
  await until('the room is entered', () => under.gateway.stats().subscriptions > before);
  return { socket, texts, closed };
}

const start = (t: TestContext, config: GatewayConfigInput = on): Promise<GatewayUnderTest> =>
  startGateway(t, config, { tokens });

test('a text goes to everybody in the room and to no other, as it was sent', async (t) => {
  const under = await start(t);
  const ann = await enter(t, under, 'ann.lobby');
  const bob = await enter(t, under, 'bob.lobby');
  const eve = await enter(t, under, 'eve.cellar');
  assert.equal(ann.socket.protocol, 'bearer');
  const texts = [
    'hello',
    '42',
    '"quoted"',
    'two\nlines',
    '{"type":"note","n":1}',
    '[1,2]',
    '{broken',
    'žluťoučký 🐎',
    'null',
  ];
  for (const text of texts) ann.socket.send(text);
  await until('all arrived', () => bob.texts.length === texts.length && ann.texts.length === texts.length);
  assert.deepEqual(bob.texts, texts);
  assert.deepEqual(ann.texts, texts);
  assert.deepEqual(eve.texts, []);
  const kept = await under.gateway.serverApi.call('history', { channel: 'lobby', limit: 20 });
  assert.deepEqual(
    kept.result?.publications.map(({ data, info }) => [data, info?.user]),
    ['hello', '42', '"quoted"', 'two\nlines', { type: 'note', n: 1 }, '[1,2]', '{broken', 'žluťoučký 🐎', 'null'].map(
      (data) => [data, 'ann'],
    ),
  );
});

test('texts count against the rate limits of publishing', async (t) => {
  const publish = { enabled: true, buckets: [{ interval: '1h', rate: 2 }] };
  const limited = { ...on.client, rate_limit: { client_command: { enabled: true, publish } } };
  const under = await start(t, { ...on, client: limited });
  const ann = await enter(t, under, 'ann.lobby');
  for (const text of ['one', 'two', 'three']) ann.socket.send(text);
  await until('all are answered', () => ann.texts.length === 3);
  const refusal = '{"type":"error","message":"too many texts in a short time; wait a little"}';
  assert.deepEqual(ann.texts.toSorted(), ['one', 'two', refusal].toSorted());
  assert.equal(under.gateway.stats().rateLimited, 1);
});

test('typing says who it is, whatever was claimed, and is not kept', async (t) => {
  const under = await start(t);
  const ann = await enter(t, under, 'ann.lobby');
  const bob = await enter(t, under, 'bob.lobby');
  ann.socket.send('{"type":"typing","user":"bob","state":"start"}');
  ann.socket.send('{"type":"typing","state":"stop"}');
  ann.socket.send('{"type":"typing","state":"maybe"}');
  await until('it arrived', () => bob.texts.length === 2 && ann.texts.length === 3);
  assert.deepEqual(bob.texts, [
    '{"type":"typing","user":"ann","state":"start"}',
    '{"type":"typing","user":"ann","state":"stop"}',
  ]);
  assert.ok(ann.texts.includes('{"type":"error","message":"typing needs the state start or stop"}'));
  const kept = await under.gateway.serverApi.call('history', { channel: 'lobby', limit: 20 });
  assert.deepEqual(kept.result?.publications, []);
});

test('what others publish in the room arrives as text; what the room does not take is told to the writer', async (t) => {
  const under = await start(t);
  const ann = await enter(t, under, 'ann.objects_1');
  await under.gateway.serverApi.call('publish', { channel: 'objects:1', data: { a: [1, 'x'] } });
  ann.socket.send('no object');
  ann.socket.send(Buffer.of(0xff, 0xfe), { binary: true });
  ann.socket.send('');
  ann.socket.send('{"b":2}');
  await until('it arrived', () => ann.texts.length === 4);
  assert.deepEqual(ann.texts.toSorted(), [
    '{"a":[1,"x"]}',
    '{"b":2}',
    '{"type":"error","message":"only text in UTF-8 is understood here"}',
    '{"type":"error","message":"the room does not take this kind of text"}',
  ]);
});

test('nobody comes in without a good token for a room that exists, from elsewhere, or above the limit', async (t) => {
  const under = await start(t);
  const statusOf = async (protocols: string[], origin?: string): Promise<[number, string | undefined]> => {
    const socket = new WebSocket(addressOf(under), protocols, origin === undefined ? {} : { origin });
    socket.on('error', () => {});
    const [, { statusCode, headers }] = (await emitted(socket, 'unexpected-response')) as [
      unknown,
      { statusCode: number; headers: Record<string, string> },
    ];
    return [statusCode, headers['www-authenticate']];
  };
  const invalid = 'Bearer error="invalid_token"';
  assert.deepEqual(await statusOf([]), [401, 'Bearer']);
  assert.deepEqual(await statusOf(['bearer']), [401, 'Bearer']);
  assert.deepEqual(await statusOf(['basic', 'ann.lobby']), [401, 'Bearer']);
  assert.deepEqual(await statusOf(['bearer', 'ann.lobby', 'more']), [401, 'Bearer']);
  assert.deepEqual(await statusOf(['bearer', 'nobody.lobby']), [401, invalid]);
  assert.deepEqual(await statusOf(['bearer', 'old']), [401, invalid]);
  assert.deepEqual(await statusOf(['bearer', 'later']), [503, undefined]);
  assert.deepEqual(await statusOf(['bearer', 'ann']), [403, undefined]);
  assert.deepEqual(await statusOf(['bearer', 'ann.nowhere_1']), [403, undefined]);
  assert.deepEqual(await statusOf(['bearer', 'ann.lobby'], 'https://example.org'), [403, undefined]);
  const words = under.logged.filter(({ level }) => level === 'warn').map(({ message }) => message);
  assert.deepEqual(words, ['invalid token', 'token expired', 'token could not be checked']);
  assert.ok(!JSON.stringify(under.logged).includes('nobody.lobby'));
  assert.equal(under.gateway.stats().sockets, 0);
});

test('who goes is out of the room at once, and the log names user, room and address', async (t) => {
  const under = await start(t);
  const ann = await enter(t, under, 'ann.lobby');
  const count = async (): Promise<number | undefined> =>
    (await under.gateway.serverApi.call('presence_stats', { channel: 'lobby' })).result?.num_clients;
  assert.equal(await count(), 1);
  const { fields } = under.logged.find(({ message }) => message === 'room entered') ?? {
    fields: {} as Record<string, unknown>,
  };
  assert.deepEqual([fields['user'], fields['room'], fields['ip']], ['ann', 'lobby', '127.0.0.1']);
  ann.socket.terminate();
  await until('nobody is left', () => under.gateway.stats().sockets === 0);
  assert.equal(await count(), 0);
});

test('the connection ends by code: expiry, disconnect, a message that is too large', async (t) => {
  const clock = createFakeClock();
  const under = await startGateway(t, { ...on, client: { ping_interval: '0s' } }, { tokens, clock });
  const expiring = await enter(t, under, `ann.lobby.${clock.now() / 1000 + 10}`);
  const banned = await enter(t, under, 'bob.lobby');
  const loud = await enter(t, under, 'cyd.lobby');
  await under.gateway.serverApi.call('disconnect', { user: 'bob' });
  assert.deepEqual(await banned.closed, [3503, 'force disconnect']);
  loud.socket.send('x'.repeat(65_537));
  assert.equal((await loud.closed)[0], 1009);
  clock.tick(10_000);
  clock.tick(25_400);
  assert.equal((await expiring.closed)[0], 3005);
  assert.deepEqual(expiring.texts, []);
});

test('a text that is sent before the room is joined waits until it is', async (t) => {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const under = await startGateway(t, on, {
    tokens,
    engine(options) {
      const engine = openMemoryEngine(options);
      const { broker } = engine;
      const subscribe = (channel: string): Promise<void> => held.then(() => broker.subscribe(channel));
      return { ...engine, broker: Object.assign(Object.create(broker) as typeof broker, { subscribe }) };
    },
  });
  const ann = await enter(t, under, 'ann.lobby');
  ann.socket.send('early');
  // An answer to this one comes after the text would have been read.
  await ping(ann.socket, 50);
  release();
  await until('it is published', () => ann.texts.length === 1);
  assert.deepEqual(ann.texts, ['early']);
});

/** Sends a ping of WebSocket and waits for its answer, at most so long: a connection that is not read gives none. */
function ping(socket: WebSocket, atMostMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, atMostMs);
    socket.once('pong', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.ping();
  });
}

test('a client that sends many texts at once lets others have their turn', async (t) => {
  const under = await start(t);
  const ann = await enter(t, under, 'ann.lobby');
  let last = 0;
  let most = 0;
  const watch = (): void => {
    const { published } = under.gateway.stats();
    most = Math.max(most, published - last);
    last = published;
    if (last < 5_000) setImmediate(watch);
  };
  watch();
  const socket: Socket = Reflect.get(ann.socket, '_socket') as Socket;
  socket.cork();
  for (let count = 0; count < 5_000; count += 1) ann.socket.send('x');
  socket.uncork();
  await until('all are published', () => last === 5_000);
  assert.ok(most <= 128, `${most} in one turn`);
});
