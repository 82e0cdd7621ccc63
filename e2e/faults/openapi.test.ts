// Proves that the OpenAPI document says what the server does: every answer of a whole run fits its schema.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { createRoom, join, send, setUp, type Account } from '../support/account.ts';
import { startServer } from '../support/server.ts';
import { walkIdentity } from './support/walk-identity.ts';

type Schema = Exclude<Parameters<typeof z.fromJSONSchema>[0], boolean>;
interface Media {
  schema?: Schema;
}
interface Operation {
  responses: Record<string, { content?: Record<string, Media> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** The operation that a path belongs to, by its pattern; a literal path comes before one with parameters. */
function operationOf(document: Document, method: string, path: string): [string, Operation] {
  const fits = Object.keys(document.paths)
    .filter((pattern) => new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path))
    .toSorted((a, b) => a.split('{').length - b.split('{').length);
  const [pattern = ''] = fits;
  const operation = document.paths[pattern]?.[method.toLowerCase()];
  assert.ok(operation, `${method} ${path} is not in the document`);
  return [`${method} ${pattern}`, operation];
}

/** Calls, and judges the answer by the document. */
function createJudge(document: Document, base: string, seen: Set<string>) {
  return async (
    who: Pick<Account, 'accessToken'> | undefined,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<unknown> => {
    const headers = {
      ...(who === undefined ? {} : { authorization: `Bearer ${who.accessToken}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await fetch(base + path, init);
    const text = await response.text();
    const [name, operation] = operationOf(document, method, path.split('?', 1)[0] ?? '');
    const described = operation.responses[String(response.status)] ?? operation.responses['default'];
    assert.ok(described, `${name} ${response.status} is not described`);
    const type = response.headers.get('content-type')?.split(';', 1)[0] ?? '';
    if (text === '') {
      assert.equal(described.content, undefined, `${name} ${response.status} has no body`);
    } else {
      const schema = described.content?.[type]?.schema;
      assert.ok(schema, `${name} ${response.status} ${type} is not described: ${text}`);
      const resolved = '$ref' in schema ? document.components.schemas['Problem'] : schema;
      const values = type === 'application/x-ndjson' ? text.trim().split('\n') : [text];
      for (const value of values) {
        const judged = z.fromJSONSchema(resolved ?? {}).safeParse(JSON.parse(value));
        assert.ok(judged.success, `${name}: ${value} ${judged.error?.message}`);
      }
    }
    if (response.ok) seen.add(name);
    return text === '' || type === 'application/x-ndjson' ? undefined : JSON.parse(text);
  };
}

/** What needs a provider beside the server; `packages/api/src/identity/providers` has its tests. */
const visits = [
  'POST /v1/auth/providers/{id}/start',
  'GET /v1/auth/providers/{id}/callback',
  'POST /v1/me/providers/{id}/start',
  'DELETE /v1/me/providers/{id}',
];

test('every answer of a whole run is what /openapi.json says', async (t) => {
  const server = await startServer({ PARLEY_RATE_LIMIT_FACTOR: '1000' });
  t.after(() => server.close());
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document;
  assert.equal(document.openapi, '3.1.0');
  const seen = new Set<string>();
  const ask = createJudge(document, server.url, seen);
  const password = 'correct horse battery';
  const link = server.setupLink().split('#')[1];
  const person = { name: 'Ana', password, client: 'native' };
  await ask(undefined, 'POST', '/v1/setup', { token: 'st_no', email: 'x@example.com', ...person });
  const ana = await setUp(server.url, `#${link}`);
  seen.add('POST /v1/setup');
  const room = await createRoom(ana, 'General');
  const bob = await join(server.url, ana, 'Bob', room.id);
  const invited = (await ask(ana, 'POST', '/v1/invitations', { roomId: room.id })) as { url: string };
  const invitation = invited.url.split('#')[1];
  await ask(undefined, 'POST', '/v1/invitations/lookup', { invitation });
  await ask(undefined, 'POST', '/v1/auth/register', { ...person, name: 'Cy', email: 'cy@example.com', invitation });
  await ask(undefined, 'POST', '/v1/auth/register', { ...person, email: 'cy2@example.com', invitation });
  await ask(undefined, 'POST', '/v1/auth/register', { ...person, email: 'no address', invitation });
  const login = { email: 'bob@example.com', password, client: 'native' };
  const session = (await ask(undefined, 'POST', '/v1/auth/login', login)) as { refreshToken: string };
  await ask(undefined, 'POST', '/v1/auth/login', { ...login, password: 'wrong' });
  const { refreshToken } = session;
  await ask(undefined, 'POST', '/v1/auth/refresh', { refreshToken });
  await ask(undefined, 'POST', '/v1/auth/refresh', {});
  await ask(undefined, 'POST', '/v1/auth/logout', { refreshToken });
  for (const path of ['/livez', '/readyz', '/readyz?verbose', '/health', '/v1/config'])
    await ask(undefined, 'GET', path);
  for (const path of ['/v1/me', '/v1/users', '/v1/rooms', '/v1/realtime/connection-token']) {
    await ask(bob, 'GET', path);
    await ask(undefined, 'GET', path);
  }
  const made = (await ask(ana, 'POST', '/v1/rooms', { name: 'Open', isPrivate: false })) as { id: string };
  await ask(bob, 'POST', `/v1/rooms/${made.id}/join`);
  await ask(bob, 'POST', `/v1/rooms/${made.id}/leave`);
  const at = `/v1/rooms/${room.id}`;
  const message = await send(bob, room.id, 'in-openapi-1');
  const again = { clientMessageId: 'in-openapi-1', text: 'again' };
  await ask(bob, 'POST', `${at}/messages`, again);
  await ask(bob, 'POST', `${at}/messages`, { ...again, clientMessageId: 'in-openapi-2' });
  await ask(bob, 'POST', `${at}/messages`, { text: 5, 'a/b': 1 });
  await ask(bob, 'GET', `${at}/messages?limit=1`);
  await ask(bob, 'GET', `${at}/messages?limit=0`);
  await ask(bob, 'GET', `${at}/messages?before=canary`);
  await ask(bob, 'GET', `${at}/changes?since=0`);
  await ask(bob, 'PATCH', `${at}/messages/${message.id}`, { text: 'edited' });
  await ask(bob, 'DELETE', `${at}/messages/${message.id}`);
  await ask(bob, 'PATCH', `${at}/messages/${message.id}`, { text: 'too late' });
  await ask(bob, 'GET', at);
  await ask(ana, 'PATCH', at, { topic: 'Everything' });
  await ask(bob, 'PUT', `${at}/read`, { seq: 1 });
  await ask(bob, 'POST', `${at}/typing`, { state: 'start' });
  await ask(bob, 'GET', `${at}/members`);
  await ask(bob, 'POST', '/v1/realtime/subscription-token', { channel: room.channel });
  await ask(ana, 'PUT', `${at}/members/${bob.userId}`, { role: 'owner' });
  await ask(ana, 'DELETE', `${at}/members/${bob.userId}`);
  await ask(ana, 'PATCH', `/v1/users/${bob.userId}`, { role: 'manager' });
  const dee = await join(server.url, ana, 'Dee');
  const member = { ...dee, email: 'dee@example.com', password };
  await walkIdentity(ask, { admin: ana, member, origin: new URL(server.setupLink()).origin });
  const all = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(
    all.filter((name) => !seen.has(name) && !visits.includes(name)),
    [],
    'every operation was seen to succeed',
  );
});
