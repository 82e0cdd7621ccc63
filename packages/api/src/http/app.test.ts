// Checks the server's own answers through its door: gates, problems, headers, the OpenAPI document.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { z } from 'zod';
import { StorageError } from '../db/database.ts';
import { openPlatform } from './testing/platform.ts';

const Nested = z.strictObject({ a: z.object({ 'b/c~d': z.string() }) });

const open = () =>
  openPlatform((app) => {
    app.post(
      '/v1/things/:id',
      { config: { access: 'public' }, schema: { body: Nested, response: { 200: z.object({ said: z.string() }) } } },
      (request) => ({ said: request.body.a['b/c~d'] }),
    );
    app.get('/v1/private', { schema: { response: { 200: z.object({ ok: z.boolean() }) } } }, () => ({ ok: true }));
    app.get('/v1/full', { config: { access: 'public' } }, () => {
      throw new StorageError('storage.full', 'secret-canary path');
    });
    app.get('/v1/lost', { config: { access: 'public' } }, () => {
      throw new StorageError('storage.unavailable', 'secret-canary host');
    });
    app.get('/v1/broken', { config: { access: 'public' } }, () => {
      throw new Error('secret-canary in a stack');
    });
  });

test('createHttpApp() answers each fault with its problem and says no more than it must', async () => {
  const { app } = open();
  const json = { 'content-type': 'application/json' };
  const post = (payload: string | Buffer, headers: Record<string, string> = json) =>
    app.inject({ method: 'POST', url: '/v1/things/1', payload, headers });
  const cases = [
    [await app.inject('/nope'), 404, 'not_found'],
    [await app.inject({ method: 'DELETE', url: '/v1/things/1' }), 405, 'method.not_allowed'],
    [await app.inject('/%zz'), 400, 'request.malformed'],
    [await post('{'), 400, 'request.malformed'],
    [await post(''), 400, 'request.malformed'],
    [await post('{"__proto__":{}}'), 400, 'request.malformed'],
    [await post(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), 400, 'request.malformed'],
    [await app.inject({ method: 'QUERY', url: '/v1/things/1' }), 415, 'media.unsupported'],
    [await post('{}', { 'content-type': 'text/plain' }), 415, 'media.unsupported'],
    [await post(JSON.stringify({ a: { 'b/c~d': 'x'.repeat(70_000) } })), 413, 'body.too_large'],
    [await app.inject('/v1/private'), 401, 'auth.required'],
    [await app.inject('/v1/broken'), 500, 'server.error'],
    [await app.inject('/v1/full'), 507, 'storage.full'],
    [await app.inject('/v1/lost'), 503, 'storage.unavailable'],
  ] as const;
  for (const [answer, status, code] of cases) {
    const body = answer.json<{ status: number; code: string; type: string; requestId: string }>();
    assert.equal(answer.statusCode, status, code);
    assert.equal(answer.headers['content-type'], 'application/problem+json', code);
    assert.equal(body.code, code);
    assert.equal(body.status, status);
    assert.equal(body.type, `http://localhost:8000/docs/problems#${code}`);
    assert.equal(body.requestId, answer.headers['x-request-id']);
    assert.doesNotMatch(answer.body, /secret-canary|\.ts/);
  }
  assert.equal(cases[1][0].headers.allow, 'POST');
  assert.equal((await app.inject('/v1/lost')).headers['retry-after'], '1');
});

test('createHttpApp() names every wrong field by its JSON pointer', async () => {
  const { app } = open();
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/things/1',
    payload: { a: { 'b/c~d': 1 }, extra: true },
  });
  assert.equal(answer.statusCode, 400);
  assert.deepEqual(answer.json<{ errors: unknown }>().errors, [
    { pointer: '/a/b~1c~0d', message: 'Invalid input: expected string, received number' },
    { pointer: '/extra', message: 'is not known here' },
  ]);
});

test('createHttpApp() writes one escaped line per request, without the address and with the request id', async () => {
  const { app, lines } = open();
  const answer = await app.inject({
    url: '/v1/private?token=canary',
    headers: {
      'user-agent': `a\u001b[31m\u202e${'x'.repeat(5_000)}`,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
  });
  const entry = lines().find((line) => line['msg'] === 'request') ?? {};
  assert.equal(entry['requestId'], answer.headers['x-request-id']);
  assert.equal(entry['traceId'], '0af7651916cd43dd8448eb211c80319c');
  assert.equal(entry['route'], '/v1/private');
  assert.equal(entry['userAgent'], `a?[31m?${'x'.repeat(249)}`.slice(0, 256));
  assert.doesNotMatch(JSON.stringify(lines()), /canary/);
});

test('createHttpApp() lets pages of configured origins in, and only those', async () => {
  const { app } = open();
  const preflight = (origin: string) =>
    app.inject({
      method: 'OPTIONS',
      url: '/v1/private',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
  const friend = await preflight('https://app.example');
  const stranger = await preflight('https://app.example.evil');
  assert.equal(friend.statusCode, 204);
  assert.equal(friend.headers['access-control-allow-origin'], 'https://app.example');
  assert.equal(friend.headers['access-control-allow-credentials'], 'true');
  assert.equal(stranger.headers['access-control-allow-origin'], undefined);
  assert.equal(friend.headers.vary, 'Origin');
  assert.equal(stranger.headers.vary, 'Origin');
});

test('/openapi.json is made of the routes: 3.1, the problem on each operation, no bearer on public ones', async () => {
  const { app } = open();
  const document = (await app.inject('/openapi.json')).json();
  assert.equal(document.openapi, '3.1.0');
  const operation = document.paths['/v1/things/{id}'].post;
  assert.deepEqual(operation.security, []);
  assert.equal(document.paths['/v1/private'].get.security, undefined);
  assert.deepEqual(operation.requestBody.content['application/json'].schema.required, ['a']);
  assert.deepEqual(Object.keys(operation.responses.default.content), ['application/problem+json']);
  assert.equal(document.components.schemas.Problem.type, 'object');
});

test('/readyz is 503 while a check fails, and lists the checks when asked', async () => {
  const { app, checks, tick } = open();
  assert.equal((await app.inject('/readyz')).statusCode, 200);
  checks.database = false;
  tick(1_000);
  const answer = await app.inject('/readyz?verbose');
  assert.equal(answer.statusCode, 503);
  assert.deepEqual(answer.json(), { status: 'unavailable', checks: [{ name: 'database', ok: false }] });
  assert.equal((await app.inject('/livez')).statusCode, 200);
});

test('app.routing serves behind an http server of somebody else, raw headers included', async (t) => {
  const { app } = open();
  await app.ready();
  const server = createServer((request, response) => app.routing(request, response));
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const get = async (headers: string[]): Promise<number | undefined> => {
    const sent = httpRequest({ port, host: '127.0.0.1', path: '/v1/private', headers: ['Host', 'x', ...headers] });
    sent.end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    return answer.statusCode;
  };
  assert.equal(await get([]), 401);
  assert.equal(await get(['Authorization', 'Bearer user.ann']), 200);
  assert.equal(await get(['Authorization', 'Bearer user.ann', 'authorization', 'Bearer user.ann']), 400);
});

test('createHttpApp() takes a body that breaks off for no fault of its own', async (t) => {
  const { app, lines } = open();
  await app.ready();
  const server = createServer((request, response) => app.routing(request, response)).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const headers = { 'content-type': 'application/json', 'content-length': '100' };
  const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/v1/things/1', headers });
  request.on('error', () => undefined);
  const arrived = once(server, 'request') as Promise<[IncomingMessage]>;
  request.write('{"a":');
  const [incoming] = await arrived;
  const closed = new Promise((resolve) => incoming.once('close', resolve));
  request.destroy();
  await closed;
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    lines().filter((line) => line['level'] === 'error'),
    [],
  );
});
