// Checks that guessing ends, that its victim does not notice, and that nothing that is refused tells anything.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { LightMyRequestResponse } from 'fastify';
import type { Database } from '../db/database.ts';
import { eachDatabase } from '../db/testing/each-database.ts';
import { LIMITS, RATES } from '../http/limits.ts';
import { makeAdmin, makePerson, openHouse, type House, type HouseOptions } from './testing/house.ts';
import { solve } from './testing/solve.ts';

const password = 'correct horse battery';
const ada = 'ada@example.org';
const real = { 'login-identifier': RATES['login-identifier'], 'login-device': RATES['login-device'] } as const;

/** A house with the real limits, behind one proxy of ours. */
function openGuarded(database: Database, options: HouseOptions = {}): Promise<House> {
  const rates = { ...real, ...options.rates };
  return openHouse(database, { ...options, config: { trustedProxies: 1, ...options.config }, rates });
}

interface Try {
  email?: string;
  password?: string;
  from?: string;
  device?: string;
  proof?: string;
}

function logIn(house: House, { email = ada, password: typed = 'wrong password 1', from, device, proof }: Try = {}) {
  const headers = {
    'x-forwarded-for': from ?? '192.0.2.1',
    ...(device === undefined ? {} : { 'x-parley-device': device }),
  };
  const body = { email, password: typed, client: 'native', ...(proof === undefined ? {} : { proof }) };
  return house.post('/v1/auth/login', body, headers);
}

const deviceOf = (answer: LightMyRequestResponse): string => String(answer.headers['x-parley-device']);

/** Counts the passwords that were judged against a stored hash; `all` counts every computation. */
function countChecks(house: House): { real: number; all: number } {
  const { passwords } = house.identity.ports;
  const counted = { real: 0, all: 0 };
  const check = passwords.check.bind(passwords);
  passwords.check = (typed, stored) => {
    counted.all++;
    if (stored !== undefined) counted.real++;
    return check(typed, stored);
  };
  return counted;
}

/** Fails from ever new sources, solving what is asked, until the hard stop. */
async function failToTheStop(house: House, email: string): Promise<void> {
  const { lockout } = house.identity.ports;
  const name = lockout.nameOf(email);
  for (let at = 0; at < LIMITS.lockout.hardStop; at++) {
    await house.limits.forget('login-identifier', name);
    const answer = await logIn(house, { email, from: `198.51.${at}.1` });
    assert.equal(answer.statusCode, 401, `try ${at}`);
  }
}

/** The answer without what differs between any two answers. */
function comparable(answer: LightMyRequestResponse): string {
  const { date: _date, 'x-request-id': requestId, ...headers } = answer.headers;
  return JSON.stringify([answer.statusCode, headers, answer.body.replace(String(requestId), 'ID')]);
}

// identity 2.2: 110
eachDatabase(
  'strangers get a challenge after 20 failures at a name; its answer is good once, for one source',
  async (db) => {
    const house = await openGuarded(db);
    await makeAdmin(house);
    const counted = countChecks(house);
    for (let at = 0; at < 20; at++) assert.equal((await logIn(house, { from: `198.51.${at}.1` })).statusCode, 401);
    const [wrong, right] = [await logIn(house), await logIn(house, { password })];
    for (const answer of [wrong, right]) assert.equal(answer.json().code, 'auth.challenge_required');
    assert.equal(counted.all, 20);
    const proof = solve(right.json().challenge);
    const elsewhere = await logIn(house, { password, proof, from: '192.0.2.2' });
    assert.equal(elsewhere.json().code, 'auth.challenge_required', 'from another source');
    for (const forged of [`${proof}.1`, proof.replace(/~1/, '~2'), 'x'])
      assert.equal((await logIn(house, { password, proof: forged })).json().code, 'auth.challenge_required', forged);
    assert.equal((await logIn(house, { password, proof })).statusCode, 200);
    assert.equal((await logIn(house, { password, proof })).json().code, 'auth.challenge_required', 'a second time');
    const late = solve((await logIn(house, { password })).json().challenge);
    house.tick(LIMITS.challenge.lifeMs);
    // In that time one try has become free again.
    assert.equal((await logIn(house, { from: '192.0.2.3' })).statusCode, 401);
    assert.equal((await logIn(house, { password, proof: late })).json().code, 'auth.challenge_required', 'too late');
    assert.equal(counted.all, 22);
  },
);

// identity 2.2: 110
eachDatabase('after 100 failures no password of a stranger is judged, and the owner does not notice', async (db) => {
  const house = await openGuarded(db);
  await makeAdmin(house);
  const first = await logIn(house, { password, from: '203.0.113.7' });
  const device = deviceOf(first);
  const counted = countChecks(house);
  await failToTheStop(house, ada);
  assert.deepEqual(counted, { real: 100, all: 100 });
  await house.limits.forget('login-identifier', house.identity.ports.lockout.nameOf(ada));
  // The right password from a stranger: the same answer as a wrong one, at the same cost, and nothing is judged.
  const [right, wrong] = [
    await logIn(house, { password, from: '192.0.2.3' }),
    await logIn(house, { from: '192.0.2.4' }),
  ];
  assert.equal(right.statusCode, 401);
  assert.equal(comparable(right), comparable(wrong));
  assert.deepEqual(counted, { real: 100, all: 102 });
  const mine = await logIn(house, { password, device, from: '203.0.113.7' });
  assert.equal(mine.statusCode, 200);
  const bearer = { authorization: `Bearer ${first.json().accessToken}` };
  assert.equal((await house.app.inject({ url: '/v1/me', headers: bearer })).statusCode, 200);
  const refreshed = await house.post('/v1/auth/refresh', { refreshToken: first.json().refreshToken });
  assert.equal(refreshed.statusCode, 200);
  assert.deepEqual(house.cut, []);
  const { lockout } = house.identity.ports;
  const clear = (emailKey: string) => db.transact((query) => lockout.clear(query, { emailKey }));
  assert.deepEqual([await clear(ada), await clear(ada)], [true, false]);
  assert.equal((await logIn(house, { password, from: '192.0.2.5' })).statusCode, 200);
});

eachDatabase('of many tries at once no more than 100 are judged, also when one of them is right', async (db) => {
  const house = await openGuarded(db, { rates: { 'login-identifier': { points: 1_000, windowSeconds: 1 } } });
  await makeAdmin(house);
  const counted = countChecks(house);
  for (let round = 0; round < 12; round++) {
    const tries = Array.from({ length: 10 }, (_, at) => logIn(house, { from: `198.${round}.${at}.1` }));
    for (const answer of await Promise.all(tries)) assert.equal(answer.statusCode, 401);
  }
  assert.deepEqual(counted, { real: 100, all: 120 });
});

eachDatabase('success forgets the failures of its own source and of nobody else', async (db) => {
  const house = await openGuarded(db);
  await makeAdmin(house);
  for (const from of ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2']) await logIn(house, { from });
  const failures = async () => (await db.read.selectFrom('login_failures').select('failures').execute())[0]?.failures;
  assert.equal(await failures(), 4);
  assert.equal((await logIn(house, { password, from: '192.0.2.1' })).statusCode, 200);
  assert.equal(await failures(), 1);
  const device = deviceOf(await logIn(house, { password, from: '192.0.2.9' }));
  assert.equal((await logIn(house, { password, device, from: '192.0.2.9' })).statusCode, 200);
  assert.equal(await failures(), 1);
});

eachDatabase(
  'a known device has its own allowance, which ends too, and is a stranger to everybody else',
  async (db) => {
    const house = await openGuarded(db);
    const admin = await makeAdmin(house);
    await makePerson(house, admin, 'Bob');
    const device = deviceOf(await logIn(house, { password }));
    const codes = [];
    for (let at = 0; at < 11; at++) codes.push((await logIn(house, { device })).statusCode);
    assert.deepEqual(codes, [...Array.from({ length: 10 }, () => 401), 429]);
    assert.equal((await logIn(house, { device, password })).statusCode, 429, 'no oracle for the device either');
    // For Bob it is unknown: five tries, then a wait.
    const bobs = [];
    for (let at = 0; at < 6; at++) bobs.push((await logIn(house, { device, email: 'bob@example.org' })).statusCode);
    assert.deepEqual(bobs, [401, 401, 401, 401, 401, 429]);
    house.tick(90_000);
    assert.equal((await logIn(house, { device, password })).statusCode, 200);
    // 100 failures in a row, and it is a stranger to its owner as well: the source's waits begin.
    for (let at = 0; at < 100; at++) {
      house.tick(90_000);
      assert.equal((await logIn(house, { device })).statusCode, 401, `try ${at}`);
    }
    house.tick(3_600_000);
    const strangers = [];
    for (let at = 0; at < 6; at++) strangers.push((await logIn(house, { device, from: '192.0.2.8' })).statusCode);
    assert.deepEqual(strangers, [401, 401, 401, 401, 401, 429]);
  },
);

eachDatabase('a device token that is forged, of another epoch or too old makes nobody known', async (db) => {
  const house = await openGuarded(db);
  await makeAdmin(house);
  const device = deviceOf(await logIn(house, { password }));
  const isKnown = async (token: string): Promise<boolean> => {
    await logIn(house, { password, device: token, from: '203.0.113.9' });
    const last = await db.read
      .selectFrom('audit_events')
      .select('name')
      .where('name', 'in', ['device.new', 'device.recognised'])
      .orderBy('position', 'desc')
      .executeTakeFirst();
    return last?.name === 'device.recognised';
  };
  assert.equal(await isKnown(device), true);
  for (const forged of [
    device.slice(0, -1),
    `${device}A`,
    device.replace('.0.', '.1.'),
    device.replace('dev_', 'dev_A'),
  ])
    assert.equal(await isKnown(forged), false, forged);
  house.tick(LIMITS.deviceLifeSeconds * 1_000);
  assert.equal(await isKnown(device), false);
  const fresh = deviceOf(await logIn(house, { password, from: '203.0.113.10' }));
  assert.equal(await isKnown(fresh), true);
  await db.transact((query) => query.updateTable('users').set({ device_epoch: 1 }).execute());
  assert.equal(await isKnown(fresh), false);
});

// identity 2.2: 112
eachDatabase(
  'one network is one source, whatever it says, and who shares it gets in from a known device',
  async (db) => {
    const house = await openGuarded(db, { rates: { 'login-source': { points: 6, windowSeconds: 600 } } });
    await makeAdmin(house);
    const device = deviceOf(await logIn(house, { password, from: '192.0.2.7' }));
    const spellings = [
      '6.6.6.6, 192.0.2.7',
      '192.0.2.7:4711',
      '::ffff:192.0.2.7',
      '[::ffff:c000:207]:80',
      '1.1.1.1,192.0.2.7',
    ];
    for (const from of spellings)
      assert.equal((await logIn(house, { from, email: `${from.length}` })).statusCode, 401, from);
    const refused = await logIn(house, { password, from: '192.0.2.7' });
    assert.equal(refused.statusCode, 429);
    assert.equal(refused.headers['ratelimit-policy'], '"login-source";q=6;w=600');
    assert.match(String(refused.headers.ratelimit), /^"login-source";r=0;t=\d+$/);
    assert.equal((await logIn(house, { password, device, from: '192.0.2.7' })).statusCode, 200);
    const asAnother = await logIn(house, { email: 'bob@example.org', device, from: '192.0.2.7' });
    assert.equal(asAnother.statusCode, 429);
    for (let at = 0; at < 6; at++) await logIn(house, { from: `2001:db8:1:2::${at}`, email: `six${at}` });
    assert.equal((await logIn(house, { from: '2001:db8:1:2:ffff::1', email: 'other' })).statusCode, 429);
    assert.equal((await logIn(house, { from: '2001:db8:1:3::1', email: 'other' })).statusCode, 401);
  },
);

eachDatabase(
  'the owner gets one mail a day about tries, auditors one event a bucket, strangers nothing',
  async (db) => {
    const house = await openGuarded(db);
    await makeAdmin(house);
    const mails = async () =>
      (await db.read.selectFrom('mails').select(['recipient', 'data']).where('template', '=', 'lockout').execute()).map(
        (mail) => `${mail.recipient} ${String(JSON.parse(mail.data).url).split('#')[0]}`,
      );
    const events = async (name: string) =>
      (await db.read.selectFrom('audit_events').select('id').where('name', '=', name).execute()).length;
    const until = async (isTrue: () => Promise<boolean>): Promise<void> => {
      const deadline = Date.now() + 10_000;
      while (!(await isTrue())) {
        assert.ok(Date.now() < deadline, 'it did not come');
        await delay(5);
      }
    };
    for (const email of [ada, 'nobody@example.org'])
      for (let at = 0; at < 25; at++) await logIn(house, { email, from: `198.51.${at}.1` });
    await until(async () => (await mails()).length === 1 && (await events('login.challenge_required')) === 2);
    await until(async () => (await events('login.failed')) === 40);
    assert.deepEqual(await mails(), [`${ada} https://parley.example/not-me`]);
    await failToTheStop(house, 'bob@example.org');
    await until(async () => (await events('lockout.started')) === 1);
    const text = JSON.stringify(await db.read.selectFrom('audit_events').select('details').execute());
    assert.equal(text.includes('nobody'), false);
    house.tick(LIMITS.lockout.mailMs);
    for (let at = 0; at < 25; at++) await logIn(house, { from: `198.52.${at}.1` });
    await until(async () => (await mails()).length === 2);
  },
);

// identity 2.2: 100, 111
eachDatabase(
  'unknown, wrong, locked, disabled and unconfirmed answer byte for byte alike, for one computation',
  async (db) => {
    const house = await openGuarded(db, { config: { registration: 'open' } });
    const admin = await makeAdmin(house);
    for (const name of ['Locked', 'Disabled']) await makePerson(house, admin, name);
    const typed = { email: 'unconfirmed@example.org', name: 'U', password, client: 'native' };
    assert.equal((await house.post('/v1/auth/register', typed)).statusCode, 202);
    await db.transact((query) =>
      query.updateTable('users').set({ disabled_at: 1 }).where('email', '=', 'disabled@example.org').execute(),
    );
    await failToTheStop(house, 'locked@example.org');
    await house.limits.forget('login-identifier', house.identity.ports.lockout.nameOf('locked@example.org'));
    const counted = countChecks(house);
    const tries = [
      { email: 'nobody@example.org', password },
      { email: 'not an address', password },
      { email: ada },
      { email: 'locked@example.org', password },
      { email: 'disabled@example.org', password },
      { email: 'unconfirmed@example.org', password },
    ];
    const seen = new Set<string>();
    for (const one of tries) seen.add(comparable(await logIn(house, { ...one, from: '192.0.2.77' })));
    assert.deepEqual([seen.size, counted.all], [1, tries.length]);
    // Blocked, they answer alike as well.
    const blocked = new Set<string>();
    for (const one of tries) {
      for (let at = 0; at < 4; at++) await logIn(house, { ...one, from: '192.0.2.77' });
      blocked.add(comparable(await logIn(house, { ...one, from: '192.0.2.77' })));
    }
    assert.equal(blocked.size, 1);
  },
);

// identity 2.2: 115
eachDatabase('register: a taken address answers like a new one, and its owner is told by mail', async (db) => {
  const house = await openGuarded(db, { config: { registration: 'open' } });
  const admin = await makeAdmin(house);
  const register = (email: string, more: object = {}) =>
    house.post('/v1/auth/register', { email, name: 'Eve', password, client: 'native', ...more });
  const seen = new Set<string>();
  for (const email of [
    ada,
    'ADA@EXAMPLE.ORG',
    ' ada@example.org',
    'ａda@example.org',
    'ada+tag@example.org',
    'new@example.org',
  ])
    seen.add(comparable(await register(email)));
  assert.equal(seen.size, 1);
  assert.match([...seen][0] ?? '', /^\[202/);
  const mails = await db.read.selectFrom('mails').select(['template', 'recipient']).orderBy('position').execute();
  assert.deepEqual(
    mails.map((mail) => `${mail.template} ${mail.recipient}`),
    [
      // Nobody's mailbox is flooded: three in an hour.
      ...Array.from({ length: 3 }, () => `account_exists ${ada}`),
      'email_verify ada+tag@example.org',
      'email_verify new@example.org',
    ],
  );
  // An invitation is used up either way: whether it still works would tell.
  const lookUps = [];
  for (const email of [ada, 'invited@example.org']) {
    const invited = await house.post('/v1/invitations', {}, admin.bearer);
    const invitation = invited.json().url.split('#')[1];
    assert.equal((await register(email, { invitation })).statusCode, 202);
    lookUps.push((await house.post('/v1/invitations/lookup', { invitation })).statusCode);
  }
  assert.deepEqual(lookUps, [410, 410]);
  // The account opens when its address is confirmed, and goes when it is not.
  const unconfirmed = { email: 'new@example.org', password };
  assert.equal((await logIn(house, unconfirmed)).statusCode, 401);
  await db.transact((query) =>
    query.updateTable('users').set({ email_verified_at: 1 }).where('email', '=', 'new@example.org').execute(),
  );
  assert.equal((await logIn(house, unconfirmed)).statusCode, 200);
  house.tick(LIMITS.unconfirmedMs);
  await house.identity.sweep();
  const left = await db.read.selectFrom('users').select('email').orderBy('email').execute();
  assert.deepEqual(
    left.map((user) => user.email),
    [ada, 'invited@example.org', 'new@example.org'],
  );
});

eachDatabase('sweep() forgets names that nobody failed at for long, but no hard stop', async (db) => {
  const house = await openGuarded(db);
  await makeAdmin(house);
  await failToTheStop(house, ada);
  await logIn(house, { email: 'nobody@example.org' });
  const names = async () => (await db.read.selectFrom('login_failures').select('identifier').execute()).length;
  house.tick(LIMITS.lockout.namesMs - 1);
  await house.identity.sweep();
  assert.equal(await names(), 2);
  house.tick(1);
  await house.identity.sweep();
  assert.equal(await names(), 1);
});
