import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createFakeClock } from '../testing/fake-clock.ts';
import { startGateway } from '../testing/gateway-under-test.ts';
import { until } from '../testing/once.ts';
import { ask, openHttp, type StreamAsk } from '../testing/stream-client.ts';

const everything = {
  client: { insecure: true, allowed_origins: ['https://*.example.com'] },
  http_stream: { enabled: true, max_request_body_size: 100 },
  sse: { enabled: true, max_request_body_size: 100 },
  uni_http_stream: { enabled: true, max_request_body_size: 100 },
  uni_sse: { enabled: true, max_request_body_size: 100 },
  uni_websocket: { enabled: true },
  emulation: { max_request_body_size: 100 },
  init: { enabled: true },
};
const connect = '{"id":1,"connect":{}}';
const inQuery = `?cf_connect=${encodeURIComponent(connect)}`;
const large = `{"id":1,"connect":{"name":"${'x'.repeat(100)}"}}`;
const good = { origin: 'https://App.example.com' };
const bad = { origin: 'https://example.org' };
const emulated = (fields: object): string => JSON.stringify({ node: 'n', session: 's', data: '{}', ...fields });

const streamHeaders = {
  'x-accel-buffering': 'no',
  'cache-control': 'private, no-cache, no-store, must-revalidate, max-age=0',
  pragma: 'no-cache',
  expire: '0',
  connection: 'keep-alive',
};

const cases: [name: string, path: string, request: StreamAsk, status: number, headers?: Record<string, string>][] = [
  [
    'http_stream opens',
    '/connection/http_stream',
    { body: connect },
    200,
    { ...streamHeaders, 'content-type': 'application/json; charset=utf-8' },
  ],
  [
    'http_stream in Protobuf',
    '/connection/http_stream',
    { body: Buffer.of(4, 8, 1, 34, 0), headers: { 'Content-Type': 'application/octet-stream' } },
    200,
    { ...streamHeaders, 'content-type': 'application/octet-stream' },
  ],
  ['http_stream takes no GET', `/connection/http_stream${inQuery}`, { method: 'GET' }, 405, { allow: 'POST, OPTIONS' }],
  ['http_stream with a large body', '/connection/http_stream', { body: large }, 413],
  [
    'sse opens by GET',
    `/connection/sse${inQuery}`,
    { method: 'GET' },
    200,
    { ...streamHeaders, 'content-type': 'text/event-stream; charset=utf-8' },
  ],
  [
    'sse opens by POST',
    '/connection/sse',
    { body: connect },
    200,
    { ...streamHeaders, 'content-type': 'text/event-stream; charset=utf-8' },
  ],
  ['sse without cf_connect', '/connection/sse', { method: 'GET' }, 400],
  ['sse with a large body', '/connection/sse', { body: large }, 413],
  ['sse with a large query', `/connection/sse?cf_connect=${encodeURIComponent(large)}`, { method: 'GET' }, 413],
  ['sse takes no PUT', '/connection/sse', { method: 'PUT' }, 405, { allow: 'GET, POST, OPTIONS' }],
  [
    'uni_sse opens by GET',
    `/connection/uni_sse?cf_connect=${encodeURIComponent('{}')}`,
    { method: 'GET' },
    200,
    { ...streamHeaders, 'content-type': 'text/event-stream; charset=utf-8' },
  ],
  ['uni_sse opens by POST', '/connection/uni_sse', { body: '{}' }, 200, streamHeaders],
  ['uni_sse without cf_connect', '/connection/uni_sse', { method: 'GET' }, 400],
  ['uni_sse with nonsense', '/connection/uni_sse', { body: '{' }, 400],
  [
    'uni_http_stream opens',
    '/connection/uni_http_stream',
    { body: 'null' },
    200,
    { ...streamHeaders, 'content-type': 'application/json; charset=utf-8' },
  ],
  ['uni_http_stream with nonsense', '/connection/uni_http_stream', { body: '[]' }, 400],
  ['uni_http_stream takes no GET', '/connection/uni_http_stream', { method: 'GET' }, 405],
  ['uni_http_stream with a large body', '/connection/uni_http_stream', { body: large }, 413],
  ['emulation for an unknown node', '/emulation', { body: emulated({}) }, 404],
  ['emulation that is no JSON', '/emulation', { body: '{"node":' }, 400],
  ['emulation without data', '/emulation', { body: '{"node":"n","session":"s"}' }, 400],
  ['emulation of null', '/emulation', { body: 'null' }, 400],
  [
    'emulation that is no Protobuf',
    '/emulation',
    { body: '{}', headers: { 'Content-Type': 'application/octet-stream' } },
    400,
  ],
  ['emulation with a large body', '/emulation', { body: large + large }, 413],
  ['emulation takes no GET', '/emulation', { method: 'GET' }, 405],
  ['init', '/connection/init', { method: 'GET' }, 200, { 'content-type': 'application/json' }],
  ['init takes no POST', '/connection/init', { body: '{}' }, 405],
  ['websocket without an upgrade', '/connection/websocket', { method: 'GET' }, 426, { upgrade: 'websocket' }],
  ...['http_stream', 'uni_http_stream'].map((name): (typeof cases)[number] => [
    `${name} before a foreign POST`,
    `/connection/${name}`,
    { method: 'OPTIONS', headers: { ...good, 'Access-Control-Request-Headers': 'content-type, x-a' } },
    204,
    {
      'access-control-max-age': '300',
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-origin': 'https://App.example.com',
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'content-type, x-a',
      vary: 'Origin',
    },
  ]),
  [
    'emulation before a foreign POST',
    '/emulation',
    { method: 'OPTIONS', headers: good },
    204,
    { 'access-control-allow-methods': 'POST, OPTIONS', 'access-control-allow-origin': 'https://App.example.com' },
  ],
];

test('the HTTP doors answer with their statuses and headers', async (t) => {
  const { httpUrl } = await startGateway(t, everything);
  for (const [name, path, request, status, headers = {}] of cases) {
    const stream = await openHttp(t, `${httpUrl}${path}`, request);
    assert.equal(stream.status, status, name);
    for (const [header, value] of Object.entries(headers))
      assert.equal(stream.headers[header], value, `${name}: ${header}`);
    stream.abort();
  }
});

test('a site that is allowed may read, another is refused and gets no CORS header', async (t) => {
  const { httpUrl, gateway } = await startGateway(t, everything);
  const doors: [string, StreamAsk][] = [
    ['/connection/http_stream', { body: connect }],
    [`/connection/sse${inQuery}`, { method: 'GET' }],
    ['/connection/uni_http_stream', { body: '{}' }],
    ['/connection/uni_sse', { body: '{}' }],
    ['/emulation', { body: emulated({}) }],
    ['/connection/init', { method: 'GET' }],
  ];
  for (const [path, request] of doors) {
    const allowed = await openHttp(t, `${httpUrl}${path}`, { ...request, headers: good });
    assert.notEqual(allowed.status, 403, path);
    assert.equal(allowed.headers['access-control-allow-origin'], good.origin, path);
    assert.equal(allowed.headers['access-control-allow-credentials'], 'true', path);
    allowed.abort();
    const refused = await ask(t, `${httpUrl}${path}`, { ...request, headers: bad });
    assert.equal(refused.status, 403, path);
    assert.equal(refused.headers['access-control-allow-origin'], undefined, path);
    const preflight = await ask(t, `${httpUrl}${path}`, { method: 'OPTIONS', headers: bad });
    assert.equal(preflight.status, 204, path);
    assert.equal(preflight.headers['access-control-allow-origin'], undefined, path);
  }
  await until('the streams are gone', () => gateway.stats().sockets === 0);
});

test('doors that are not switched on are not there, and those that are may stand elsewhere', async (t) => {
  const closed = await startGateway(t, { client: { insecure: true }, websocket: { disabled: true } });
  for (const path of ['http_stream', 'sse', 'uni_http_stream', 'uni_sse', 'uni_websocket', 'init', 'websocket']) {
    assert.equal((await ask(t, `${closed.httpUrl}/connection/${path}`, { body: connect })).status, 404, path);
  }
  assert.equal((await ask(t, `${closed.httpUrl}/emulation`)).status, 404);
  assert.equal((await ask(t, `${closed.httpUrl}/ws`, { method: 'GET' })).status, 404);
  const { httpUrl } = await startGateway(t, {
    client: { insecure: true },
    http_stream: { enabled: true, handler_prefix: '/a/stream' },
    emulation: { handler_prefix: '/a/emulation' },
  });
  const stream = await openHttp(t, `${httpUrl}/a/stream`, { body: connect });
  assert.equal(stream.status, 200);
  assert.equal((await ask(t, `${httpUrl}/a/emulation`, { body: emulated({}) })).status, 404);
});

test('connection_limit counts all transports, and connection_rate_limit lets in so many a second', async (t: TestContext) => {
  const limited = await startGateway(t, { ...everything, client: { ...everything.client, connection_limit: 2 } });
  const first = await openHttp(t, `${limited.httpUrl}/connection/http_stream`, { body: connect });
  await openHttp(t, `${limited.httpUrl}/connection/uni_sse`, { body: '{}' });
  assert.equal((await ask(t, `${limited.httpUrl}/connection/sse`, { body: connect })).status, 503);
  first.abort();
  await until('there is room again', () => limited.gateway.stats().sockets === 1);
  assert.equal((await openHttp(t, `${limited.httpUrl}/connection/sse`, { body: connect })).status, 200);

  const clock = createFakeClock();
  const paced = await startGateway(
    t,
    { ...everything, client: { ...everything.client, connection_rate_limit: 2 } },
    { clock },
  );
  const statuses: number[] = [];
  const knock = async (): Promise<void> => {
    statuses.push((await openHttp(t, `${paced.httpUrl}/connection/http_stream`, { body: connect })).status);
  };
  await knock();
  await knock();
  await knock();
  clock.tick(500);
  await knock();
  await knock();
  assert.deepEqual(statuses, [200, 200, 503, 200, 503]);
});
