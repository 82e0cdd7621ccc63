// Proves the whole api through its door: from the set-up link to a message that has reached the gateway.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Message, MessagePage, RealtimeToken, Room, SessionTokens } from '@parley/contract';
import {
  createKeyring,
  createProfile,
  createSigner,
  createVerifier,
  generateKey,
  generateSecretKeys,
  type TokenKind,
} from '@parley/tokens';
import { createApi, type Api } from './app.ts';
import type { Database } from './db/database.ts';
import { eachDatabase } from './db/testing/each-database.ts';
import { captureLog } from './http/testing/platform.ts';
import { testConfig } from './identity/testing/house.ts';
import { createRecordingGateway, type RecordingGateway } from './realtime/testing/recording-gateway.ts';

const clock = { now: () => Date.now() };

const profileOf = <K extends TokenKind>(kind: K) =>
  createProfile({
    kind,
    issuer: testConfig.publicUrl,
    algorithms: ['HS256'],
    ring: createKeyring(kind, [generateKey('HS256', 'current')]),
    maxLifeSeconds: 3_600,
  });

const access = profileOf('access');
const connection = profileOf('connection');
const subscription = profileOf('subscription');

async function start(database: Database, gateway: RecordingGateway, t: TestContext): Promise<Api> {
  const api = await createApi({
    config: testConfig,
    database,
    serverApi: gateway.serverApi,
    secretKeys: generateSecretKeys(),
    issuer: {
      access: createSigner(access, clock),
      connection: createSigner(connection, clock),
      subscription: createSigner(subscription, clock),
    },
    verifyAccess: createVerifier(access, clock),
    log: captureLog().log,
    clock,
  });
  await api.ready();
  t.after(() => api.close());
  return api;
}

async function ask<T>(api: Api, request: { url: string; body?: object; token?: string }): Promise<T> {
  const answer = await api.app.inject({
    method: request.body === undefined ? 'GET' : 'POST',
    url: `/v1${request.url}`,
    ...(request.body === undefined ? {} : { payload: request.body }),
    headers: request.token === undefined ? {} : { authorization: `Bearer ${request.token}` },
  });
  assert.ok(answer.statusCode < 300, `${request.url}: ${answer.statusCode} ${answer.body}`);
  return answer.json<T>();
}

const password = 'correct horse battery';

eachDatabase('createApi(): set-up, a room, an invitation into it, a message, a restart', async (database, t) => {
  const gateway = createRecordingGateway();
  const api = await start(database, gateway, t);
  const token = (await api.setupLink())?.split('#')[1];
  const ada = { email: 'ada@example.org', name: 'Ada', password, client: 'native' };
  const { accessToken, user } = await ask<SessionTokens>(api, { url: '/setup', body: { ...ada, token } });
  assert.equal(await api.setupLink(), undefined);
  const room = await ask<Room>(api, { url: '/rooms', body: { name: 'Tea', isPrivate: true }, token: accessToken });
  const invited = await ask<{ url: string }>(api, {
    url: '/invitations',
    body: { roomId: room.id },
    token: accessToken,
  });
  const bob = { email: 'bob@example.org', name: 'Bob', password, client: 'native' };
  const body = { ...bob, invitation: invited.url.split('#')[1] };
  const bobs = await ask<SessionTokens>(api, { url: '/auth/register', body });
  const draft = { clientMessageId: 'client-0001', text: 'hello' };
  const messages = `/rooms/${room.id}/messages`;
  const sent = await ask<Message>(api, { url: messages, body: draft, token: bobs.accessToken });
  assert.deepEqual([sent.seq, sent.author], [1, { id: bobs.user.id, name: 'Bob' }]);
  const toAda = (): string[] => gateway.published(`user:${user.id}`).map(({ type }) => type);
  await gateway.until(() => toAda().includes('room.advanced'));
  const inRoom = gateway.published(room.channel).map(({ type }) => type);
  assert.deepEqual(inRoom, ['member.joined', 'message.created']);
  await api.close();
  await api.close();
  const again = await start(database, gateway, t);
  const page = await ask<MessagePage>(again, { url: messages, token: accessToken });
  assert.deepEqual(page.data, [sent]);
  assert.equal((await again.app.inject('/readyz')).statusCode, 200);
});

eachDatabase(
  'createApi() hands out realtime tokens that verify, with the claims that the gateway needs',
  async (database, t) => {
    const gateway = createRecordingGateway();
    const api = await start(database, gateway, t);
    const setup = (await api.setupLink())?.split('#')[1];
    const ada = { email: 'ada@example.org', name: 'Ada', password, client: 'native', token: setup };
    const { accessToken: token, user } = await ask<SessionTokens>(api, { url: '/setup', body: ada });
    const room = await ask<Room>(api, { url: '/rooms', body: { name: 'Tea' }, token });
    const own = createVerifier(access, clock)(token);
    assert.ok(own.ok);
    const { sid, uv } = own.claims;
    const forConnection = await ask<RealtimeToken>(api, { url: '/realtime/connection-token', token });
    assert.equal(forConnection.expiresIn, 60);
    const connected = createVerifier(connection, clock)(forConnection.token);
    assert.ok(connected.ok);
    const { sub, info, channels, meta, expire_at: connectedUntil, iat } = connected.claims;
    const told = { sub, info, channels, meta };
    assert.deepEqual(told, { sub: user.id, info: { name: 'Ada' }, channels: [`user:${user.id}`], meta: { sid, uv } });
    assert.ok(Math.abs(connectedUntil - iat - 900) <= 1);
    const body = { channel: room.channel };
    const forRoom = await ask<RealtimeToken>(api, { url: '/realtime/subscription-token', body, token });
    const subscribed = createVerifier(subscription, clock)(forRoom.token);
    assert.ok(subscribed.ok);
    const [membership] = await database.read.selectFrom('memberships').select('id').execute();
    const { claims } = subscribed;
    assert.deepEqual(
      [claims.sub, claims.channel, claims.info, claims.sid, claims.uv, claims.mid],
      [user.id, room.channel, { name: 'Ada' }, sid, uv, membership?.id],
    );
    const headers = { authorization: `Bearer ${token}` };
    const answer = await api.app.inject({ url: '/v1/realtime/connection-token', headers });
    assert.equal(answer.headers['cache-control'], 'no-store');
    for (const channel of [`user:${user.id}`, 'chat:nope', 'other', `chat:${user.id}`]) {
      const refused = await api.app.inject({
        method: 'POST',
        url: '/v1/realtime/subscription-token',
        payload: { channel },
        headers,
      });
      assert.equal(refused.statusCode, 404, channel);
    }
  },
);

eachDatabase('createApi() keeps revocations of memberships over a restart', async (database, t) => {
  const gateway = createRecordingGateway();
  const first = await start(database, gateway, t);
  const setup = (await first.setupLink())?.split('#')[1];
  const ada = { email: 'ada@example.org', name: 'Ada', password, client: 'native', token: setup };
  const { accessToken: token, user } = await ask<SessionTokens>(first, { url: '/setup', body: ada });
  const room = await ask<Room>(first, { url: '/rooms', body: { name: 'Tea' }, token });
  const [membership] = await database.read.selectFrom('memberships').select('id').execute();
  const claims = { sub: user.id, mid: membership!.id };
  assert.equal(first.revocations.isRevoked(claims), false);
  const headers = { authorization: `Bearer ${token}` };
  const left = await first.app.inject({ method: 'POST', url: `/v1/rooms/${room.id}/leave`, headers });
  assert.equal(left.statusCode, 204);
  assert.equal(first.revocations.isRevoked(claims), true);
  await first.close();
  const second = await start(database, gateway, t);
  assert.equal(second.revocations.isRevoked(claims), true);
  assert.equal(second.revocations.isRevoked({ sub: user.id, mid: 'another' }), false);
});

eachDatabase('createApi() is not ready while announcements wait for longer than 30 s', async (database, t) => {
  const gateway = createRecordingGateway();
  gateway.judge = () => 'unreachable';
  const api = await start(database, gateway, t);
  const waiting = { id: 'e1', stream: 'user:1', type: 'read.advanced', payload: '{"type":"read.advanced"}' };
  await database.transact((query) =>
    query
      .insertInto('outbox')
      .values({ ...waiting, created_at: Date.now() - 31_000 })
      .execute(),
  );
  assert.ok((await api.stats()).outbox.lagMs >= 31_000);
  const answer = await api.app.inject('/readyz?verbose=1');
  assert.equal(answer.statusCode, 503);
  const { checks } = answer.json<{ checks: { name: string; ok: boolean }[] }>();
  assert.deepEqual(checks, [
    { name: 'database', ok: true },
    { name: 'revocations', ok: true },
    { name: 'outbox', ok: false },
  ]);
});

eachDatabase('createApi() documents every endpoint', async (database, t) => {
  const api = await start(database, createRecordingGateway(), t);
  const { paths } = (await api.app.inject('/openapi.json')).json<{ paths: Record<string, object> }>();
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  for (const expected of [
    'GET /v1/rooms',
    'POST /v1/rooms',
    'GET /v1/rooms/{id}',
    'PATCH /v1/rooms/{id}',
    'POST /v1/rooms/{id}/join',
    'POST /v1/rooms/{id}/leave',
    'GET /v1/rooms/{id}/members',
    'PUT /v1/rooms/{id}/members/{userId}',
    'DELETE /v1/rooms/{id}/members/{userId}',
    'PUT /v1/rooms/{id}/read',
    'POST /v1/rooms/{id}/typing',
    'GET /v1/rooms/{id}/messages',
    'POST /v1/rooms/{id}/messages',
    'PATCH /v1/rooms/{id}/messages/{messageId}',
    'DELETE /v1/rooms/{id}/messages/{messageId}',
    'GET /v1/rooms/{id}/changes',
    'GET /v1/realtime/connection-token',
    'POST /v1/realtime/subscription-token',
    'POST /v1/setup',
    'POST /v1/auth/register',
  ])
    assert.ok(documented.includes(expected), expected);
});
