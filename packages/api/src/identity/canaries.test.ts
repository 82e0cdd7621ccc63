// Checks that no secret, wherever it is put in, comes out in a log line or an answer that is not its own.
import assert from 'node:assert/strict';
import { eachDatabase } from '../db/testing/each-database.ts';
import { cookieOf, makeAdmin, openHouse, pageHeaders, personOf } from './testing/house.ts';

const CANARY = 'canary-5ecret';

// identity 2.2: 130
eachDatabase('canaries in every input of every identity route reach no log and no answer', async (database) => {
  const house = await openHouse(database, { config: { registration: 'open' } });
  const admin = await makeAdmin(house);
  const routes = [
    '/v1/setup',
    '/v1/auth/register',
    '/v1/auth/login',
    '/v1/auth/refresh',
    '/v1/auth/logout',
    '/v1/invitations',
    '/v1/invitations/lookup',
  ];
  const fields = ['token', 'email', 'name', 'password', 'invitation', 'refreshToken', 'client', 'role', 'roomId'];
  const whole = Object.fromEntries(fields.map((field) => [field, `${field}-${CANARY}`]));
  const payloads: unknown[] = [
    whole,
    { email: CANARY, password: CANARY },
    { email: `${CANARY}@example.org`, name: 'x', password: CANARY, invitation: CANARY },
    { token: CANARY, email: 'a@example.org', name: 'x', password: CANARY },
    { refreshToken: CANARY },
    { invitation: CANARY },
    ...fields.map((field) => ({ [field]: { nested: [CANARY] } })),
  ];
  const headerSets: Record<string, string>[] = [
    {},
    { authorization: `Bearer ${CANARY}` },
    { authorization: `Basic ${CANARY}` },
    { ...pageHeaders, cookie: `__Host-rt=${CANARY}` },
    { ...pageHeaders, cookie: `__Host-rt=${CANARY}; __Host-rt=${CANARY}2` },
    { 'x-api-key': CANARY, 'x-forwarded-for': CANARY, traceparent: CANARY, 'idempotency-key': CANARY },
    admin.bearer,
  ];
  const answers: string[] = [];
  for (const url of routes)
    for (const payload of payloads)
      for (const headers of headerSets) {
        const answer = await house.app.inject({
          method: 'POST',
          url: `${url}?access_token=${CANARY}`,
          payload: JSON.stringify(payload),
          headers: { 'content-type': 'application/json', ...headers },
        });
        assert.ok(answer.statusCode < 500, `${url} ${answer.body}`);
        answers.push(answer.body + JSON.stringify(answer.headers));
      }
  const broken = await house.app.inject({
    method: 'POST',
    url: '/v1/auth/login',
    payload: `{"password":"${CANARY}`,
    headers: { 'content-type': 'application/json' },
  });
  answers.push(broken.body);
  assert.equal(house.text().includes(CANARY), false, 'log');
  assert.equal(answers.filter((answer) => answer.includes(CANARY)).length, 0, 'answers');
});

// identity 2.2: 130
eachDatabase('secrets that were given out reach no log and no table', async (database) => {
  const house = await openHouse(database, { config: { registration: 'open' } });
  const link = (await house.identity.setupLink()) ?? '';
  const admin = await makeAdmin(house);
  const invited = await house.post('/v1/invitations', {}, admin.bearer);
  const web = await house.post('/v1/auth/login', { email: 'ada@example.org', password: 'correct horse battery' });
  const { refreshToken } = personOf(
    await house.post('/v1/auth/refresh', { refreshToken: admin.tokens.refreshToken }),
  ).tokens;
  const secrets = [
    link.split('#')[1],
    invited.json().url.split('#')[1],
    cookieOf(web),
    refreshToken,
    admin.tokens.refreshToken,
    admin.tokens.accessToken,
    'correct horse battery',
  ];
  const tables = ['users', 'sessions', 'refresh_tokens', 'invitations', 'revocations', 'idempotency'] as const;
  const rows = await Promise.all(tables.map((table) => database.read.selectFrom(table).selectAll().execute()));
  for (const secret of secrets) {
    assert.ok(secret !== undefined && secret.length > 20);
    assert.equal(house.text().includes(secret), false, 'log');
    assert.equal(JSON.stringify(rows).includes(secret), false, 'table');
  }
});
