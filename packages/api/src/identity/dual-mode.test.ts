// Proves that cookies of an older system and bearer tokens live side by side, and which of them speaks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase, openTestSqlite } from '../db/testing/each-database.ts';
import { refreshCookieName } from './cookies.ts';
import { cookieOf, makeAdmin, makePerson, openHouse, pageHeaders, testConfig, type House } from './testing/house.ts';

/** An older system that knows some cookies, and counts how often it is asked. */
function olderSystem(answers: Record<string, () => Response>) {
  const asked: string[] = [];
  const fetch = ((_url: string, init: RequestInit) => {
    const cookie = new Headers(init.headers).get('cookie') ?? '';
    asked.push(cookie);
    return Promise.resolve(answers[cookie]?.() ?? new Response(null, { status: 401 }));
  }) as typeof globalThis.fetch;
  return { asked, fetch };
}

const names = (email: string) => () => Response.json({ userEmail: email });
const people = {
  'old=ada': names('ADA@example.org'),
  'old=bob': names('bob@example.org'),
  // A mail server may tell these from sam: a full-width letter, a long s.
  'old=alike': names('\uff53am@example.org'),
  'old=longs': names('\u017fam@example.org'),
  'old=nobody': names('nobody@example.org'),
  'old=odd': () => Response.json({ user: 'bob@example.org' }),
  'old=down': () => new Response('oops', { status: 500 }),
  'old=long': () => new Response('x'.repeat(70_000)),
  'old=html': () => new Response('<html>'),
};

const me = (house: House, headers: Record<string, string | string[]>) => house.app.inject({ url: '/v1/me', headers });

eachDatabase('older sessions: the older system is asked once in 30 s, and says who it is', async (db) => {
  const older = olderSystem(people);
  const house = await openHouse(db, { olderSystem: { fetch: older.fetch, until: null } });
  const admin = await makeAdmin(house);
  const bob = await makePerson(house, admin, 'Bob');
  const answer = await me(house, { cookie: 'a=b; old=bob' });
  assert.equal(answer.json().id, bob.tokens.user.id);
  assert.equal(answer.headers['sunset'], undefined);
  house.tick(29_999);
  assert.equal((await me(house, { cookie: 'old=bob' })).statusCode, 200);
  assert.deepEqual(older.asked, ['old=bob']);
  house.tick(1);
  assert.equal((await me(house, { cookie: 'old=bob' })).statusCode, 200);
  assert.deepEqual(older.asked, ['old=bob', 'old=bob']);
  for (const cookie of ['old=nobody', 'old=odd', 'old=unknown', `old=${'x'.repeat(4_097)}`, 'old=a"b'])
    assert.equal((await me(house, { cookie })).json().code, 'auth.invalid_token', cookie);
  for (const cookie of ['old=down', 'old=long', 'old=html'])
    assert.equal((await me(house, { cookie })).json().code, 'session_auth.unavailable', cookie);
  assert.equal((await me(house, { cookie: 'old2=bob' })).json().code, 'auth.required');
  // A disabled person is out at once, whatever the older system says.
  const url = `/v1/admin/users/${bob.tokens.user.id}`;
  await house.app.inject({ method: 'PATCH', url, headers: admin.bearer, payload: { disabled: true } });
  assert.equal((await me(house, { cookie: 'old=bob' })).statusCode, 401);
  assert.match(house.counts.text(), /\{method="cookie",outcome="accepted"\} 3\n/);
  assert.match(house.counts.text(), /\{method="cookie",outcome="unavailable"\} 3\n/);
  assert.ok(!house.text().includes('old=bob'));
});

// identity 2.2: 105
eachDatabase('older sessions: an address that is only like somebody’s does not speak for them', async (db) => {
  const older = olderSystem(people);
  const house = await openHouse(db, { olderSystem: { fetch: older.fetch, until: null } });
  const admin = await makeAdmin(house);
  await makePerson(house, admin, 'Sam');
  for (const cookie of ['old=alike', 'old=longs'])
    assert.equal((await me(house, { cookie })).json().code, 'auth.invalid_token', cookie);
});

// identity 2.2: 122
eachDatabase('older sessions: an Authorization header speaks alone, also when it is wrong', async (db) => {
  const older = olderSystem(people);
  const house = await openHouse(db, { olderSystem: { fetch: older.fetch, until: null } });
  const admin = await makeAdmin(house);
  const bob = await makePerson(house, admin, 'Bob');
  const cookie = 'old=ada';
  for (const authorization of ['Bearer junk', 'Basic eDp5', 'Bearer', `Bearer prk_live_0`]) {
    const answer = await me(house, { cookie, authorization });
    assert.equal(answer.json().code, 'auth.invalid_token', authorization);
  }
  assert.equal((await me(house, { cookie, ...bob.bearer })).json().id, bob.tokens.user.id);
  // identity 2.2: 48
  const twice = [bob.bearer.authorization, bob.bearer.authorization];
  assert.equal((await me(house, { cookie, authorization: twice })).json().code, 'request.malformed');
  assert.deepEqual(older.asked, []);
  // The refresh cookie of another session does not count either.
  const login = { email: 'ada@example.org', password: 'correct horse battery' };
  const rt = `${refreshCookieName(testConfig)}=${cookieOf(await house.post('/v1/auth/login', login))}`;
  const refresh = await house.post(
    '/v1/auth/refresh',
    {},
    { ...pageHeaders, cookie: rt, authorization: 'Bearer junk' },
  );
  assert.equal(refresh.json().code, 'auth.invalid_grant');
});

// identity 2.2: 121
eachDatabase('older sessions: what changes something comes from our own page, as JSON, with our header', async (db) => {
  const older = olderSystem(people);
  const house = await openHouse(db, { olderSystem: { fetch: older.fetch, until: null } });
  await makeAdmin(house);
  const good = { cookie: 'old=ada', 'content-type': 'application/json', ...pageHeaders };
  const { 'sec-fetch-site': _site, ...old } = good;
  const invite = (headers: Record<string, string>) =>
    house.app.inject({ method: 'POST', url: '/v1/invitations', payload: '{}', headers });
  const bad: Record<string, Record<string, string>> = {
    'foreign site': { ...good, 'sec-fetch-site': 'cross-site' },
    'sibling site': { ...good, 'sec-fetch-site': 'same-site' },
    'foreign origin': { ...old, origin: 'https://evil.example' },
    'origin null': { ...old, origin: 'null' },
    'neither origin nor metadata': old,
    'text body': { ...good, 'content-type': 'text/plain' },
    'form body': { ...good, 'content-type': 'application/x-www-form-urlencoded' },
    'method override': { ...good, 'x-http-method-override': 'POST' },
    'no own header': { cookie: 'old=ada', 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
  };
  for (const [name, headers] of Object.entries(bad))
    assert.equal((await invite(headers)).json().code, 'auth.csrf', name);
  for (const method of ['GET', 'HEAD'] as const) {
    const read = await house.app.inject({ method, url: '/v1/invitations', headers: good });
    assert.equal(read.statusCode, 405, method);
  }
  const made = await db.read.selectFrom('invitations').select('id').where('kind', '=', 'invitation').execute();
  assert.deepEqual(made, []);
  assert.equal((await invite(good)).statusCode, 201);
  assert.equal((await invite({ ...old, origin: 'https://parley.example' })).statusCode, 201);
  assert.match(house.counts.text(), /\{method="cookie",outcome="csrf"\} 9\n/);
  // What asks for a recent sign-in takes no session of another system.
  const payload = { name: 'x', scopes: ['rooms:read'] };
  const key = await house.app.inject({ method: 'POST', url: '/v1/me/api-keys', headers: good, payload });
  assert.equal(key.json().code, 'auth.reauthentication_required');
});

// identity 2.2: 123
test('two cookies of one name are refused: one of them was planted', async (t) => {
  const older = olderSystem(people);
  const house = await openHouse(await openTestSqlite(t), { olderSystem: { fetch: older.fetch, until: null } });
  await makeAdmin(house);
  assert.equal((await me(house, { cookie: 'old=ada; old=bob' })).json().code, 'auth.csrf');
  assert.equal((await me(house, { cookie: ['old=ada', 'old=ada'] })).json().code, 'auth.csrf');
  assert.deepEqual(older.asked, []);
  const name = refreshCookieName(testConfig);
  const headers = { ...pageHeaders, cookie: `${name}=rt_a; ${name}=rt_b` };
  assert.equal((await house.post('/v1/auth/refresh', {}, headers)).json().code, 'auth.csrf');
  const events = house.lines().filter(({ event }) => event === 'csrf.rejected');
  assert.deepEqual(
    events.map(({ reason }) => reason),
    ['two session cookies', 'two session cookies', 'two refresh cookies'],
  );
});

// identity 2.2: 124
test('the refresh cookie, byte for byte; its value is nowhere else', async (t) => {
  const house = await openHouse(await openTestSqlite(t));
  await makeAdmin(house);
  const login = await house.post('/v1/auth/login', { email: 'ada@example.org', password: 'correct horse battery' });
  const value = cookieOf(login);
  assert.equal(
    [login.headers['set-cookie']].flat()[0],
    `__Host-rt=${value}; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Strict`,
  );
  assert.ok(value.startsWith('rt_'));
  const out = await house.post('/v1/auth/logout', {}, { ...pageHeaders, cookie: `__Host-rt=${value}` });
  assert.equal(out.headers['set-cookie'], '__Host-rt=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict');
  for (const [where, text] of [
    ['body', login.body],
    ['log', house.text()],
    ['location', String(login.headers.location)],
  ] as const)
    assert.ok(!text.includes(value), where);
});

// identity 2.2: 125
test('a session id that was set before the sign-in is not taken over', async (t) => {
  const older = olderSystem(people);
  const house = await openHouse(await openTestSqlite(t), { olderSystem: { fetch: older.fetch, until: null } });
  const admin = await makeAdmin(house);
  const planted = (await house.post('/v1/auth/login', { email: 'ada@example.org', password: 'correct horse battery' }))
    .headers['set-cookie'];
  const again = await house.post(
    '/v1/auth/login',
    { email: 'ada@example.org', password: 'correct horse battery' },
    { ...pageHeaders, cookie: `${String(planted).split(';')[0]}; old=ada` },
  );
  assert.notEqual(cookieOf(again), String(planted).split(/[=;]/)[1]);
  const sessions = await house.database.read.selectFrom('sessions').select('id').execute();
  assert.equal(new Set(sessions.map(({ id }) => id)).size, 3);
  assert.ok(admin.tokens.accessToken !== again.json().accessToken);
});

test('older sessions end on their day, and the answer says so', async (t) => {
  const until = Date.UTC(2026, 0, 2);
  const older = olderSystem(people);
  const house = await openHouse(await openTestSqlite(t), { olderSystem: { fetch: older.fetch, until } });
  const admin = await makeAdmin(house);
  const before = await me(house, { cookie: 'old=ada' });
  assert.equal(before.statusCode, 200);
  assert.equal(before.headers['sunset'], 'Fri, 02 Jan 2026 00:00:00 GMT');
  house.tick(86_400_000 - 1);
  assert.equal((await me(house, { cookie: 'old=ada' })).statusCode, 200);
  house.tick(1);
  const ended = await me(house, { cookie: 'old=ada' });
  assert.equal(ended.json().code, 'auth.required');
  assert.equal(ended.headers['sunset'], 'Fri, 02 Jan 2026 00:00:00 GMT');
  assert.equal(ended.headers['x-parley-session-auth'], 'ended 2026-01-02T00:00:00.000Z');
  assert.equal((await me(house, { cookie: 'x=y' })).headers['x-parley-session-auth'], undefined);
  assert.match(house.counts.text(), /\{method="cookie",outcome="ended"\} 1\n/);
  assert.equal(admin.tokens.user.email, 'ada@example.org');
});

// identity 2.2: 47, 49, 50
test('only "Bearer" or "bearer", one space and a token open the gate; nothing in a query or a body does', async (t) => {
  const house = await openHouse(await openTestSqlite(t));
  const admin = await makeAdmin(house);
  const token = admin.tokens.accessToken;
  for (const scheme of ['Bearer', 'bearer'])
    assert.equal((await me(house, { authorization: `${scheme} ${token}` })).statusCode, 200, scheme);
  const bad = [token, `BEARER ${token}`, `Bearer  ${token}`, `Bearer\t${token}`, `Bearer ${token},`, `Basic ${token}`];
  bad.push(`Bearer ${token}, Bearer ${token}`, `Bearer "${token}"`, `Bearer ${encodeURIComponent(`${token}=`)}`, '');
  bad.push(`Bearer ${token.replaceAll('.', '%2E')}`);
  for (const authorization of bad) assert.equal((await me(house, { authorization })).statusCode, 401, authorization);
  for (const name of ['access_token', 'token', 'authorization'])
    assert.equal((await house.app.inject(`/v1/me?${name}=${token}`)).statusCode, 401, name);
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const posted = await house.app.inject({
    method: 'POST',
    url: '/v1/invitations',
    payload: `access_token=${token}`,
    headers: form,
  });
  assert.equal(posted.statusCode, 401);
});
