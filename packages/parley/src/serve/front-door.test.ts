import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createFrontDoor } from './front-door.ts';
import type { Doors, FrontDoor } from './front-door.ts';

async function openDoor(context: TestContext): Promise<FrontDoor> {
  const door = await createFrontDoor({ host: '127.0.0.1', port: 0 });
  context.after(async () => {
    door.startDraining();
    await door.close(0);
  });
  return door;
}

const answerer =
  (prefix: string, body: string) =>
  (request: IncomingMessage, response: ServerResponse): boolean => {
    if (request.url?.startsWith(prefix) !== true) return false;
    response.end(body);
    return true;
  };

function doors(over: Partial<Doors> = {}): Doors {
  return {
    gateway: { handleRequest: answerer('/api', 'gateway'), handleUpgrade: () => false },
    pages: [{ handle: answerer('/page', 'page') }],
    api: (_request, response) => void response.end('api'),
    ...over,
  };
}

const bodyOf = async (door: FrontDoor, path: string): Promise<string> =>
  (await fetch(`http://127.0.0.1:${door.port}${path}`)).text();

test('createFrontDoor() answers 503 until it is opened, then asks gateway, pages and api in this order', async (context) => {
  const door = await openDoor(context);
  const early = await fetch(`http://127.0.0.1:${door.port}/page`);
  assert.deepEqual([early.status, early.headers.get('retry-after')], [503, '1']);
  assert.deepEqual(await early.json(), {
    type: 'about:blank',
    title: 'The server is starting',
    status: 503,
    code: 'server.busy',
  });
  door.open(doors());
  assert.deepEqual(
    [await bodyOf(door, '/api/publish'), await bodyOf(door, '/page'), await bodyOf(door, '/v1/rooms')],
    ['gateway', 'page', 'api'],
  );
});

test('createFrontDoor() rejects with the code of the system when the port is in use', async (context) => {
  const door = await openDoor(context);
  await assert.rejects(createFrontDoor({ host: '127.0.0.1', port: door.port }), { code: 'EADDRINUSE' });
});

/** The status line that an upgrade request gets. */
async function upgradeStatus(door: FrontDoor): Promise<string> {
  const socket = connect(door.port, '127.0.0.1');
  socket.write('GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  const [data] = (await once(socket, 'data')) as [Buffer];
  await once(socket, 'close');
  return data.toString('latin1').split('\r\n')[0] ?? '';
}

test('createFrontDoor() refuses upgrades that nobody takes, and closes them', async (context) => {
  const door = await openDoor(context);
  assert.equal(await upgradeStatus(door), 'HTTP/1.1 503 Service Unavailable');
  door.open(doors());
  assert.equal(await upgradeStatus(door), 'HTTP/1.1 404 Not Found');
});

test(
  'startDraining() lets a running request end, is not ready, and takes no new connection',
  { timeout: 20_000 },
  async () => {
    const door = await createFrontDoor({ host: '127.0.0.1', port: 0 });
    const waiting: { response?: ServerResponse } = {};
    const arrived = new Promise<void>((resolve) => {
      door.open(
        doors({
          api: (_request, response) => {
            waiting.response = response;
            resolve();
          },
        }),
      );
    });
    const running = fetch(`http://127.0.0.1:${door.port}/v1/slow`);
    await arrived;
    door.startDraining();
    await assert.rejects(fetch(`http://127.0.0.1:${door.port}/readyz`));
    // Far beyond the test's own time: it ends because the answer has gone out.
    const closed = door.close(60_000);
    waiting.response?.end('done');
    const response = await running;
    assert.deepEqual([await response.text(), response.headers.get('connection')], ['done', 'keep-alive']);
    await closed;
  },
);

test('startDraining() answers not ready on a connection that is still open', async () => {
  const door = await createFrontDoor({ host: '127.0.0.1', port: 0 });
  door.open(doors());
  const socket = connect(door.port, '127.0.0.1');
  // The first half of a request keeps the connection from being idle.
  socket.write('GET /readyz HTTP/1.1\r\n');
  await once(socket, 'connect');
  await bodyOf(door, '/page');
  door.startDraining();
  socket.write('Host: x\r\n\r\n');
  const [data] = (await once(socket, 'data')) as [Buffer];
  assert.match(data.toString(), /^HTTP\/1\.1 503 .*"The server is stopping"/s);
  await door.close(0);
});

test('close() cuts what does not end in time', { timeout: 10_000 }, async () => {
  const door = await createFrontDoor({ host: '127.0.0.1', port: 0 });
  const arrived = new Promise<void>((resolve) => {
    door.open(doors({ api: () => resolve() }));
  });
  const hanging = httpRequest({ port: door.port, host: '127.0.0.1', path: '/v1/never' }).end();
  const failed = once(hanging, 'error') as Promise<[NodeJS.ErrnoException]>;
  await arrived;
  door.startDraining();
  await door.close(20);
  const [error] = await failed;
  assert.equal(error.code, 'ECONNRESET');
});

/** Everything that a connection answers to these bytes until it is closed. */
async function answerTo(door: FrontDoor, bytes: string): Promise<string> {
  const socket = connect(door.port, '127.0.0.1');
  const closed = once(socket, 'close');
  const answer: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => answer.push(chunk));
  socket.write(bytes);
  await closed;
  return Buffer.concat(answer).toString('latin1');
}

test('createFrontDoor() tells a peer whose bytes are no request what is wrong, and closes only that connection', async (context) => {
  const door = await openDoor(context);
  door.open(doors());
  const smuggled = 'POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  for (const [bytes, status, hint] of [
    ['hello\r\n\r\n', '400 Bad Request', 'not an HTTP/1.1 request'],
    [`GET /v1/x HTTP/1.1\r\nHost: x\r\nCookie: ${'a'.repeat(20_000)}\r\n\r\n`, '431 Request Header Fields', 'cookies'],
    [`GET /v1/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`, '400 Bad Request', 'HTTP/1.1'],
  ] as const) {
    const answer = await answerTo(door, bytes);
    assert.ok(answer.startsWith(`HTTP/1.1 ${status}`), answer);
    assert.ok(answer.includes('application/problem+json') && answer.includes(hint), answer);
  }
  assert.equal((await answerTo(door, smuggled)).includes('api'), false);
  assert.equal(await bodyOf(door, '/v1/rooms'), 'api');
});

test('createFrontDoor() does not write a refusal into an answer that is under way', async (context) => {
  const door = await openDoor(context);
  door.open(doors({ api: (_request, response) => void response.write('first half,') }));
  const socket = connect(door.port, '127.0.0.1');
  const closed = once(socket, 'close');
  socket.write('GET /v1/x HTTP/1.1\r\nHost: x\r\n\r\n');
  const [first] = (await once(socket, 'data')) as [Buffer];
  const rest: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => rest.push(chunk));
  socket.write('nonsense\r\n\r\n');
  await closed;
  assert.match(first.toString(), /first half,/);
  assert.equal(Buffer.concat(rest).toString(), '');
});

test('createFrontDoor() answers a request that offers another protocol as if it did not', async (context) => {
  const door = await openDoor(context);
  door.open(doors());
  const offer = 'GET /v1/x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n';
  assert.match(await answerTo(door, offer), /^HTTP\/1\.1 200 OK[^]*api$/);
});

test('createFrontDoor() cuts off peers that are refused and do not end their side', async (context) => {
  const door = await createFrontDoor({ host: '127.0.0.1', port: 0 });
  door.open(doors());
  for (const text of [
    'no request\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
  ]) {
    const socket = connect({ port: door.port, host: '127.0.0.1', allowHalfOpen: true });
    context.after(() => socket.destroy());
    socket.resume().write(text);
    await once(socket, 'end');
  }
  door.startDraining();
  const startedAt = performance.now();
  await door.close(10_000);
  assert.ok(performance.now() - startedAt < 5_000);
});

test('createFrontDoor() answers 128 requests that come at once, and ends a connection with more in one turn', async (context) => {
  const door = await openDoor(context);
  door.open(doors());
  const ask = async (count: number): Promise<number> => {
    const socket = connect(door.port, '127.0.0.1').setEncoding('utf8');
    context.after(() => socket.destroy());
    socket.on('error', () => {});
    let text = '';
    const answers = (): number => text.split('HTTP/1.1 200 OK').length - 1;
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (answers() === count) socket.destroy();
    });
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}'.repeat(count));
    await once(socket, 'close', { signal: AbortSignal.timeout(5_000) });
    return answers();
  };
  assert.equal(await ask(128), 128);
  assert.ok((await ask(1_000)) <= 128);
  assert.equal(await bodyOf(door, '/page'), 'page');
});

test('createFrontDoor() ends a connection with more than 128 requests without an answer', async (context) => {
  const door = await openDoor(context);
  let asked = 0;
  const never = (): boolean => (asked += 1) > 0;
  door.open(doors({ gateway: { handleRequest: never, handleUpgrade: () => false } }));
  const socket = connect(door.port, '127.0.0.1').resume();
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1_000));
  await once(socket, 'close', { signal: AbortSignal.timeout(5_000) });
  assert.equal(asked, 128);
});
