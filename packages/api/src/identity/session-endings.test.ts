// Checks what people see of their sessions, how they end them, and how they prove again who they are.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { SessionList } from '@parley/contract';
import { eachDatabase } from '../db/testing/each-database.ts';
import { deviceLabel } from './device-label.ts';
import { isRecent } from './recent.ts';
import { makeAdmin, makePerson, openHouse, personOf, sessionOf, type House, type Person } from './testing/house.ts';

const credentials = { email: 'ada@example.org', password: 'correct horse battery', client: 'native' };
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

const signIn = async (house: House, userAgent = 'curl/8.5.0'): Promise<Person> =>
  personOf(await house.post('/v1/auth/login', credentials, { 'user-agent': userAgent }));
const sessionsOf = async (house: House, person: Person) =>
  (await house.app.inject({ url: '/v1/me/sessions', headers: person.bearer })).json<SessionList>().data;
const statusOf = async (house: House, person: Person) =>
  (await house.app.inject({ url: '/v1/me', headers: person.bearer })).statusCode;
const eventsOf = async (house: House, name: string) =>
  house.database.read
    .selectFrom('audit_events')
    .select(['session_id', 'actor_id', 'reason'])
    .where('name', '=', name as 'logout.one')
    .execute();

test('deviceLabel() names browser and system, programs by their name, and is short', () => {
  const chrome =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
  const safari =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
  const cases: [string, string][] = [
    [FIREFOX, 'Firefox on Linux'],
    [chrome, 'Chrome on Windows'],
    [`${chrome} Edg/140.0`, 'Edge on Windows'],
    [safari, 'Safari on iPhone'],
    [chrome.replace('Chrome', 'HeadlessChrome'), 'Chrome on Windows'],
    ['Mozilla/5.0 (X11; Linux x86_64) Novel/1.0', 'Browser on Linux'],
    ['curl/8.5.0', 'curl/8.5.0'],
    ['my-app/1.2 (Linux)', 'my-app/1.2'],
    ['', 'Unknown device'],
    ['x'.repeat(300), 'x'.repeat(60)],
  ];
  for (const [userAgent, expected] of cases) assert.equal(deviceLabel(userAgent), expected, userAgent);
});

eachDatabase(
  'GET me/sessions lists what can be renewed, the last used first, as of its last refresh',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const bob = await makePerson(house, admin, 'Bob');
    house.tick(1_000);
    const laptop = await signIn(house);
    house.tick(1_000);
    const body = { refreshToken: admin.tokens.refreshToken };
    assert.equal((await house.post('/v1/auth/refresh', body, { 'user-agent': FIREFOX })).statusCode, 200);
    const [first, second, ...others] = await sessionsOf(house, laptop);
    assert.deepEqual(others, []);
    assert.deepEqual(first, {
      id: sessionOf(admin),
      client: 'native',
      createdAt: '2026-01-01T00:00:00.000Z',
      lastUsedAt: '2026-01-01T00:00:02.000Z',
      expiresAt: '2026-01-08T00:00:02.000Z',
      source: '127.0.0.1',
      device: 'Firefox on Linux',
      methods: ['pwd'],
      isCurrent: false,
    });
    assert.deepEqual([second?.id, second?.device, second?.isCurrent], [sessionOf(laptop), 'curl/8.5.0', true]);
    assert.deepEqual(
      (await sessionsOf(house, bob)).map(({ id }) => id),
      [sessionOf(bob)],
    );
  },
);

eachDatabase(
  'DELETE me/sessions/:id ends that session and its connections only, and nobody else’s',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const bob = await makePerson(house, admin, 'Bob');
    const phone = await signIn(house);
    const end = async (who: Person, id: string) =>
      (await house.app.inject({ method: 'DELETE', url: `/v1/me/sessions/${id}`, headers: who.bearer })).statusCode;
    assert.equal(await end(bob, sessionOf(phone)), 404);
    assert.equal(await statusOf(house, phone), 200);
    assert.equal(await end(admin, sessionOf(phone)), 204);
    assert.equal(await end(admin, sessionOf(phone)), 404);
    assert.equal(await statusOf(house, phone), 401);
    assert.equal(await statusOf(house, admin), 200);
    assert.equal((await house.post('/v1/auth/refresh', { refreshToken: phone.tokens.refreshToken })).statusCode, 401);
    await house.identity.ports.disconnector.idle();
    assert.deepEqual(house.cut, [{ session: sessionOf(phone) }]);
    const { id } = admin.tokens.user;
    const revoked = [{ session_id: sessionOf(phone), actor_id: id, reason: 'revoked' }];
    assert.deepEqual(await eventsOf(house, 'session.revoked'), revoked);
  },
);

eachDatabase('POST me/sessions/end-others ends all but the one that asks', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  const others = [await signIn(house), await signIn(house)];
  const answer = await house.post('/v1/me/sessions/end-others', {}, admin.bearer);
  assert.deepEqual(answer.json(), { ended: 2 });
  for (const other of others) assert.equal(await statusOf(house, other), 401);
  assert.equal(await statusOf(house, admin), 200);
  await house.identity.ports.disconnector.idle();
  assert.deepEqual(new Set(house.cut.map((cut) => JSON.stringify(cut))).size, 2);
  assert.deepEqual((await house.post('/v1/me/sessions/end-others', {}, admin.bearer)).json(), { ended: 0 });
});

// identity 2.2: 99
eachDatabase(
  'POST auth/logout-all: a token that was minted in the same second is dead, one after it lives',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const same = await signIn(house);
    assert.equal((await house.post('/v1/auth/logout-all', {}, admin.bearer)).statusCode, 204);
    const after = await signIn(house);
    assert.equal(await statusOf(house, same), 401);
    assert.equal(await statusOf(house, admin), 401);
    assert.equal(await statusOf(house, after), 200);
    assert.equal((await house.post('/v1/auth/refresh', { refreshToken: same.tokens.refreshToken })).statusCode, 401);
    await house.identity.ports.disconnector.idle();
    assert.deepEqual(house.cut, [{ user: admin.tokens.user.id, code: 3014 }]);
    assert.equal((await eventsOf(house, 'logout.all')).length, 1);
  },
);

// identity 2.2: 65
eachDatabase(
  'POST auth/revoke ends one token, or the session of a refresh token; anything else is 200 as well',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const renewed = personOf(await house.post('/v1/auth/refresh', { refreshToken: admin.tokens.refreshToken }));
    const other = await signIn(house);
    const revoke = async (token: string) => {
      const answer = await house.post('/v1/auth/revoke', { token });
      return [answer.statusCode, answer.body];
    };
    for (const token of ['x', `rt_${'A'.repeat(64)}`, `${admin.tokens.accessToken}x`])
      assert.deepEqual(await revoke(token), [200, '{}'], token);
    assert.deepEqual(await revoke(admin.tokens.accessToken), [200, '{}']);
    // The same session's other token and other sessions are judged by themselves.
    assert.equal(await statusOf(house, admin), 401);
    assert.equal(await statusOf(house, renewed), 200);
    assert.deepEqual(await revoke(renewed.tokens.refreshToken ?? ''), [200, '{}']);
    assert.equal(await statusOf(house, renewed), 401);
    assert.equal(await statusOf(house, other), 200);
    assert.equal((await eventsOf(house, 'token.revoked')).length, 1);
  },
);

eachDatabase('POST auth/reauthenticate makes a session fresh for 15 minutes, by password or code', async (database) => {
  const secondFactors = {
    begin: () => Promise.resolve(undefined),
    verifyCode: (_userId: string, code: string) => Promise.resolve(code === '123456'),
  };
  const house = await openHouse(database, { secondFactors });
  const admin = await makeAdmin(house);
  const actor = {
    ...admin.tokens.user,
    userId: admin.tokens.user.id,
    sessionId: sessionOf(admin),
    scopes: null,
    epoch: 0,
  };
  const isFresh = () => isRecent(database.read, house.identity.ports, actor);
  assert.equal(await isFresh(), true);
  house.tick(15 * 60_000 - 1);
  assert.equal(await isFresh(), true);
  house.tick(1);
  assert.equal(await isFresh(), false);
  const renewed = personOf(await house.post('/v1/auth/refresh', { refreshToken: admin.tokens.refreshToken }));
  // Renewing proves nothing about the person.
  assert.equal(await isFresh(), false);
  const prove = async (body: object) => (await house.post('/v1/auth/reauthenticate', body, renewed.bearer)).statusCode;
  assert.equal(await prove({ password: 'wrong horse battery' }), 401);
  assert.equal(await prove({ code: '654321' }), 401);
  assert.equal(await isFresh(), false);
  assert.equal(await prove({ password: credentials.password }), 204);
  assert.equal(await isFresh(), true);
  house.tick(15 * 60_000 - 1);
  assert.equal(await prove({ code: '123456' }), 204);
  house.tick(1);
  assert.equal(await isFresh(), true);
  assert.equal(await isRecent(database.read, house.identity.ports, { ...actor, userId: 'other' }), false);
  await house.post('/v1/auth/logout', {}, renewed.bearer);
  assert.equal(await isFresh(), false);
});

eachDatabase('a person has 50 sessions at most: the oldest makes room, and that is recorded', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  for (let count = 0; count < 49; count += 1) await signIn(house);
  assert.equal(await statusOf(house, admin), 200);
  await signIn(house);
  assert.equal(await statusOf(house, admin), 401);
  const [evicted, ...others] = await eventsOf(house, 'session.limit_evicted');
  assert.deepEqual([evicted?.session_id, others], [sessionOf(admin), []]);
});
