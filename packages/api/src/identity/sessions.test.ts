// Checks cookies, cross-site refusals, the two modes and logout through the door.
import assert from 'node:assert/strict';
import { eachDatabase } from '../db/testing/each-database.ts';
import {
  cookieOf,
  sessionOf,
  makeAdmin,
  makePerson,
  openHouse,
  pageHeaders,
  personOf,
  type House,
} from './testing/house.ts';

const credentials = { email: 'ada@example.org', password: 'correct horse battery' };

async function signIn(house: House) {
  const answer = await house.post('/v1/auth/login', credentials);
  return { answer, cookie: cookieOf(answer), ...personOf(answer) };
}

const withCookie = (token: string) => ({ ...pageHeaders, cookie: `__Host-rt=${token}` });

// identity 2.2: 124
eachDatabase('cookie mode: the refresh token is in Set-Cookie, byte for byte, and nowhere else', async (database) => {
  const house = await openHouse(database);
  await makeAdmin(house);
  const { answer, cookie } = await signIn(house);
  const [refresh, device, ...others] = [answer.headers['set-cookie']].flat();
  assert.equal(refresh, `__Host-rt=${cookie}; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Strict`);
  assert.match(
    String(device),
    /^__Host-device=dev_[\w.-]{100,200}; Max-Age=34560000; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  );
  assert.deepEqual(others, []);
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.body.includes(cookie), false);
  const refreshed = await house.post('/v1/auth/refresh', {}, withCookie(cookie));
  assert.equal(refreshed.statusCode, 200);
  assert.notEqual(cookieOf(refreshed), cookie);
  assert.equal(refreshed.json().refreshToken, undefined);
  const out = await house.post('/v1/auth/logout', {}, withCookie(cookieOf(refreshed)));
  assert.equal(out.statusCode, 204);
  assert.equal(out.headers['set-cookie'], '__Host-rt=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict');
  assert.equal(house.text().includes(cookie), false);
});

eachDatabase('cookie mode: on http loopback the cookie is rt, without Secure', async (database) => {
  const house = await openHouse(database, { config: { publicUrl: 'http://localhost:8000', secureCookies: false } });
  await makeAdmin(house);
  const { answer } = await signIn(house);
  const [refresh, device] = [answer.headers['set-cookie']].flat();
  assert.match(String(device), /^device=dev_[\w.-]+; Max-Age=34560000; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.match(String(refresh), /^rt=rt_[\w-]{64}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
});

// identity 2.2: 121
eachDatabase('cookie mode: what our own page did not send is 403 and changes nothing', async (database) => {
  const house = await openHouse(database);
  await makeAdmin(house);
  const { cookie } = await signIn(house);
  const ours = withCookie(cookie);
  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(ours).filter(([name]) => !names.includes(name)));
  const cases: [string, Record<string, string>][] = [
    ['foreign site', { ...ours, 'sec-fetch-site': 'cross-site' }],
    ['sibling site', { ...ours, 'sec-fetch-site': 'same-site' }],
    ['typed address', { ...ours, 'sec-fetch-site': 'none' }],
    ['foreign origin', { ...without('sec-fetch-site'), origin: 'https://evil.example' }],
    ['null origin', { ...without('sec-fetch-site'), origin: 'null' }],
    ['neither origin nor metadata', without('sec-fetch-site')],
    ['no custom header', without('x-parley-client')],
    ['method override', { ...ours, 'x-http-method-override': 'PUT' }],
    ['two cookies', { ...ours, cookie: `__Host-rt=${cookie}; __Host-rt=planted` }],
  ];
  for (const path of ['/v1/auth/refresh', '/v1/auth/logout'])
    for (const [name, headers] of cases) {
      const answer = await house.post(path, {}, headers);
      assert.equal(answer.json().code, 'auth.csrf', `${path} ${name}`);
      assert.equal(answer.headers['set-cookie'], undefined, name);
    }
  const text = { method: 'POST', url: '/v1/auth/refresh', payload: '{}' } as const;
  const plain = await house.app.inject({ ...text, headers: { ...ours, 'content-type': 'text/plain' } });
  assert.equal(plain.statusCode, 415);
  for (const method of ['GET', 'HEAD'] as const) {
    const answer = await house.app.inject({ method, url: '/v1/auth/logout', headers: ours });
    assert.equal(answer.statusCode, 405, method);
  }
  const rows = await database.read
    .selectFrom('refresh_tokens')
    .select('status')
    .where('status', '=', 'rotated')
    .execute();
  assert.deepEqual(rows, []);
  const oldBrowser = { ...without('sec-fetch-site'), origin: 'https://parley.example' };
  assert.equal((await house.post('/v1/auth/refresh', {}, oldBrowser)).statusCode, 200);
});

// identity 2.2: 122
eachDatabase('an Authorization header speaks alone: no cookie helps it, no cookie harms it', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  const bob = await makePerson(house, admin, 'Bob');
  const { cookie, bearer } = await signIn(house);
  const broken = { ...withCookie(cookie), authorization: 'Bearer broken' };
  assert.equal((await house.post('/v1/auth/logout', {}, broken)).json().code, 'auth.invalid_token');
  assert.equal((await house.post('/v1/auth/refresh', {}, broken)).json().code, 'auth.invalid_grant');
  // Bob's bearer with Ada's cookie ends Bob's session only.
  assert.equal((await house.post('/v1/auth/logout', {}, { ...withCookie(cookie), ...bob.bearer })).statusCode, 204);
  assert.equal((await house.app.inject({ url: '/v1/me', headers: bob.bearer })).statusCode, 401);
  assert.equal((await house.app.inject({ url: '/v1/me', headers: bearer })).statusCode, 200);
});

eachDatabase('the cookie of a browser in the body of a native client is theft: the family ends', async (database) => {
  const house = await openHouse(database);
  await makeAdmin(house);
  const { cookie, bearer } = await signIn(house);
  assert.equal((await house.post('/v1/auth/refresh', { refreshToken: cookie })).statusCode, 401);
  assert.equal((await house.app.inject({ url: '/v1/me', headers: bearer })).statusCode, 401);
  assert.equal((await house.post('/v1/auth/refresh', {}, withCookie(cookie))).statusCode, 401);
});

eachDatabase('logout: session, access token and connections end at once, other sessions stay', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  const other = await signIn(house);
  assert.equal((await house.post('/v1/auth/logout', {}, admin.bearer)).statusCode, 204);
  assert.equal((await house.app.inject({ url: '/v1/me', headers: admin.bearer })).statusCode, 401);
  const { refreshToken } = admin.tokens;
  assert.equal((await house.post('/v1/auth/refresh', { refreshToken })).statusCode, 401);
  assert.equal((await house.app.inject({ url: '/v1/me', headers: other.bearer })).statusCode, 200);
  await house.identity.ports.disconnector.idle();
  assert.deepEqual(house.cut, [{ session: sessionOf(admin) }]);
  // With a refresh token when the access token has run out; unknown ones are no fault.
  house.tick(3_600_000);
  assert.equal((await house.post('/v1/auth/logout', { refreshToken: 'rt_unknown' })).statusCode, 204);
  assert.equal((await house.post('/v1/auth/logout', {}, withCookie(other.cookie))).statusCode, 204);
  assert.equal((await house.post('/v1/auth/refresh', {}, withCookie(other.cookie))).statusCode, 401);
});

// identity 2.2: 97
eachDatabase('revocations: a restarted node remembers them before it lets anybody in', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  await house.post('/v1/auth/logout', {}, admin.bearer);
  const { createRevocations } = await import('../realtime/revocation.ts');
  const { createDatabaseRevocationStore } = await import('../realtime/revocation-store.ts');
  const store = createDatabaseRevocationStore({ database, log: house.log });
  const restarted = createRevocations({ store, clock: { now: house.now }, entryLifeMs: 1_000 });
  const sid = (await database.read.selectFrom('sessions').select('id').executeTakeFirstOrThrow()).id;
  const stranger = { sub: 'u', sid: 'other' };
  assert.equal(restarted.isRevoked(stranger), true);
  await restarted.load();
  assert.equal(restarted.isRevoked({ sub: 'u', sid }), true);
  assert.equal(restarted.isRevoked(stranger), false);
  house.tick(26 * 3_600_000);
  await restarted.sweep();
  assert.equal(restarted.isRevoked({ sub: 'u', sid }), false);
  assert.deepEqual(await database.read.selectFrom('revocations').selectAll().execute(), []);
});
