import assert from 'node:assert/strict';
import { createServer, connect as connectHttp2 } from 'node:http2';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { limits } from '../limits.ts';
import { startGateway } from '../testing/gateway-under-test.ts';
import { until } from '../testing/once.ts';
import { openRaw } from '../testing/raw-client.ts';
import { openHttp } from '../testing/stream-client.ts';

test('close() sends many away in bursts, each with 3001', async (t) => {
  const under = await startGateway(t, { client: { insecure: true } });
  const count = limits.disconnectsPerBurst + 50;
  const clients = await Promise.all(Array.from({ length: count }, () => openRaw(t, under.url)));
  await until('all are in', () => under.gateway.stats().sockets === count);
  const sentAway = () => under.logged.filter(({ message }) => message === 'disconnected: shutdown').length;
  const done = under.gateway.shutdown();
  assert.equal(sentAway(), limits.disconnectsPerBurst);
  await done;
  assert.equal(sentAway(), count);
  const codes = await Promise.all(clients.map(async (client) => (await client.closed)[0]));
  assert.deepEqual(new Set(codes), new Set([3001]));
});

test('connections keep the headers that the backend is told, and no others', async (t) => {
  const seen: unknown[] = [];
  const under = await startGateway(
    t,
    {
      client: { proxy: { connect: { enabled: true, endpoint: 'in-process:', http_headers: ['Cookie', 'X-Kept'] } } },
      http_stream: { enabled: true },
    },
    {
      application: {
        connect(_proxy, { headers }) {
          seen.push(headers);
          return Promise.resolve({ ok: true as const, result: { user: 'ann' } });
        },
      },
    },
  );
  const headers = { 'x-KEPT': 'yes', cookie: 'a=b', 'x-other': 'no' };
  const socket = await openRaw(t, under.url, headers);
  socket.send({ id: 1, connect: {} });
  await socket.reply(1);
  const stream = await openHttp(t, `${under.httpUrl}/connection/http_stream`, {
    body: '{"id":1,"connect":{}}',
    headers,
  });
  await stream.find('the reply', ({ id }) => id === 1);
  assert.deepEqual(seen, [
    { 'x-kept': 'yes', cookie: 'a=b' },
    { 'x-kept': 'yes', cookie: 'a=b' },
  ]);
});

test('handleRequest() serves streams, answers and refusals over HTTP/2', async (t) => {
  const { gateway } = await startGateway(t, { client: { insecure: true }, http_stream: { enabled: true } });
  // The compatible interface of node:http2 has all that the doors use.
  const server = createServer((request, response) => {
    gateway.handleRequest(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(() => {
    client.destroy();
    server.close();
  });
  const ask = (path: string, method: string, body = '') => {
    const stream = client.request({ ':path': path, ':method': method });
    const got = { status: 0, headers: {} as Record<string, unknown>, body: '', stream };
    stream.on('response', (headers) => {
      got.status = Number(headers[':status']);
      got.headers = { ...headers };
    });
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => (got.body += text));
    if (method !== 'GET') stream.end(body);
    return got;
  };
  const stream = ask('/connection/http_stream', 'POST', '{"id":1,"connect":{}}');
  await until('the reply', () => stream.body.endsWith('\n'));
  assert.equal(stream.status, 200);
  assert.equal(stream.headers['connection'], undefined);
  const { session, node } = (JSON.parse(stream.body) as { connect: { session: string; node: string } }).connect;
  const frame = ask(
    '/emulation',
    'POST',
    JSON.stringify({ session, node, data: '{"id":2,"presence_stats":{"channel":"a"}}' }),
  );
  await until('the second reply', () => stream.body.split('\n').length === 3);
  await until('the answer', () => frame.status === 204);
  const upgrade = ask('/connection/websocket', 'GET');
  const wrong = ask('/connection/http_stream', 'PUT', 'x');
  await until('the refusals', () => upgrade.status === 426 && wrong.status === 405);
  stream.stream.close();
  await until('the aborted stream is gone', () => gateway.stats().sockets === 0);
});
