// Checks attacks that cross several parts: a clock that goes back, tokens in each other's place, look-alikes, old verdicts.
import assert from 'node:assert/strict';
import { eachDatabase } from '../db/testing/each-database.ts';
import { createDatabaseRevocationStore } from '../realtime/revocation-store.ts';
import { createRevocations } from '../realtime/revocation.ts';
import { makeResetLink } from './reset-request.ts';
import { makeAdmin, makePerson, openHouse, sessionOf, type House, type Person } from './testing/house.ts';

const password = 'correct horse battery';
const statusOf = async (house: House, { bearer }: Pick<Person, 'bearer'>) =>
  (await house.app.inject({ url: '/v1/me', headers: bearer })).statusCode;

// identity 2.2: 59
eachDatabase('a clock that jumps back up to an hour revives no token of an ended session', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  const bob = await makePerson(house, admin, 'Bob');
  await house.post('/v1/auth/logout', {}, bob.bearer);
  assert.equal((await house.post('/v1/auth/logout-all', {}, admin.bearer)).statusCode, 204);
  // Far enough for the list to have forgotten, if nobody thought of clocks; then back into the life of the token.
  for (const [forwardMs, backMs] of [
    [18 * 60_000, 10 * 60_000],
    [70 * 60_000, 60 * 60_000],
  ] as const) {
    house.tick(forwardMs);
    await house.revocations.sweep();
    house.tick(-backMs);
    assert.equal(await statusOf(house, bob), 401);
    assert.equal(await statusOf(house, admin), 401);
    const store = createDatabaseRevocationStore({ database, log: house.log });
    const restarted = createRevocations({ store, clock: { now: house.now }, entryLifeMs: 1_000 });
    await restarted.load();
    assert.equal(restarted.isRevoked({ sub: 'x', sid: sessionOf(bob) }), true);
    assert.equal(restarted.isRevoked({ sub: admin.tokens.user.id, uv: 0 }), true);
    assert.equal((await house.post('/v1/auth/refresh', { refreshToken: bob.tokens.refreshToken })).statusCode, 401);
    house.tick(backMs - forwardMs);
  }
});

// identity 2.2: 66, 67, 69
eachDatabase('no token is taken where another kind belongs', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  const asked = { method: 'GET', url: '/v1/realtime/connection-token', headers: admin.bearer } as const;
  const connection = (await house.app.inject(asked)).json<{ token: string }>().token;
  const link = await database.transact((query) => makeResetLink(query, house.identity.ports, admin.tokens.user.id));
  const kinds = {
    access: admin.tokens.accessToken,
    connection,
    refresh: admin.tokens.refreshToken ?? '',
    reset: link?.url.split('#')[1] ?? '',
  };
  const doors: [takes: string, status: number, knock: (token: string) => Promise<{ statusCode: number }>][] = [
    ['refresh', 401, (token) => house.post('/v1/auth/refresh', { refreshToken: token })],
    ['reset', 410, (token) => house.post('/v1/auth/password/reset', { token, newPassword: 'vier Birnen im Korb' })],
    ['', 410, (token) => house.post('/v1/auth/email/confirm', { token })],
    ['', 410, (token) => house.post('/v1/auth/not-me', { token })],
    ['', 401, (token) => house.post('/v1/auth/second-factor', { ticket: token, code: '123456' })],
    ['access', 401, (token) => house.app.inject({ url: '/v1/me', headers: { authorization: `Bearer ${token}` } })],
  ];
  for (const [takes, status, knock] of doors) {
    for (const [kind, token] of Object.entries(kinds)) {
      assert.notEqual(token, '', kind);
      if (kind === takes) continue;
      const { statusCode } = await knock(token);
      // One that is longer than any of that kind is no valid body.
      assert.ok(statusCode === status || statusCode === 400, `${kind} where ${takes} belongs: ${statusCode}`);
    }
  }
  // What was misused is still good where it belongs.
  assert.equal(await statusOf(house, admin), 200);
  assert.equal((await house.post('/v1/auth/refresh', { refreshToken: kinds.refresh })).statusCode, 200);
});

// identity 2.2: 105
eachDatabase('register: a look-alike of an address is that address or none', async (database) => {
  const house = await openHouse(database, { config: { registration: 'open' }, mail: false });
  await makeAdmin(house);
  const register = (email: string) => house.post('/v1/auth/register', { email, name: 'Kim', password });
  assert.equal((await register('kim@example.org')).statusCode, 201);
  const sameAsKim = [
    'KIM@EXAMPLE.ORG',
    ' kim@example.org ',
    'k\u0131m@example.org', // dotless i
    'K\u0130M@example.org', // dotted capital I
    '\u212aim@example.org', // Kelvin sign
    'kim\uff20example.org', // full-width @
    '\uff4b\uff49\uff4d@example.org',
  ];
  for (const email of sameAsKim) assert.equal((await register(email)).json().code, 'user.exists', email);
  const nobody = [
    'kim@evil.example@example.org',
    'kim\u202e@example.org', // right-to-left override
    'ki\u200bm@example.org', // zero width
    '\u0430da@example.org', // a Cyrillic a
  ];
  for (const email of nobody) assert.equal((await register(email)).statusCode, 400, JSON.stringify(email));
  const logIn = (email: string) => house.post('/v1/auth/login', { email, password });
  for (const email of sameAsKim) assert.equal((await logIn(email)).statusCode, 200, email);
  // The database itself holds one account for one canonical form, whatever the code before it does.
  const known = await database.read
    .selectFrom('users')
    .selectAll()
    .where('email_key', '=', 'kim@example.org')
    .execute();
  assert.equal(known.length, 1);
  const twin = { ...known[0]!, id: '0199a3c2-7b1e-7c10-9d00-3f2b6c1d8e4a' };
  await assert.rejects(database.transact((query) => query.insertInto('users').values(twin).execute()));
});

// identity 2.2: 114
eachDatabase('objects, arrays, numbers and operators are neither names nor passwords', async (database) => {
  const house = await openHouse(database);
  await makeAdmin(house);
  const login = (body: object) => house.post('/v1/auth/login', { email: 'ada@example.org', password, ...body });
  for (const value of [{ $ne: null }, { $gt: '' }, ['ada@example.org'], [], 0, 1, 1e308, true, null]) {
    assert.equal((await login({ email: value })).statusCode, 400, JSON.stringify(value));
    assert.equal((await login({ password: value })).statusCode, 400, JSON.stringify(value));
    const forgot = await house.post('/v1/auth/password/forgot', { email: value });
    assert.equal(forgot.statusCode, 400, JSON.stringify(value));
  }
  house.tick(86_400_000);
  for (const text of ["' OR '1'='1", "ada@example.org'--", '{"$ne":null}', '*)(uid=*', '%', '_'])
    for (const body of [{ email: text }, { password: text }]) {
      assert.equal((await login(body)).json().code, 'auth.invalid_credentials', text);
      house.tick(3_600_000); // no wait between tries
    }
  assert.equal((await login({})).statusCode, 200);
});

// identity 2.2: 134
eachDatabase(
  'a verdict is never an old one: expired, revoked and disabled count at the next request',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const bob = await makePerson(house, admin, 'Bob');
    const second = await house.post('/v1/auth/login', { email: 'bob@example.org', password, client: 'native' });
    const other = { bearer: { authorization: `Bearer ${second.json<{ accessToken: string }>().accessToken}` } };
    const made = await house.post('/v1/me/api-keys', { name: 'bot', scopes: ['account:read'] }, other.bearer);
    const key = { bearer: { authorization: `Bearer ${made.json<{ secret: string }>().secret}` } };
    // Two tokens of one header and of claims that begin alike are told apart by all of their bytes.
    const [one, two] = [bob, other].map(({ bearer }) => bearer.authorization.slice(7).split('.'));
    assert.equal(one?.[0], two?.[0]);
    const mixed = { bearer: { authorization: `Bearer ${one?.[0]}.${one?.[1]}.${two?.[2]}` } };
    for (let round = 0; round < 3; round += 1) {
      for (const good of [bob, other, key]) assert.equal(await statusOf(house, good), 200);
      assert.equal(await statusOf(house, mixed), 401);
    }
    await house.post('/v1/auth/logout', {}, bob.bearer);
    assert.deepEqual([await statusOf(house, bob), await statusOf(house, other)], [401, 200]);
    house.tick(929_999);
    assert.equal(await statusOf(house, other), 200);
    house.tick(1);
    assert.equal(await statusOf(house, other), 401);
    assert.equal(await statusOf(house, key), 200);
    const again = await house.post('/v1/auth/login', { email: 'ada@example.org', password, client: 'native' });
    const bearer = { authorization: `Bearer ${again.json<{ accessToken: string }>().accessToken}` };
    const url = `/v1/admin/users/${bob.tokens.user.id}`;
    const disabled = await house.app.inject({ method: 'PATCH', url, payload: { disabled: true }, headers: bearer });
    assert.equal(disabled.statusCode, 200, disabled.body);
    assert.equal(await statusOf(house, key), 401);
  },
);
