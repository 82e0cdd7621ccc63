// Proves audit and mail through the whole api's door: who may read them, what refusals leave behind, and no secret.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type {
  ApiKeyCreated,
  AuditEvent,
  AuditPage,
  AuditVerified,
  SessionTokens,
  WaitingMailPage,
} from '@parley/contract';
import {
  createKeyring,
  createProfile,
  createSigner,
  createVerifier,
  generateKey,
  generateSecretKeys,
} from '@parley/tokens';
import type { TokenKind } from '@parley/tokens';
import { createApi } from '../app.ts';
import type { Database } from '../db/database.ts';
import { eachDatabase } from '../db/testing/each-database.ts';
import { happens } from '../http/testing/happens.ts';
import { captureLog } from '../http/testing/platform.ts';
import { testConfig } from '../identity/testing/house.ts';
import { createMailer } from '../mail/mailer.ts';
import { createRecordingGateway } from '../realtime/testing/recording-gateway.ts';

const clock = { now: () => Date.now() };
const password = 'correct horse battery';

async function open(database: Database, t: TestContext) {
  const captured = captureLog();
  const profileOf = <K extends TokenKind>(kind: K) => {
    const ring = createKeyring(kind, [generateKey('HS256', 'current')]);
    return createProfile({ kind, issuer: testConfig.publicUrl, algorithms: ['HS256'], ring, maxLifeSeconds: 3_600 });
  };
  const access = profileOf('access');
  const api = await createApi({
    config: { ...testConfig, registration: 'open', rateLimitFactor: 1_000 },
    database,
    serverApi: createRecordingGateway().serverApi,
    secretKeys: generateSecretKeys(),
    issuer: {
      access: createSigner(access, clock),
      connection: createSigner(profileOf('connection'), clock),
      subscription: createSigner(profileOf('subscription'), clock),
    },
    verifyAccess: createVerifier(access, clock),
    log: captured.log,
    clock,
  });
  await api.ready();
  t.after(() => api.close());
  const token = (await api.setupLink())?.split('#')[1];
  const person = { email: 'ada@example.org', name: 'Ada', password, client: 'native' };
  const post = (url: string, payload: object) => api.app.inject({ method: 'POST', url, payload });
  const admin = (await post('/v1/setup', { ...person, token })).json<SessionTokens>();
  const bearer = { authorization: `Bearer ${admin.accessToken}` };
  const get = (url: string, headers: Record<string, string> = bearer) => api.app.inject({ url, headers });
  /** Waits until an event of this name is in the log. */
  const event = async (name: string): Promise<AuditEvent> => {
    const found: AuditEvent[] = [];
    const isThere = await happens(5_000, async () => {
      found.push(...(await get(`/v1/admin/audit?name=${name}&limit=1`)).json<AuditPage>().data);
      return found.length > 0;
    });
    assert.ok(isThere && found[0] !== undefined, `${name} is not in the audit log`);
    return found[0];
  };
  return { ...captured, api, admin, bearer, event, get, person, post };
}

eachDatabase('the audit log is for administrators: pages, check, export as lines that verify', async (database, t) => {
  const { admin, event, get, person, post } = await open(database, t);
  const bob = (await post('/v1/auth/register', { ...person, email: 'bob@example.org' })).json<SessionTokens>();
  const asBob = { authorization: `Bearer ${bob.accessToken}` };
  for (const path of ['audit', 'audit/verify', 'audit/export', 'mails'])
    assert.deepEqual(
      [(await get(`/v1/admin/${path}`, asBob)).statusCode, (await get(`/v1/admin/${path}`, {})).statusCode],
      [403, 401],
      path,
    );
  const denied = await event('scope.denied');
  assert.deepEqual([denied.actorId, denied.reason, denied.outcome], [bob.user.id, 'audit:read', 'failure']);
  assert.equal((await get('/v1/admin/audit?name=DROP')).statusCode, 400);
  const isSealed = await happens(5_000, async () => {
    const page = (await get('/v1/admin/audit?limit=200')).json<AuditPage>();
    return page.data.every(({ seq }) => seq !== null);
  });
  assert.ok(isSealed);
  const verified = (await get('/v1/admin/audit/verify')).json<AuditVerified>();
  assert.ok(verified.ok && verified.checked > 0);
  const exported = await get('/v1/admin/audit/export?name=session.*');
  assert.match(String(exported.headers['content-type']), /^application\/x-ndjson/);
  const lines = exported.body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditEvent);
  assert.deepEqual(
    lines.map((line) => [line.name, line.actorId]),
    [
      ['session.created', admin.user.id],
      ['session.created', bob.user.id],
    ],
  );
  const noted = await event('audit.export');
  assert.deepEqual([noted.actorId, noted.details], [admin.user.id, { filter: '{"name":"session.*"}' }]);
});

eachDatabase('refusals at the door become events with their class', async (database, t) => {
  const { api, event } = await open(database, t);
  await api.app.inject({ url: '/v1/me', headers: { authorization: 'Bearer a.b.c' } });
  assert.equal((await event('token.rejected')).outcome, 'failure');
  await api.app.inject({ url: '/v1/config', headers: { origin: 'https://evil.example' } });
  assert.equal((await event('cors.rejected')).reason, 'origin');
  await api.app.inject({
    method: 'POST',
    url: '/v1/auth/refresh',
    payload: {},
    headers: { cookie: '__Host-rt=x', origin: 'https://evil.example', 'x-parley-client': 'web' },
  });
  assert.equal((await event('csrf.rejected')).reason, 'foreign origin');
});

eachDatabase('held mails are shown to administrators with the link that people would have got', async (database, t) => {
  const { get } = await open(database, t);
  const mailer = createMailer({ clock, isConfigured: false });
  const data = { name: 'Bob', url: 'https://parley.example/reset#mail-5ecret', minutes: 30 };
  await database.transact((query) => mailer.queue(query, { to: 'bob@example.org', template: 'password_reset', data }));
  const { data: mails } = (await get('/v1/admin/mails')).json<WaitingMailPage>();
  assert.deepEqual([mails[0]?.to, mails[0]?.status, mails[0]?.template], ['bob@example.org', 'held', 'password_reset']);
  assert.ok(mails[0]?.text.includes('https://parley.example/reset#mail-5ecret'));
  assert.equal((await get('/v1/config')).json<{ hasMail: boolean }>().hasMail, false);
});

eachDatabase('what people do with sessions, passwords, keys and channels leaves its events', async (database, t) => {
  const { admin, bearer, get, person, post, api } = await open(database, t);
  const ask = (
    method: 'POST' | 'DELETE',
    url: string,
    payload: object = {},
    headers: Record<string, string> = bearer,
  ) => api.app.inject({ method, url, payload, headers });
  const refresh = (refreshToken: string | undefined) => post('/v1/auth/refresh', { refreshToken });
  const second = (await refresh(admin.refreshToken)).json<SessionTokens>();
  assert.equal((await refresh(admin.refreshToken)).statusCode, 200);
  assert.equal((await refresh(second.refreshToken)).statusCode, 200);
  assert.equal((await refresh(admin.refreshToken)).statusCode, 409);
  assert.equal((await get('/v1/realtime/connection-token')).statusCode, 200);
  const channel = (name: string) => ask('POST', '/v1/realtime/subscription-token', { channel: name });
  assert.equal((await channel('chat:019ac2f0-0000-7000-8000-000000000001')).statusCode, 404);
  const { key } = (
    await ask('POST', '/v1/me/api-keys', { name: 'build', scopes: ['rooms:read'] })
  ).json<ApiKeyCreated>();
  const next = (await ask('POST', `/v1/me/api-keys/${key.id}/rotate`)).json<ApiKeyCreated>();
  assert.equal((await ask('DELETE', `/v1/me/api-keys/${next.key.id}`)).statusCode, 204);
  const reset = await post('/v1/auth/password/reset', { token: 'x'.repeat(60), newPassword: 'a wholly new secret' });
  assert.ok(reset.statusCode >= 400 && reset.statusCode < 500);
  const wrong = { email: person.email, password: 'not this one', client: 'native' };
  assert.equal((await post('/v1/auth/login', wrong)).statusCode, 401);
  assert.equal((await post('/v1/auth/login', { ...wrong, password })).statusCode, 200);
  for (let at = 0; at < 6; at += 1) await post('/v1/auth/login', { ...wrong, email: 'nobody@example.org' });
  const change = (currentPassword: string) =>
    ask('POST', '/v1/me/password', { currentPassword, newPassword: 'a wholly new secret' });
  assert.equal((await change('not this one')).statusCode >= 400, true);
  assert.equal((await change(password)).statusCode, 200);
  const expected = [
    'apikey.created',
    'apikey.revoked',
    'apikey.rotated',
    'login.blocked',
    'login.failed',
    'login.succeeded_after_failures',
    'password.change_failed',
    'password.changed',
    'password.reset_failed',
    'token.connection_issued',
    'token.refresh_replayed',
    'token.refresh_superseded',
    'token.refreshed',
    'token.subscription_denied',
  ];
  // The change of the password has ended the session that asks for pages of the log.
  const stored = async (): Promise<string[]> => {
    const rows = await database.read.selectFrom('audit_events').select('name').distinct().orderBy('name').execute();
    return rows.map(({ name }) => name).filter((name) => expected.includes(name));
  };
  await happens(5_000, async () => (await stored()).length === expected.length);
  assert.deepEqual(await stored(), expected);
});

interface OpenApi {
  paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: Schema }> } }>>;
}
interface Schema {
  properties?: Record<string, unknown>;
}

const HEADERS = [
  'authorization',
  'cookie',
  'x-api-key',
  'x-forwarded-for',
  'x-forwarded-host',
  'forwarded',
  'host',
  'origin',
  'referer',
  'traceparent',
  'idempotency-key',
  'if-match',
  'x-request-id',
  'x-csrf-token',
  'proxy-authorization',
];

// identity 2.2: 130
eachDatabase('a secret in any input of any route reaches no log, no audit row, no answer', async (database, t) => {
  const house = await open(database, t);
  const secret = 'canary-5ecret-9f2c';
  const { paths } = (await house.get('/openapi.json')).json<OpenApi>();
  const positions = new Set<string>();
  const leaks: string[] = [];
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { requestBody }] of Object.entries(methods)) {
      const url = `${path.replaceAll(/\{\w+\}/g, '019ac2f0-0000-7000-8000-000000000001')}?access_token=${secret}`;
      const fields = Object.keys(requestBody?.content['application/json']?.schema.properties ?? {});
      const ask = async (position: string, headers: Record<string, string>, body?: object): Promise<void> => {
        positions.add(`${method} ${path} ${position}`);
        const answer = await house.api.app.inject({
          method: method.toUpperCase() as 'POST',
          url,
          headers: { ...house.bearer, ...headers },
          ...(body === undefined ? {} : { payload: body }),
        });
        assert.ok(answer.statusCode < 500, `${position} ${path}: ${answer.body}`);
        if ((answer.body + JSON.stringify(answer.headers)).includes(secret))
          leaks.push(`${method} ${path} ${position}`);
      };
      for (const name of HEADERS)
        await ask(name, { [name]: name === 'authorization' ? `Bearer ${secret}` : `__Host-rt=${secret}` });
      for (const field of fields) await ask(`body.${field}`, {}, { [field]: { deep: [secret] } });
      if (fields.length > 0) await ask('body', {}, Object.fromEntries(fields.map((field) => [field, secret])));
    }
  }
  assert.ok(positions.size >= 25, String(positions.size));
  await house.api.close();
  const rows = JSON.stringify(await database.read.selectFrom('audit_events').selectAll().execute());
  const mails = JSON.stringify(await database.read.selectFrom('mails').select(['recipient', 'last_error']).execute());
  assert.deepEqual(leaks, []);
  assert.equal(house.text().includes(secret), false, 'log');
  assert.equal(rows.includes(secret), false, 'audit');
  assert.equal(mails.includes(secret), false, 'mails');
  t.diagnostic(`${positions.size} positions`);
});
