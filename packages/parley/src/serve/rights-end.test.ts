// Proves on the whole server that a right that ends, ends within a second on REST and on live sockets.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test, type TestContext } from 'node:test';
import type { ApiKeyCreated, RealtimeToken } from '@parley/contract';
import { join, openWire, serve, setUp, signIn, type Served, type Someone, type Wire } from './testing/served.ts';

const connectionToken = async (served: Served, bearer: string): Promise<string> =>
  (await served.call<RealtimeToken>(bearer, 'GET /v1/realtime/connection-token')).body.token;

async function connected(t: TestContext, served: Served, bearer: string): Promise<{ wire: Wire; token: string }> {
  const token = await connectionToken(served, bearer);
  const wire = await openWire(t, served);
  const reply = await wire.ask({ connect: { token } });
  assert.ok(typeof reply === 'object' && reply.error === undefined);
  return { wire, token };
}

/** Asserts that a socket ends within a second of `since`, with the code that makes honest clients ask for a new token. */
async function assertCut(wire: Wire, since: number): Promise<number> {
  const { code, at } = await wire.closed;
  assert.equal(code, 3014);
  assert.ok(at - since < 1_000, `${at - since} ms`);
  return at - since;
}

/** Asserts that a token of before is dead at the gateway. */
async function assertDead(t: TestContext, served: Served, token: string): Promise<void> {
  const wire = await openWire(t, served);
  assert.equal(await wire.ask({ connect: { token } }), 3500);
}

async function open(t: TestContext): Promise<{ served: Served; root: Someone; bob: Someone }> {
  const served = await serve(t);
  const root = await setUp(served);
  return { served, root, bob: await join(served, root, 'bob') };
}

const me = async (served: Served, bearer: string): Promise<number> => (await served.call(bearer, 'GET /v1/me')).status;

for (const [name, change] of [
  ['another role', { role: 'manager' }],
  ['a disabled account', { disabled: true }],
] as const)
  test(`${name}: the old tokens are dead at once, sockets within a second`, async (t) => {
    const { served, root, bob } = await open(t);
    const { wire, token } = await connected(t, served, bob.bearer);
    const since = performance.now();
    const changed = await served.call(root.bearer, `PATCH /v1/admin/users/${bob.id}`, change);
    assert.equal(changed.status, 200);
    assert.equal(await me(served, bob.bearer), 401);
    t.diagnostic(`socket cut after ${Math.round(await assertCut(wire, since))} ms`);
    await assertDead(t, served, token);
    assert.equal(await me(served, root.bearer), 200);
  });

test('another role: what a person comes back with rests on the new one', async (t) => {
  const { served, root, bob } = await open(t);
  await served.call(root.bearer, `PATCH /v1/admin/users/${bob.id}`, { role: 'manager' });
  const again = await signIn(served, 'bob');
  const { body } = await served.call<{ role: string }>(again.bearer, 'GET /v1/me/rights');
  assert.equal(body.role, 'manager');
  await connected(t, served, again.bearer);
});

test('a revoked key: dead at once, its sockets within a second, while the person goes on', async (t) => {
  const { served, bob } = await open(t);
  const scopes = ['account:read', 'rooms:read', 'realtime:connect'];
  const made = await served.call<ApiKeyCreated>(bob.bearer, 'POST /v1/me/api-keys', { name: 'bot', scopes });
  const key = `Bearer ${made.body.secret}`;
  const { wire, token } = await connected(t, served, key);
  const since = performance.now();
  const revoked = await served.call(bob.bearer, `DELETE /v1/me/api-keys/${made.body.key.id}`);
  assert.equal(revoked.status, 204);
  assert.equal(await me(served, key), 401);
  t.diagnostic(`socket cut after ${Math.round(await assertCut(wire, since))} ms`);
  await assertDead(t, served, token);
  assert.equal(await me(served, bob.bearer), 200);
  await connected(t, served, bob.bearer);
});

// identity 2.2: 126
test('an upgrade from the page of another site is refused', async (t) => {
  const { served } = await open(t);
  const upgrade = (origin: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const headers = {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        origin,
      };
      const asked = request(`${served.url}/connection/websocket`, { headers });
      asked.on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.on('upgrade', (response, socket) => {
        socket.destroy();
        resolve(response.statusCode);
      });
      asked.on('error', reject);
      asked.end();
    });
  assert.equal(await upgrade('https://evil.example'), 403);
  assert.equal(await upgrade('null'), 403);
  assert.equal(await upgrade(`http://localhost:${new URL(served.url).port}`), 101);
});

test('/metrics tells how requests came in', async (t) => {
  const { served, bob } = await open(t);
  assert.equal(await me(served, bob.bearer), 200);
  assert.equal(await me(served, 'Bearer junk'), 401);
  const { body } = await served.call<string>(`apikey ${served.secrets.apiKey}`, 'GET /metrics');
  assert.match(body, /^# TYPE parley_api_authentications_total counter$/m);
  assert.match(body, /^parley_api_authentications_total\{method="bearer",outcome="refused"\} 1$/m);
  assert.match(body, /^parley_api_authentications_total\{method="cookie",outcome="accepted"\} 0$/m);
});
