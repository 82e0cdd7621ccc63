import assert from 'node:assert/strict';
import { once as emitted } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { until } from './testing/once.ts';
import { openRaw } from './testing/raw-client.ts';

const open = { client: { insecure: true } };
const hello = { id: 1, connect: {} };

test('receive() closes with 3501 for frames that are no commands, and with 3508 for send', async (t) => {
  const { url } = await startGateway(t, open);
  for (const [name, frames, expected] of [
    ['empty frame', [''], 3501],
    ['no JSON', ['hello'], 3501],
    ['before connect', ['{"id":1,"publish":{"channel":"a","data":1}}'], 3501],
    ['pong before connect', ['{}'], 3501],
    ['second connect', ['{"id":1,"connect":{}}', '{"id":2,"connect":{}}'], 3501],
    ['pong without a ping', ['{"id":1,"connect":{}}', '{}'], 3501],
    ['unknown command', ['{"id":1,"connect":{}}', '{"id":2,"ping":{}}'], 3501],
    ['blank line', ['{"id":1,"connect":{}}\n\n{"id":2,"rpc":{}}'], 3501],
    ['empty channel', ['{"id":1,"connect":{}}', '{"id":2,"subscribe":{"channel":""}}'], 3501],
    ['unknown delta', ['{"id":1,"connect":{}}', '{"id":2,"subscribe":{"channel":"a","delta":"x"}}'], 3501],
    ['send', ['{"id":1,"connect":{}}', '{"send":{"data":1}}'], 3508],
  ] as const) {
    const client = await openRaw(t, url);
    for (const frame of frames) client.socket.send(frame);
    assert.equal((await client.closed)[0], expected, name);
  }
});

test('receive() takes binary frames as text, and refuses bytes that are not UTF-8 with 3501', async (t) => {
  const { url } = await startGateway(t, open);
  const client = await openRaw(t, url);
  client.socket.send(Buffer.from(JSON.stringify(hello)), { binary: true });
  assert.ok('connect' in (await client.reply(1)));
  client.socket.send(Buffer.from([0x7b, 0xff, 0x7d]), { binary: true });
  assert.deepEqual(await client.closed, [3501, 'bad request']);
});

test('a message above websocket.message_size_limit ends its connection with 1009 and no other', async (t) => {
  const { url, gateway } = await startGateway(t, { ...open, websocket: { message_size_limit: 1000 } });
  const other = await openRaw(t, url);
  other.send(hello);
  await other.reply(1);
  const client = await openRaw(t, url);
  client.send(hello);
  await client.reply(1);
  client.socket.send('x'.repeat(1001));
  assert.equal((await client.closed)[0], 1009);
  await until('one is left', () => gateway.stats().connections === 1);
  other.send({ id: 2, rpc: {} });
  assert.deepEqual(await other.reply(2), { id: 2, error: { code: 108, message: 'not available' } });
});

test('commands of one frame are answered in order, several replies in one frame, and other connections get their turn', async (t) => {
  const { url } = await startGateway(t, open);
  const client = await openRaw(t, url);
  const count = 2_000;
  client.send(hello, ...Array.from({ length: count }, (_, index) => ({ id: index + 2, rpc: {} })));
  await client.reply(count + 1);
  assert.deepEqual(
    client.replies.map(({ id }) => id),
    Array.from({ length: count + 1 }, (_, index) => index + 1),
  );
  assert.ok(client.frames.length > 10 && client.frames.length < count / 10, `${client.frames.length} frames`);
});

const asksRpc = { rpc: { without_namespace: { proxy_enabled: true }, proxy: { endpoint: 'in-process:' } } };

test('a client that sends faster than it is served is not read, and loses nothing', async (t) => {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const rpc = { rpc: () => held.then(() => ({ ok: true }) as const) };
  const { url } = await startGateway(t, { ...open, ...asksRpc }, { application: rpc });
  const client = await openRaw(t, url);
  client.send(hello, { id: 2, rpc: {} });
  await client.reply(1);
  const filler = 'x'.repeat(60_000);
  for (let id = 3; id < 103; id += 1) client.send({ id, rpc: { data: filler } });
  await until('the client is stuck', () => client.socket.bufferedAmount > 1_000_000);
  release();
  await client.reply(102);
  assert.equal(client.replies.length, 102);
});

test('handleUpgrade() answers a foreign origin with 403, and a full gateway with 503', async (t) => {
  const { url, gateway } = await startGateway(t, {
    client: { ...open.client, allowed_origins: ['https://*.example.com'], connection_limit: 1 },
  });
  const statusOf = async (address: string, origin?: string): Promise<number | undefined> => {
    const socket = new WebSocket(address, origin === undefined ? {} : { origin });
    socket.on('error', () => {});
    const [, response] = (await emitted(socket, 'unexpected-response')) as [unknown, { statusCode?: number }];
    return response.statusCode;
  };
  assert.equal(await statusOf(url, 'https://example.com'), 403);
  assert.equal(await statusOf(url, 'https://a.example.com.evil.org'), 403);
  const allowed = await openRaw(t, url, { origin: 'https://App.Example.com' });
  assert.equal(await statusOf(url), 503);
  allowed.socket.close();
  await until('the place is free', () => gateway.stats().sockets === 0);
  await openRaw(t, url);
});

test('handleUpgrade() survives sockets that break off in the middle of everything', async (t) => {
  const { url, gateway } = await startGateway(t, open);
  const { port } = new URL(url);
  for (const text of [
    '',
    'GET /connection/websocket HTTP/1.1\r\n',
    'GET //[ HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    'GET /connection/websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  ]) {
    const socket = connect(Number(port), '127.0.0.1');
    await emitted(socket, 'connect');
    const ended = emitted(socket, 'close');
    socket.on('error', () => {});
    socket.resume();
    socket.end(text);
    await ended;
  }
  const client = await openRaw(t, url);
  client.send(hello);
  await client.reply(1);
  client.socket.terminate();
  await until('nobody is left', () => gateway.stats().connections === 0 && gateway.stats().sockets === 0);
});

test('handleUpgrade() cuts off a peer that is refused and does not end its side', async (t) => {
  const { url, server } = await startGateway(t, { client: { ...open.client, allowed_origins: [] } });
  const { port } = new URL(url);
  const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => socket.destroy());
  socket.resume();
  socket.write(
    'GET /connection/websocket HTTP/1.1\r\nHost: a\r\nOrigin: https://a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  );
  await emitted(socket, 'end');
  let count = 1;
  await until('the socket is gone', () => {
    server.getConnections((_error, now) => (count = now));
    return count === 0;
  });
});

test('a message in more fragments than allowed ends its connection with 1008', async (t) => {
  const { url } = await startGateway(t, open);
  const client = await openRaw(t, url);
  client.socket.send('{"id":1,"connect":{}', { fin: false });
  for (let count = 0; count < 1_022; count += 1) client.socket.send('', { fin: false });
  client.socket.send('}', { fin: true });
  assert.ok('connect' in (await client.reply(1)));
  for (let count = 0; count < 1_025; count += 1) client.socket.send('', { fin: false });
  assert.equal((await client.closed)[0], 1008);
});

test('a token that the gate refuses ends with the code of the protocol and leaves its words, not the token, in the log', async (t) => {
  const { url, logged } = await startGateway(t, {});
  for (const [token, expected] of [
    ['secret-nonsense', [3500, 'invalid token']],
    ['', [3501, 'bad request']],
  ] as const) {
    const client = await openRaw(t, url);
    client.send({ id: 1, connect: { token } });
    assert.deepEqual(await client.closed, expected);
  }
  const expired = await openRaw(t, url);
  expired.send({ id: 1, connect: { token: tokenOf({ problem: 'expired' }) } });
  assert.deepEqual(await expired.reply(1), { id: 1, error: { code: 109, message: 'token expired' } });
  expired.send(hello);
  assert.equal((await expired.closed)[0], 3501);
  const words = logged.filter(({ level }) => level === 'warn').map(({ message }) => message);
  assert.deepEqual(words, ['invalid token', 'token expired']);
  assert.ok(!JSON.stringify(logged).includes('secret-nonsense'));
});
