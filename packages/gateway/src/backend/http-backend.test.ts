import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test, type TestContext } from 'node:test';
import { rawJson } from '@parley/protocol';
import { type GatewayConfigInput, readGatewayConfig } from '../config.ts';
import { limits } from '../limits.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { type FakeAnswer, startBackend } from '../testing/fake-backend.ts';
import { until } from '../testing/once.ts';
import type { BackendEvent, BackendEvents, Caller } from './backend.ts';
import { createHttpProxy, type HttpProxy } from './http-backend.ts';

type Options = NonNullable<NonNullable<GatewayConfigInput['rpc']>['proxy']>;

function proxyOf(t: TestContext, options: Options, clock = createFakeClock()): HttpProxy {
  const read = readGatewayConfig({ rpc: { proxy: { timeout: '1s', ...options } } });
  assert.ok(read.ok, JSON.stringify(read));
  const proxy = createHttpProxy({ path: 'rpc.proxy', proxy: read.config.rpc.proxy }, clock);
  t.after(() => proxy.close());
  return proxy;
}

async function start(t: TestContext, answer: FakeAnswer, options: Options = {}) {
  const backend = await startBackend(t);
  backend.answers['/ask'] = answer;
  const clock = createFakeClock();
  return { backend, clock, proxy: proxyOf(t, { endpoint: `${backend.url}/ask`, ...options }, clock) };
}

const caller: Caller = {
  client: 'c1',
  transport: 'websocket',
  protocol: 'json',
  user: '42',
  meta: rawJson({ tenant: 'x' }),
  headers: undefined,
  emulatedHeaders: undefined,
};

const rpc = { ...caller, method: 'm', data: rawJson({ secret: 'payload-canary' }) };

const about = '"client":"c1","transport":"websocket","protocol":"json"';

const ended = {
  id: 'n.disconnect.1',
  timeMs: 5,
  client: 'c1',
  transport: 'websocket',
  protocol: 'json' as const,
  user: '42',
  code: 3012,
  reason: 'no pong',
  meta: rawJson({ tenant: 'x' }),
};

test('ask() sends meta with events where that is wanted, unless it has no form', async (t) => {
  const { backend, proxy } = await start(t, {}, { include_connection_meta: true });
  const bytes = new Uint8Array([0, 255]);
  await proxy.ask('disconnect', { events: [ended, { ...ended, meta: bytes }, { ...ended, meta: undefined }] });
  const { events } = backend.asked[0]!.body as { events: { meta?: object }[] };
  assert.deepEqual(
    events.map(({ meta }) => meta),
    [{ tenant: 'x' }, undefined, undefined],
  );
});

test('ask() sends each question as Centrifugo does', async (t) => {
  const { backend, proxy } = await start(t, {});
  const data = rawJson({ n: 12 });
  const questions: { [E in BackendEvent]: [BackendEvents[E]['call'], string] } = {
    connect: [
      { ...caller, user: '', data, name: 'js', version: '', channels: ['a'] },
      `{${about},"encoding":"json","data":{"n":12},"name":"js","channels":["a"]}`,
    ],
    refresh: [caller, `{${about},"encoding":"json","user":"42"}`],
    subscribe: [
      { ...caller, channel: 'a', token: '', data: undefined },
      `{${about},"encoding":"json","user":"42","channel":"a"}`,
    ],
    publish: [
      { ...caller, channel: 'a', data },
      `{${about},"encoding":"json","user":"42","channel":"a","data":{"n":12}}`,
    ],
    subRefresh: [{ ...caller, channel: 'a' }, `{${about},"encoding":"json","user":"42","channel":"a"}`],
    rpc: [{ ...caller, user: '', method: '', data: undefined }, `{${about},"encoding":"json","user":"","method":""}`],
    mapPublish: [
      { ...caller, channel: 'a', key: 'k', data },
      `{${about},"encoding":"json","user":"42","channel":"a","key":"k","data":{"n":12}}`,
    ],
    mapRemove: [
      { ...caller, channel: 'a', key: 'k' },
      `{${about},"encoding":"json","user":"42","channel":"a","key":"k"}`,
    ],
    sharedPollRefresh: [
      {
        channel: 'a',
        items: [
          { key: 'k', version: 3 },
          { key: 'l', version: 0 },
        ],
      },
      '{"channel":"a","items":[{"key":"k","version":3},{"key":"l"}]}',
    ],
    disconnect: [
      { events: [ended] },
      `{"events":[{"id":"n.disconnect.1","time_ms":5,${about},"user":"42","code":3012,"reason":"no pong"}]}`,
    ],
    unsubscribe: [
      { events: [{ ...ended, channel: 'a' }] },
      `{"events":[{"id":"n.disconnect.1","time_ms":5,${about},"user":"42","code":3012,"reason":"no pong","channel":"a"}]}`,
    ],
    channelState: [
      {
        events: [
          { id: 'n.state.default.1', timeMs: 5, node: 'n', type: 'reset', channel: '' },
          { id: 'n.state.default.2', timeMs: 5, node: 'n', type: 'occupied', channel: 'a' },
        ],
      },
      '{"events":[{"id":"n.state.default.1","type":"reset","time_ms":5,"node":"n"},' +
        '{"id":"n.state.default.2","type":"occupied","time_ms":5,"node":"n","channel":"a"}]}',
    ],
  };
  for (const event of Object.keys(questions) as BackendEvent[]) {
    const [call, body] = questions[event];
    assert.deepEqual(await proxy.ask(event, call as never), { ok: true });
    assert.equal(backend.asked.at(-1)?.text, body, event);
  }
  const [first] = backend.asked;
  assert.equal(first?.method, 'POST');
  assert.equal(first?.headers['content-type'], 'application/json');
  assert.equal(backend.opened.length, 1, 'one socket is kept and used again');
});

test('ask() sends payloads as base64 with binary_encoding, and meta with include_connection_meta', async (t) => {
  const options = { binary_encoding: true, include_connection_meta: true };
  const { backend, proxy } = await start(t, { result: { b64data: 'AP8=' } }, options);
  const answer = await proxy.ask('rpc', { ...rpc, data: new Uint8Array([0, 255]) });
  assert.deepEqual(answer, { ok: true, result: { data: Buffer.from([0, 255]) } });
  assert.deepEqual(backend.asked[0]?.body, {
    client: 'c1',
    transport: 'websocket',
    protocol: 'json',
    encoding: 'binary',
    user: '42',
    meta: { tenant: 'x' },
    method: 'm',
    b64data: 'AP8=',
  });
});

test('ask() does not hand on bytes that are no JSON without binary_encoding', async (t) => {
  const { backend, proxy } = await start(t, {});
  await assert.rejects(proxy.ask('rpc', { ...rpc, data: new Uint8Array([255]) }), {
    code: 'BACKEND_UNAVAILABLE',
    message: 'rpc.proxy: what the client sent is not JSON; set binary_encoding to hand it on',
  });
  assert.equal(backend.asked.length, 0);
});

test('ask() looks at disconnect before error before result', async (t) => {
  const { backend, proxy } = await start(t, {});
  const error = { code: 1000, message: 'no', temporary: true };
  const disconnect = { code: 4501, reason: 'away' };
  for (const [body, expected] of [
    [{ result: { data: 1 } }, { ok: true, result: { data: '1' } }],
    [{ result: {} }, { ok: true, result: {} }],
    [{ result: null, error: null, disconnect: null }, { ok: true }],
    [
      { result: { data: 1 }, error },
      { ok: false, error },
    ],
    [{ error: { code: 400, message: '' } }, { ok: false, error: { code: 400, message: '' } }],
    [
      { result: {}, error, disconnect },
      { ok: false, disconnect },
    ],
  ] as const) {
    backend.answers['/ask'] = body;
    assert.deepEqual(await proxy.ask('rpc', rpc), expected, JSON.stringify(body));
  }
});

const transforms = [
  { status_code: 404, to_error: { code: 1404, message: 'not found', temporary: true } },
  { status_code: 403, to_disconnect: { code: 4503, reason: 'forbidden' } },
];

test('ask() takes status 200 only, unless a transform says what another means', async (t) => {
  const { backend, proxy } = await start(t, {}, { http: { status_to_code_transforms: transforms } });
  const status =
    (code: number, headers = {}): FakeAnswer =>
    (response) =>
      response.writeHead(code, headers).end('{"result":{}}');
  backend.answers['/ask'] = status(404);
  assert.deepEqual(await proxy.ask('rpc', rpc), {
    ok: false,
    error: { code: 1404, message: 'not found', temporary: true },
  });
  backend.answers['/ask'] = status(403);
  assert.deepEqual(await proxy.ask('rpc', rpc), { ok: false, disconnect: { code: 4503, reason: 'forbidden' } });
  for (const code of [201, 204, 500]) {
    backend.answers['/ask'] = status(code);
    await assert.rejects(proxy.ask('rpc', rpc), { message: `rpc.proxy: status ${code}` });
  }
  backend.answers['/ask'] = status(302, { location: `${backend.url}/elsewhere` });
  await assert.rejects(proxy.ask('rpc', rpc), { message: 'rpc.proxy: status 302' });
  assert.ok(backend.asked.every(({ path }) => path === '/ask'));
});

test('ask() refuses what is no answer, in words that hold nothing of it', async (t) => {
  const { backend, proxy } = await start(t, {});
  for (const [body, problem] of [
    ['answer-canary', 'the body is no JSON object'],
    ['', 'the body is no JSON object'],
    ['[]', 'the body is no JSON object'],
    ['{"result":"answer-canary"}', '`result` is no object'],
    ['{"result":{"b64data":"answer-canary!"}}', 'a member of `result` is of a wrong type'],
    ['{"error":"answer-canary"}', '`disconnect` or `error` is no object'],
    ['{"error":{"code":0,"message":"answer-canary"}}', '`error` needs a code from 400 to 1999 and a message'],
    ['{"disconnect":{"code":1000}}', '`disconnect` needs a code from 4000 to 4999 and a reason of at most 123 bytes'],
    [
      `{"disconnect":{"code":4000,"reason":"${'é'.repeat(62)}"}}`,
      '`disconnect` needs a code from 4000 to 4999 and a reason of at most 123 bytes',
    ],
  ] as const) {
    backend.answers['/ask'] = body;
    await assert.rejects(proxy.ask('rpc', rpc), { message: `rpc.proxy: ${problem}` }, body);
  }
});

test('ask() gives up when the time is over, whether nothing comes or a trickle', async (t) => {
  const { backend, clock, proxy } = await start(t, () => {});
  const silent = proxy.ask('rpc', rpc);
  await until('it was asked', () => backend.asked.length === 1);
  clock.tick(999);
  clock.tick(1);
  await assert.rejects(silent, { message: 'rpc.proxy: no answer within 1000 ms' });

  let trickle: (() => void) | undefined;
  let received = 0;
  backend.answers['/ask'] = (response) => {
    trickle = () => response.write(' ');
    response.on('close', () => (received = -1));
  };
  const slow = proxy.ask('rpc', rpc);
  const rejected = assert.rejects(slow, { message: 'rpc.proxy: no answer within 1000 ms' });
  await until('it was asked again', () => trickle !== undefined);
  for (let at = 0; at < 1_000; at += 100) {
    trickle?.();
    clock.tick(100);
  }
  await rejected;
  await until('the connection was cut', () => received === -1);
});

test('ask() does not read an answer without end', async (t) => {
  const piece = ' '.repeat(256 * 1024);
  let written = 0;
  const { proxy } = await start(t, (response) => {
    let isOpen = true;
    response.on('close', () => (isOpen = false));
    const more = (): void => {
      if (!isOpen || written > limits.maxBackendAnswerBytes * 8) return;
      written += piece.length;
      response.write(piece, () => setImmediate(more));
    };
    more();
  });
  await assert.rejects(proxy.ask('rpc', rpc), {
    message: `rpc.proxy: the answer is larger than ${limits.maxBackendAnswerBytes} bytes`,
  });
  assert.ok(written < limits.maxBackendAnswerBytes * 4, `${written} bytes`);
});

test('ask() names the code of a broken connection and no address', async (t) => {
  const { proxy, backend } = await start(t, (response) => response.destroy());
  await assert.rejects(proxy.ask('rpc', rpc), { message: 'rpc.proxy: the request failed: ECONNRESET' });
  backend.answers['/ask'] = (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy());
  };
  await assert.rejects(proxy.ask('rpc', rpc), {
    message: 'rpc.proxy: the connection broke off in the middle of the answer',
  });
  const nobody = proxyOf(t, { endpoint: 'http://user:password-canary@127.0.0.1:1/path-canary?key=query-canary' });
  await assert.rejects(nobody.ask('rpc', rpc), { message: 'rpc.proxy: the request failed: ECONNREFUSED' });
});

test('ask() takes what is no HTTP at all for no answer, and repeats nothing of it', async (t) => {
  const server = createServer((socket) => {
    socket.once('data', () => socket.end('answer-canary\r\n\r\n'));
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const proxy = proxyOf(t, { endpoint: `http://127.0.0.1:${port}/` });
  await assert.rejects(proxy.ask('rpc', rpc), (error: Error) => {
    assert.match(error.message, /^rpc\.proxy: the request failed: HPE_/);
    assert.equal(error.cause, undefined);
    return true;
  });
});

test('ask() asks again where a kept socket was closed meanwhile, but only what may be asked twice', async (t) => {
  const { backend, proxy } = await start(t, {});
  await proxy.ask('subscribe', { ...caller, channel: 'a', token: '', data: undefined });
  const cutOnce: FakeAnswer = (response) => {
    backend.answers['/ask'] = { result: {} };
    response.destroy();
  };
  backend.answers['/ask'] = cutOnce;
  const again = await proxy.ask('subscribe', { ...caller, channel: 'a', token: '', data: undefined });
  assert.deepEqual(again, { ok: true, result: {} });
  backend.answers['/ask'] = cutOnce;
  await assert.rejects(proxy.ask('publish', { ...caller, channel: 'a', data: rawJson(1) }), {
    message: 'rpc.proxy: the request failed: ECONNRESET',
  });
  assert.equal(backend.asked.length, 4);
});

test('ask() hands on headers of the two lists, each from its own source, and static ones below them', async (t) => {
  const { backend, proxy } = await start(
    t,
    {},
    {
      http_headers: ['Cookie', 'X-Both', 'Content-Length', 'Accept-Encoding', 'X-Static'],
      emulated_headers: ['X-Emulated', 'X-Both', 'Transfer-Encoding', 'X-Broken'],
      http: { static_headers: { 'X-Static': 'static', 'X-Key': 'k', 'Content-Type': 'text/plain' } },
    },
  );
  await proxy.ask('rpc', {
    ...rpc,
    headers: {
      cookie: 'a=b',
      'x-both': 'real',
      'x-emulated': 'real',
      'content-length': '1',
      'accept-encoding': 'gzip',
      'x-static': 'client',
    },
    emulatedHeaders: {
      'x-emulated': 'emulated',
      'x-both': 'emulated',
      cookie: 'c=d',
      'transfer-encoding': 'chunked',
      'x-broken': 'a\r\nx-injected: 1',
    },
  });
  const { headers, body } = backend.asked[0]!;
  assert.deepEqual(headers, {
    cookie: 'a=b',
    'x-both': 'real',
    'x-emulated': 'emulated',
    'x-static': 'client',
    'x-key': 'k',
    'content-type': 'application/json',
    'content-length': headers['content-length'],
    host: new URL(backend.url).host,
    connection: 'keep-alive',
  });
  assert.equal(body['method'], 'm');
});
