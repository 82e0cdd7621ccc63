import assert from 'node:assert/strict';
import { once as emitted } from 'node:events';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { type ClientOptions, WebSocket } from 'ws';
import type { GatewayConfigInput } from '../config.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { startGateway } from '../testing/gateway-under-test.ts';
import { until } from '../testing/once.ts';
import { openRaw } from '../testing/raw-client.ts';

interface Opened {
  socket: WebSocket;
  /** Frames received, with whether they were binary. */
  frames: { data: Buffer; isBinary: boolean }[];
  closed: Promise<[number, string]>;
}

async function openWith(
  t: TestContext,
  url: string,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<Opened> {
  const socket = new WebSocket(url, protocols, { perMessageDeflate: false, ...options });
  const frames: Opened['frames'] = [];
  socket.on('message', (data: Buffer, isBinary) => frames.push({ data, isBinary }));
  const closed = emitted(socket, 'close').then(([code, reason]) => [code, String(reason)] as [number, string]);
  socket.on('error', () => {});
  t.after(() => socket.terminate());
  await emitted(socket, 'open');
  return { socket, frames, closed };
}

const insecure = (config: GatewayConfigInput = {}): GatewayConfigInput => ({ client: { insecure: true }, ...config });

// {"id":1,"connect":{}} and {"id":2,"presence_stats":{"channel":"a"}} without presence, each behind its length.
const connectBytes = Buffer.of(4, 8, 1, 34, 0);
const presenceStatsBytes = Buffer.of(7, 8, 2, 74, 3, 10, 1, 97);

test('the encoding follows the subprotocol, or the query where none says it', async (t) => {
  const { url } = await startGateway(t, insecure());
  for (const [query, protocols, echoed, isProtobuf] of [
    ['', [], '', false],
    ['', ['centrifuge-json'], 'centrifuge-json', false],
    ['', ['centrifuge-protobuf'], 'centrifuge-protobuf', true],
    ['', ['centrifuge-protobuf', 'centrifuge-json'], 'centrifuge-json', false],
    ['', ['something-else', 'centrifuge-protobuf'], 'centrifuge-protobuf', true],
    ['?format=protobuf', [], '', true],
    ['?cf_protocol=protobuf', [], '', true],
    ['?format=json', [], '', false],
  ] as const) {
    const { socket, frames } = await openWith(t, `${url}${query}`, [...protocols]);
    assert.equal(socket.protocol, echoed);
    socket.send(isProtobuf ? connectBytes : '{"id":1,"connect":{}}');
    await until('the reply', () => frames.length === 1);
    assert.equal(frames[0]?.isBinary, isProtobuf, `${query} ${protocols.join()}`);
    // Reply { id = 1, connect = 5 } behind its length, against {"id":1,"connect":…}
    assert.equal(
      frames[0]?.data
        .subarray(isProtobuf ? 1 : 0)
        .toString('latin1')
        .startsWith(isProtobuf ? '\x08\x01\x2a' : '{"id":1,'),
      true,
    );
    socket.terminate();
  }
});

// Python's `websockets` sends the header like this when its caller names an empty list.
test('createUpgrade() takes an empty subprotocol header as none offered', async (t) => {
  const { url } = await startGateway(t, insecure({ websocket: { compression: true } }));
  for (const perMessageDeflate of [false, true]) {
    const { socket, frames } = await openWith(t, url, [], {
      headers: { 'Sec-WebSocket-Protocol': '' },
      perMessageDeflate,
    });
    assert.equal(socket.protocol, '');
    socket.send('{"id":1,"connect":{}}');
    await until('the reply', () => frames.length === 1);
    assert.match(String(frames[0]?.data), /^{"id":1,"connect":/);
  }
});

test('text and binary messages are taken alike, and Protobuf replies of one turn share a frame', async (t) => {
  const { url } = await startGateway(t, insecure());
  const json = await openWith(t, url);
  json.socket.send(Buffer.from('{"id":1,"connect":{}}'), { binary: true });
  await until('the reply', () => json.frames.length === 1);
  const protobuf = await openWith(t, `${url}?format=protobuf`);
  protobuf.socket.send(Buffer.concat([connectBytes, presenceStatsBytes, presenceStatsBytes]));
  await until('the replies', () => protobuf.frames.length > 0);
  const [frame] = protobuf.frames;
  assert.ok(frame !== undefined);
  // Error 108 to both: presence is not switched on.
  assert.equal(frame.data.toString('latin1').split('not available').length, 3);
  protobuf.socket.send('');
  assert.deepEqual(await protobuf.closed, [3501, 'bad request']);
});

test('a message above message_size_limit closes with 1009, whole or in fragments', async (t) => {
  const { url } = await startGateway(t, insecure({ websocket: { message_size_limit: 100 } }));
  const whole = await openWith(t, url);
  whole.socket.send('x'.repeat(101));
  assert.equal((await whole.closed)[0], 1009);
  const pieces = await openWith(t, url);
  pieces.socket.send('x'.repeat(60), { fin: false });
  pieces.socket.send('x'.repeat(60), { fin: true });
  assert.equal((await pieces.closed)[0], 1009);
  const fitting = await openWith(t, url);
  fitting.socket.send(`{"id":1,"connect":{}}${' '.repeat(79)}`);
  await until('the reply', () => fitting.frames.length === 1);
});

test('compressed frames are read back, small ones are not compressed, and all connections share one compression', async (t) => {
  const { url, gateway } = await startGateway(
    t,
    insecure({ websocket: { compression: true, compression_min_size: 200 } }),
  );
  const bytes = async (perMessageDeflate: boolean): Promise<{ received: () => number; opened: Opened }> => {
    const opened = await openWith(t, url, [], { perMessageDeflate });
    assert.equal(opened.socket.extensions !== '', perMessageDeflate);
    opened.socket.send('{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"room"}}');
    await until('both replies', () => Buffer.concat(opened.frames.map(({ data }) => data)).includes('"subscribe":{'));
    const raw = (opened.socket as unknown as { _socket: { bytesRead: number } })._socket;
    return { received: () => raw.bytesRead, opened };
  };
  const compressed = await bytes(true);
  const plain = await bytes(false);
  const before = { compressed: compressed.received(), plain: plain.received() };
  const data = { text: 'again and '.repeat(1_000) };
  await gateway.serverApi.call('publish', { channel: 'room', data });
  const push = JSON.stringify({ push: { channel: 'room', pub: { data } } });
  for (const { opened } of [compressed, plain]) {
    await until('the push', () => opened.frames.at(-1)?.data.toString() === push);
  }
  assert.ok(plain.received() - before.plain > 10_000);
  assert.ok(compressed.received() - before.compressed < 500, `${compressed.received() - before.compressed} bytes`);
  await gateway.serverApi.call('publish', { channel: 'room', data: 'small' });
  await until('the small push', () => compressed.opened.frames.at(-1)?.data.includes('small') === true);
  const message = JSON.stringify({ id: 3, presence_stats: { channel: 'x'.repeat(2_000) } });
  compressed.opened.socket.send(message);
  await until(
    'a compressed command is answered',
    () => compressed.opened.frames.at(-1)?.data.includes('"id":3') === true,
  );
});

test('a client that asks for a small window is served uncompressed', async (t) => {
  const { url } = await startGateway(t, insecure({ websocket: { compression: true } }));
  const { socket, frames } = await openWith(t, url, [], { perMessageDeflate: { serverMaxWindowBits: 9 } });
  assert.equal(socket.extensions, '');
  socket.send('{"id":1,"connect":{}}');
  await until('the reply', () => frames.length === 1);
});

test('a compression bomb closes with 1009 before it is unpacked', async (t) => {
  const { url } = await startGateway(
    t,
    insecure({ websocket: { compression: true, message_size_limit: 10_000, decompressed_message_size_limit: 50_000 } }),
  );
  const { socket, closed } = await openWith(t, url, [], { perMessageDeflate: true });
  const bomb = deflateRawSync(Buffer.alloc(100_000_000), { finishFlush: 2 }).subarray(0, -4);
  const header = Buffer.alloc(14);
  header[0] = 0xc1;
  header[1] = 0x80 | 127;
  header.writeBigUInt64BE(BigInt(bomb.length), 2);
  const piece = bomb.subarray(0, 40_000);
  header.writeBigUInt64BE(BigInt(piece.length), 2);
  const before = process.memoryUsage.rss();
  const raw = (socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket;
  raw.write(header);
  raw.write(piece);
  assert.equal((await closed)[0], 1009);
  assert.ok(process.memoryUsage.rss() - before < 30_000_000, 'it was unpacked');
});

test('a client that takes nothing for write_timeout ends with 3009, one that only pauses does not', async (t) => {
  const clock = createFakeClock();
  const { url, gateway, logged } = await startGateway(
    t,
    insecure({ client: { insecure: true, queue_max_size: 100_000_000 }, websocket: { write_timeout: '2s' } }),
    { clock },
  );
  const client = await openRaw(t, url);
  client.send({ id: 1, connect: {} }, { id: 2, subscribe: { channel: 'room' } });
  await client.reply(2);
  client.socket.pause();
  while (gateway.stats().queuedBytes === 0) {
    await gateway.serverApi.call('publish', { channel: 'room', data: 'x'.repeat(500_000) });
    await new Promise((resolve) => setImmediate(resolve));
  }
  clock.tick(1_900);
  client.socket.resume();
  await until('everything was taken', () => gateway.stats().queuedBytes === 0);
  clock.tick(1_900);
  assert.equal(gateway.stats().connections, 1);
  client.socket.pause();
  while (gateway.stats().queuedBytes === 0) {
    await gateway.serverApi.call('publish', { channel: 'room', data: 'x'.repeat(500_000) });
    await new Promise((resolve) => setImmediate(resolve));
  }
  clock.tick(2_100);
  await until('it is gone', () => gateway.stats().connections === 0);
  assert.equal(logged.find(({ message }) => message.startsWith('disconnected'))?.fields['code'], 3009);
});

test('with cf_ws_frame_ping_pong the pings are those of WebSocket, and have to be answered', async (t) => {
  const clock = createFakeClock();
  const { url, gateway } = await startGateway(t, insecure(), { clock, random: () => 0.5 });
  const { socket, frames, closed } = await openWith(t, `${url}?cf_ws_frame_ping_pong=true`, [], { autoPong: false });
  let pings = 0;
  socket.on('ping', () => (pings += 1));
  socket.send('{"id":1,"connect":{}}');
  await until('the reply', () => frames.length === 1);
  const { connect: result } = JSON.parse(String(frames[0]?.data)) as { connect: Record<string, unknown> };
  assert.deepEqual(Object.keys(result), ['client', 'version']);
  clock.tick(19_000);
  await until('a ping', () => pings === 1);
  socket.pong();
  socket.send('{"id":2,"presence_stats":{"channel":"a"}}');
  await until('the pong was read', () => frames.length === 2);
  clock.tick(25_000);
  await until('another ping', () => pings === 2);
  assert.equal(gateway.stats().connections, 1);
  clock.tick(8_400);
  assert.deepEqual(await closed, [3012, 'no pong']);
});

test('a half-open socket is closed for both sides', async (t) => {
  const { url, gateway } = await startGateway(t, insecure());
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => socket.destroy());
  socket.resume();
  socket.write(
    'GET /connection/websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  await until('it is open', () => gateway.stats().sockets === 1);
  socket.end();
  await until('it is closed', () => gateway.stats().sockets === 0);
});
