// Checks set-up, invitations, registration and login through the door.
import assert from 'node:assert/strict';
import { eachDatabase } from '../db/testing/each-database.ts';
import { cookieOf, makeAdmin, makePerson, openHouse, personOf } from './testing/house.ts';

const password = 'correct horse battery';

eachDatabase('register() waits for the first administrator, also where it is open to everybody', async (database) => {
  const house = await openHouse(database, { config: { registration: 'open' }, mail: false });
  const body = { email: 'eve@example.org', name: 'Eve', password: 'correct horse battery', client: 'native' };
  assert.equal((await house.post('/v1/auth/register', body)).json().code, 'registration.closed');
  const admin = await makeAdmin(house);
  assert.equal(admin.tokens.user.role, 'admin');
  assert.equal((await house.post('/v1/auth/register', body)).statusCode, 201);
});

eachDatabase('set-up: the link makes one administrator, once', async (database) => {
  const house = await openHouse(database);
  assert.equal((await house.app.inject('/v1/config')).json().setupRequired, true);
  const old = (await house.identity.setupLink())?.split('#')[1];
  const link = (await house.identity.setupLink()) ?? '';
  assert.match(link, /^https:\/\/parley\.example\/setup#st_[A-Za-z0-9_-]{43}$/);
  const body = { token: link.split('#')[1], email: 'Ada@Example.org', name: 'Ada', password };
  assert.equal((await house.post('/v1/setup', { ...body, token: old })).json().code, 'setup.invalid_token');
  assert.equal((await house.post('/v1/setup', { ...body, password: 'short' })).json().code, 'password.policy');
  const both = await Promise.all([house.post('/v1/setup', body), house.post('/v1/setup', { ...body, email: 'b@x.y' })]);
  const made = both.find((answer) => answer.statusCode === 201);
  const refused = both.find((answer) => answer.statusCode !== 201)?.json().code;
  // Whether the second request still finds the link or already the account is the databases' own affair.
  assert.ok(refused === 'setup.invalid_token' || refused === 'setup.done', refused);
  assert.ok(made);
  assert.equal(personOf(made).tokens.user.role, 'admin');
  assert.equal(personOf(made).tokens.refreshToken, undefined);
  assert.match(cookieOf(made), /^rt_[A-Za-z0-9_-]{64}$/);
  assert.equal((await house.post('/v1/setup', body)).json().code, 'setup.done');
  assert.equal(await house.identity.setupLink(), undefined);
  assert.equal((await house.app.inject('/v1/config')).json().setupRequired, false);
  const stored = await database.read.selectFrom('invitations').select(['secret_hash', 'used_by']).execute();
  assert.equal(stored.length, 1);
  assert.equal(JSON.stringify(stored).includes(String(body.token)), false);
});

eachDatabase('set-up: the link ends after 24 hours', async (database) => {
  const house = await openHouse(database);
  const token = (await house.identity.setupLink())?.split('#')[1];
  house.tick(24 * 3_600_000);
  const answer = await house.post('/v1/setup', { token, email: 'a@b.c', name: 'A', password });
  assert.equal(answer.json().code, 'setup.invalid_token');
});

eachDatabase('an invitation makes exactly one account, also when used ten times at once', async (database) => {
  const registered: unknown[] = [];
  const house = await openHouse(database, {
    mail: false,
    onRegistered: async (_query, user, invitation) => {
      registered.push({ name: user.name, ...invitation });
    },
  });
  const admin = await makeAdmin(house);
  const invited = await house.post('/v1/invitations', { role: 'manager' }, admin.bearer);
  assert.equal(invited.statusCode, 201);
  assert.match(invited.json().url, /^https:\/\/parley\.example\/join#inv_[A-Za-z0-9_-]{43}$/);
  const invitation = invited.json().url.split('#')[1];
  const offer = await house.post('/v1/invitations/lookup', { invitation });
  assert.deepEqual(offer.json(), {
    invitedBy: 'Ada',
    role: 'manager',
    roomId: null,
    roomName: null,
    expiresAt: invited.json().expiresAt,
  });
  // A taken address gives the invitation back.
  const taken = { email: 'ADA@example.org ', name: 'Eve', password, invitation };
  assert.equal((await house.post('/v1/auth/register', taken)).json().code, 'user.exists');
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      house.post('/v1/auth/register', { email: `p${index}@example.org`, name: 'Grace', password, invitation }),
    ),
  );
  assert.deepEqual(
    answers.map((answer) => answer.statusCode).toSorted((a, b) => a - b),
    [201, 410, 410, 410, 410, 410, 410, 410, 410, 410],
  );
  assert.equal(answers.find((answer) => answer.statusCode === 201)?.json().user.role, 'manager');
  assert.deepEqual(registered, [{ name: 'Grace', roomId: null, invitedBy: admin.tokens.user.id }]);
  const users = await database.read.selectFrom('users').select('name').orderBy('name').execute();
  assert.deepEqual(
    users.map((user) => user.name),
    ['Ada', 'Grace'],
  );
  assert.equal((await house.post('/v1/invitations/lookup', { invitation })).statusCode, 410);
});

eachDatabase('an account is not made when what follows from its invitation fails', async (database) => {
  const house = await openHouse(database, { onRegistered: () => Promise.reject(new Error('no room')) });
  const admin = await makeAdmin(house);
  const invitation = (await house.post('/v1/invitations', {}, admin.bearer)).json().url.split('#')[1];
  const body = { email: 'bob@example.org', name: 'Bob', password, invitation };
  assert.equal((await house.post('/v1/auth/register', body)).statusCode, 500);
  assert.equal((await database.read.selectFrom('users').select('id').execute()).length, 1);
  assert.equal((await house.post('/v1/invitations/lookup', { invitation })).statusCode, 200);
});

eachDatabase('registration follows the setting', async (database) => {
  const house = await openHouse(database);
  await makeAdmin(house);
  const body = { email: 'bob@example.org', name: 'Bob', password };
  assert.equal((await house.post('/v1/auth/register', body)).json().code, 'invitation.required');
  const closed = await openHouse(database, { config: { registration: 'closed' } });
  assert.equal((await closed.post('/v1/auth/register', body)).json().code, 'registration.closed');
  const open = await openHouse(database, { config: { registration: 'open' }, mail: false });
  assert.equal((await open.post('/v1/auth/register', body)).statusCode, 201);
  for (const email of ['BOB@EXAMPLE.ORG', ' bob@example.org ', 'bob＠example.org', 'ＢＯＢ@example.org'])
    assert.equal((await open.post('/v1/auth/register', { ...body, email })).json().code, 'user.exists', email);
  const wrong = await open.post('/v1/auth/register', { email: 'a@b@c', name: 'a\u202eb', password });
  assert.deepEqual(
    wrong.json().errors.map((error: { pointer: string }) => error.pointer),
    ['/email', '/name'],
  );
});

eachDatabase(
  'login: unknown, wrong, disabled and unusable answer alike, after one computation each',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const bob = await makePerson(house, admin, 'Bob');
    await database.transact((query) =>
      query.updateTable('users').set({ disabled_at: 1 }).where('id', '=', bob.tokens.user.id).execute(),
    );
    const { passwords } = house.identity.ports;
    const counted = { checks: 0 };
    const check = passwords.check.bind(passwords);
    passwords.check = (typed, stored) => {
      counted.checks++;
      return check(typed, stored);
    };
    const attempts = [
      { email: 'nobody@example.org', password },
      { email: 'ada@example.org', password: 'wrong password 1' },
      { email: 'bob@example.org', password },
      { email: 'not an address', password },
      { email: 'ada@example.org', password: `${password}\ud800` },
      { email: 'ada@example.org', password: `${password} ` },
    ];
    const seen = new Set<string>();
    for (const attempt of attempts) {
      const answer = await house.post('/v1/auth/login', attempt);
      assert.equal(answer.statusCode, 401);
      const { date: _date, 'x-request-id': requestId, ...headers } = answer.headers;
      seen.add(JSON.stringify(headers) + answer.body.replace(String(requestId), 'ID'));
    }
    assert.equal(seen.size, 1);
    assert.equal(counted.checks, attempts.length);
    assert.equal((await house.post('/v1/auth/login', { email: 'ADA@example.org', password })).statusCode, 200);
  },
);

eachDatabase('login: an object, an array or a number is no identifier', async (database) => {
  const house = await openHouse(database);
  for (const email of [{ $ne: null }, ['a'], 1, null])
    assert.equal((await house.post('/v1/auth/login', { email, password: 'x' })).json().code, 'request.invalid');
  const extra = await house.post('/v1/auth/login', { email: 'a', password: 'b', admin: true });
  assert.deepEqual(extra.json().errors, [{ pointer: '/admin', message: 'is not known here' }]);
  const large = await house.post('/v1/auth/login', { email: 'a', password: 'b'.repeat(9_000) });
  assert.equal(large.statusCode, 413);
});

eachDatabase(
  // identity 2.2: 111, 113
  'login: of a burst of 100 exactly 5 reach the hasher; success forgets failures; the right password is blocked alike',
  async (database) => {
    const house = await openHouse(database);
    await makeAdmin(house);
    const wrong = { email: 'ada@example.org', password: 'wrong password 1' };
    await Promise.all(Array.from({ length: 4 }, () => house.post('/v1/auth/login', wrong)));
    const right = { email: 'ada@example.org', password };
    assert.equal((await house.post('/v1/auth/login', right)).statusCode, 200);
    const burst = await Promise.all(Array.from({ length: 100 }, () => house.post('/v1/auth/login', wrong)));
    assert.equal(burst.filter((answer) => answer.statusCode === 401).length, 5);
    const limited = burst.find((answer) => answer.statusCode === 429);
    assert.equal(limited?.headers['retry-after'], '1');
    // What is left in the bucket of a name tells of other people's tries.
    assert.deepEqual([limited?.headers.ratelimit, limited?.headers['ratelimit-policy']], [undefined, undefined]);
    // The right password during the block gets the same answer: no oracle.
    assert.equal((await house.post('/v1/auth/login', right)).statusCode, 429);
  },
);

eachDatabase('login: the 51st session ends the oldest', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  for (let count = 0; count < 50; count++) {
    house.tick(1_000);
    await house.post('/v1/auth/login', { email: 'ada@example.org', password, client: 'native' });
  }
  assert.equal((await house.app.inject({ url: '/v1/me', headers: admin.bearer })).statusCode, 401);
  const active = await database.read.selectFrom('sessions').select('id').where('status', '=', 'active').execute();
  assert.equal(active.length, 50);
});

eachDatabase('login: what does not fit beside 200 at once is told to come again in a second', async (database) => {
  const house = await openHouse(database, { config: { argon2: { memoryCost: 4_096, timeCost: 2, parallelism: 1 } } });
  await makeAdmin(house);
  const logIn = (at: number) => house.post('/v1/auth/login', { email: `p${at}@example.org`, password });
  const answers = await Promise.all(Array.from({ length: 200 }, (_, at) => logIn(at)));
  const busy = answers.filter((answer) => answer.statusCode === 503);
  const fine = answers.filter((answer) => answer.statusCode === 401);
  assert.equal(busy.length + fine.length, 200);
  assert.ok(fine.length >= 10 && busy.length > 0, `${fine.length} judged, ${busy.length} sent away`);
  assert.deepEqual([busy[0]?.json().code, busy[0]?.headers['retry-after']], ['server.busy', '1']);
  // Who was sent away has not failed.
  const counted = await database.read.selectFrom('login_failures').select('failures').execute();
  assert.equal(counted.filter((row) => row.failures === 1).length, fine.length);
});

eachDatabase('login: a hash of an older cost is made anew once its password is known', async (database) => {
  const old = await openHouse(database);
  await makeAdmin(old);
  const hashes = async () =>
    (await database.read.selectFrom('users').select('password_hash').execute())[0]?.password_hash;
  const login = { email: 'ada@example.org', password };
  await old.post('/v1/auth/login', login);
  assert.match((await hashes()) ?? '', /m=64,t=1,p=1/);
  const { secretKeys } = old.identity.ports;
  const argon2 = { memoryCost: 128, timeCost: 1, parallelism: 1 };
  const house = await openHouse(database, { config: { argon2 }, secretKeys });
  const { passwords } = house.identity.ports;
  const rehashed = new Promise<void>((resolve) => {
    const transact = database.transact.bind(database);
    const hash = passwords.hash.bind(passwords);
    passwords.hash = async (typed) => {
      const made = await hash(typed);
      // The next write of this login is the new hash; the session's has been committed before.
      database.transact = async (work) => {
        const result = await transact(work);
        resolve();
        return result;
      };
      return made;
    };
  });
  assert.equal((await house.post('/v1/auth/login', { ...login, password: `${password}!` })).statusCode, 401);
  assert.match((await hashes()) ?? '', /m=64,t=1,p=1/);
  assert.equal((await house.post('/v1/auth/login', login)).statusCode, 200);
  await rehashed;
  assert.match((await hashes()) ?? '', /m=128,t=1,p=1/);
  assert.equal((await house.post('/v1/auth/login', login)).statusCode, 200);
});

eachDatabase('the longest name that is taken still fits into a token', async (database) => {
  const house = await openHouse(database, { config: { registration: 'open' }, mail: false });
  await makeAdmin(house);
  const body = { email: `${'a'.repeat(240)}@example.org`, name: '漢'.repeat(80), password, client: 'native' };
  const answer = await house.post('/v1/auth/register', body);
  assert.equal(answer.statusCode, 201);
  const me = await house.app.inject({ url: '/v1/me', headers: personOf(answer).bearer });
  assert.equal(me.json().name, '漢'.repeat(80));
});
