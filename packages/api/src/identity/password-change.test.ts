// Checks changes of the password and of the address through the door, and the link that says "it was not me".
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { systemRequester } from '../audit/ports.ts';
import { eachDatabase } from '../db/testing/each-database.ts';
import { upgradePassword } from './password-upgrade.ts';
import { cookieOf, makeAdmin, makePerson, openHouse, pageHeaders, personOf, type House } from './testing/house.ts';
import { lastMail, mailsOf } from './testing/mailbox.ts';

const email = 'ada@example.org';
const currentPassword = 'correct horse battery';
const newPassword = 'vier Birnen im Korb';

const isIn = async (house: House, bearer: { authorization: string }) =>
  (await house.app.inject({ url: '/v1/me', headers: bearer })).statusCode === 200;

eachDatabase('change: everything else dies, this session goes on under a new id with new tokens', async (database) => {
  const house = await openHouse(database);
  const other = await makeAdmin(house);
  const signedIn = await house.post('/v1/auth/login', { email, password: currentPassword });
  const web = { ...personOf(signedIn), cookie: cookieOf(signedIn) };
  await database.transact((query) =>
    query
      .insertInto('api_keys')
      .values({
        id: 'k1',
        user_id: web.tokens.user.id,
        name: 'ci',
        secret_hash: 'x',
        scopes: '',
        expires_at: house.now() + 1_000,
        created_at: house.now(),
        first_used_at: null,
        last_used_at: null,
        revoked_at: null,
        replaced_by: null,
      })
      .execute(),
  );
  const answer = await house.post('/v1/me/password', { currentPassword, newPassword }, web.bearer);
  assert.equal(answer.statusCode, 200);
  const changed = personOf(answer);
  assert.match(
    String(answer.headers['set-cookie']),
    /^__Host-rt=rt_[\w-]{64}; Max-Age=604800; Path=\/; HttpOnly; Secure/,
  );
  assert.equal(changed.tokens.refreshToken, undefined);
  assert.deepEqual(
    [await isIn(house, other.bearer), await isIn(house, web.bearer), await isIn(house, changed.bearer)],
    [false, false, true],
  );
  const refresh = (token: string) =>
    house.post('/v1/auth/refresh', {}, { ...pageHeaders, cookie: `__Host-rt=${token}` });
  assert.equal((await refresh(web.cookie)).statusCode, 401);
  assert.equal((await house.post('/v1/auth/refresh', { refreshToken: other.tokens.refreshToken })).statusCode, 401);
  assert.equal((await refresh(cookieOf(answer))).statusCode, 200);
  const sessions = await database.read.selectFrom('sessions').select(['id', 'status', 'methods', 'client']).execute();
  assert.deepEqual(
    sessions.filter((row) => row.status === 'active').map(({ methods, client }) => [methods, client]),
    [['pwd', 'web']],
  );
  assert.equal(sessions.length, 3);
  await house.identity.ports.disconnector.idle();
  assert.deepEqual(house.cut.at(-1), { user: web.tokens.user.id, code: 3014 });
  const mail = await lastMail(house, 'password_changed');
  assert.deepEqual([mail.to, mail.data['apiKeys']], [email, 1]);
  assert.match(String(mail.data['url']), /^https:\/\/parley\.example\/not-me#nm_[\w-]{43}$/);
});

eachDatabase(
  'change: the present password is needed, the rules hold, guesses run out, two at once are one',
  async (database) => {
    const house = await openHouse(database, { rates: { 'password-user': { points: 6, windowSeconds: 900 } } });
    const { bearer } = await makeAdmin(house);
    const change = (body: object) => house.post('/v1/me/password', body, bearer);
    const wrong = await change({ currentPassword: 'not my password', newPassword });
    assert.deepEqual([wrong.statusCode, wrong.json().code], [401, 'auth.invalid_credentials']);
    assert.equal((await change({ newPassword })).json().code, 'auth.invalid_credentials');
    const weak = await change({ currentPassword, newPassword: 'Password123456' });
    assert.equal(weak.json().code, 'password.policy');
    const both = await Promise.all([
      change({ currentPassword, newPassword }),
      change({ currentPassword, newPassword: 'neun Birnen im Korb' }),
    ]);
    assert.deepEqual(both.map((answer) => String(answer.statusCode)).toSorted(), ['200', '401']);
    const person = personOf(both.find((answer) => answer.statusCode === 200) ?? wrong);
    const used = [];
    for (let count = 0; count < 3; count++)
      used.push(
        (await house.post('/v1/me/password', { currentPassword: 'a guess', newPassword }, person.bearer)).statusCode,
      );
    assert.deepEqual(used.slice(1), [429, 429]);
    assert.equal((await mailsOf(house)).filter((mail) => mail.template === 'password_changed').length, 1);
  },
);

eachDatabase('change: an account without a password sets one in a session that is young enough', async (database) => {
  const house = await openHouse(database, { config: { accessTokenLife: 3_600 } });
  const { bearer } = await makeAdmin(house);
  await database.transact((query) =>
    query.updateTable('users').set({ password_hash: '', password_scheme: 'none' }).execute(),
  );
  house.tick(15 * 60_000);
  const late = await house.post('/v1/me/password', { newPassword }, bearer);
  assert.deepEqual([late.statusCode, late.json().code], [403, 'auth.reauthentication_required']);
  house.tick(-1);
  assert.equal((await house.post('/v1/me/password', { newPassword }, bearer)).statusCode, 200);
  assert.equal((await house.post('/v1/auth/login', { email, password: newPassword })).statusCode, 200);
});

// identity 2.2: 107
eachDatabase('login: a wrapped password works, is hashed anew once, and a change meanwhile wins', async (database) => {
  const house = await openHouse(database);
  await makeAdmin(house);
  const { passwords } = house.identity.ports;
  const legacy = createHash('sha256').update('an old one').digest('hex');
  const wrapped = await passwords.wrap(legacy);
  assert.ok(wrapped.ok);
  const stored = { password_hash: wrapped.hash, password_scheme: 'argon2id-sha256' } as const;
  await database.transact((query) => query.updateTable('users').set(stored).execute());
  const logIn = (password: string) => house.post('/v1/auth/login', { email, password });
  const read = () => database.read.selectFrom('users').selectAll().executeTakeFirstOrThrow();
  assert.equal((await logIn(legacy)).statusCode, 401);
  const atOnce = await Promise.all([1, 2, 3, 4].map(() => logIn('an old one')));
  assert.deepEqual(
    atOnce.map((answer) => answer.statusCode),
    [200, 200, 200, 200],
  );
  const deadline = Date.now() + 5_000;
  while ((await read()).password_scheme !== 'argon2id') {
    assert.ok(Date.now() < deadline, 'the password is hashed anew');
    await setImmediate();
  }
  assert.equal((await logIn('an old one')).statusCode, 200);
  const events = await database.read
    .selectFrom('audit_events')
    .select('details')
    .where('name', '=', 'login.legacy_hash_migrated')
    .execute();
  assert.deepEqual(events, [{ details: '{"scheme":"argon2id-sha256"}' }]);

  await database.transact((query) => query.updateTable('users').set(stored).execute());
  const user = await read();
  const bearer = personOf(await logIn('an old one')).bearer;
  await house.post('/v1/me/password', { currentPassword: 'an old one', newPassword }, bearer);
  const proved = { user, password: 'an old one', requester: systemRequester };
  assert.equal(await upgradePassword(house.identity.ports, proved), false);
  const stale = { ...(await read()), password_hash: user.password_hash };
  assert.equal(await upgradePassword(house.identity.ports, { ...proved, user: stale }), false);
  assert.deepEqual([(await logIn('an old one')).statusCode, (await logIn(newPassword)).statusCode], [401, 200]);
});

eachDatabase(
  'address: the new one confirms, and the old one if it was confirmed; then every session ends',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const confirm = async (token: string) => (await house.post('/v1/auth/email/confirm', { token })).statusCode;
    const addressOf = async () =>
      (await database.read.selectFrom('users').select('email').executeTakeFirstOrThrow()).email;
    assert.equal((await house.post('/v1/me/email/verification', {}, admin.bearer)).statusCode, 202);
    assert.equal(await confirm((await lastMail(house, 'email_verify')).token), 204);
    assert.equal((await house.post('/v1/me/email/verification', {}, admin.bearer)).statusCode, 202);
    assert.equal((await mailsOf(house)).length, 1);

    const wrong = await house.post(
      '/v1/me/email',
      { email: 'ada@new.example', currentPassword: 'wrong' },
      admin.bearer,
    );
    assert.equal(wrong.statusCode, 401);
    const asked = await house.post('/v1/me/email', { email: 'Ada@New.example', currentPassword }, admin.bearer);
    assert.equal(asked.statusCode, 202);
    const [, toNew, toOld, notice] = await mailsOf(house);
    assert.deepEqual(
      [toNew?.to, toOld?.to, notice?.to, notice?.template, notice?.data['newEmail']],
      ['Ada@New.example', email, email, 'email_change_notice', 'Ada@New.example'],
    );
    assert.equal(await confirm(toNew?.token ?? ''), 204);
    assert.deepEqual([await addressOf(), await isIn(house, admin.bearer)], [email, true]);
    assert.equal(await confirm(toNew?.token ?? ''), 410);
    assert.equal(await confirm(toOld?.token ?? ''), 204);
    assert.deepEqual([await addressOf(), await isIn(house, admin.bearer)], ['Ada@New.example', false]);
    const login = { email: 'ada@new.example', password: currentPassword };
    assert.equal((await house.post('/v1/auth/login', login)).statusCode, 200);
  },
);

eachDatabase('address: both links at once change it, and a taken one is not told', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  await makePerson(house, admin, 'Bob');
  await database.transact((query) => query.updateTable('users').set({ email_verified_at: 1 }).execute());
  const ask = (wanted: string) => house.post('/v1/me/email', { email: wanted, currentPassword }, admin.bearer);
  const taken = await ask('BOB@example.org');
  const told = await lastMail(house, 'account_exists');
  const free = await ask('ada@new.example');
  assert.deepEqual([taken.statusCode, taken.body, told.to], [free.statusCode, free.body, 'bob@example.org']);
  assert.equal(told.data['signInUrl'], `${house.identity.ports.config.publicUrl}/sign-in`);
  const links = (await mailsOf(house)).filter(({ template }) => /^email_change_(confirm|release)$/.test(template));
  assert.deepEqual(
    links.map(({ to, template }) => [to, template]),
    [
      ['ada@new.example', 'email_change_confirm'],
      ['ada@example.org', 'email_change_release'],
    ],
  );
  const answers = await Promise.all(links.map(({ token }) => house.post('/v1/auth/email/confirm', { token })));
  assert.deepEqual(
    answers.map((answer) => answer.statusCode),
    [204, 204],
  );
  const rows = await database.read.selectFrom('users').select('email').orderBy('name').execute();
  assert.deepEqual(rows, [{ email: 'ada@new.example' }, { email: 'bob@example.org' }]);
});

eachDatabase(
  'not me: sessions end, the password is off, a waiting change of address is dropped, a reset is mailed',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const intruder = personOf(await house.post('/v1/me/password', { currentPassword, newPassword }, admin.bearer));
    const warning = await lastMail(house, 'password_changed');
    await house.post('/v1/me/email', { email: 'evil@example.net', currentPassword: newPassword }, intruder.bearer);
    const taking = await lastMail(house, 'email_change_confirm');
    // What the intruder leaves behind to come back by.
    const left = await house.post('/v1/me/api-keys', { name: 'k', scopes: ['account:read'] }, intruder.bearer);
    const key = { authorization: `Bearer ${left.json().secret}` };
    assert.equal(await isIn(house, key), true);
    const userId = admin.tokens.user.id;
    const passkey = { public_key: 'x', counter: 0, transports: '', is_backed_up: 0, last_used_at: null } as const;
    const identity = { issuer: 'https://acme.example', user_id: userId, email: '', last_used_at: null };
    const days = [0, 8].map((ago) => house.now() - ago * 86_400_000);
    await database.transact(async (query) => {
      for (const created_at of days) {
        const own = { id: `${created_at}`, credential_id: `${created_at}`, user_id: userId, name: 'p', created_at };
        await query
          .insertInto('passkeys')
          .values({ ...passkey, ...own })
          .execute();
        const linked = { ...identity, subject: `${created_at}`, created_at };
        await query.insertInto('provider_identities').values(linked).execute();
      }
    });
    assert.equal((await house.post('/v1/auth/not-me', { token: warning.token })).statusCode, 204);
    assert.equal((await house.post('/v1/auth/not-me', { token: warning.token })).statusCode, 410);
    assert.equal(await isIn(house, intruder.bearer), false);
    assert.equal(await isIn(house, key), false);
    for (const table of ['passkeys', 'provider_identities'] as const) {
      const rows = await database.read.selectFrom(table).select('created_at').execute();
      assert.deepEqual(rows, [{ created_at: days[1] }], table);
    }
    assert.equal((await house.post('/v1/auth/login', { email, password: newPassword })).statusCode, 401);
    assert.equal((await house.post('/v1/auth/email/confirm', { token: taking.token })).statusCode, 410);
    const { token, to } = await lastMail(house, 'password_reset');
    assert.equal(to, email);
    const mine = { token, newPassword: 'neun Birnen im Korb' };
    assert.equal((await house.post('/v1/auth/password/reset', mine)).statusCode, 204);
    assert.equal((await house.post('/v1/auth/login', { email, password: mine.newPassword })).statusCode, 200);
  },
);

// identity 2.2: 130
eachDatabase(
  'canaries: passwords and links of these flows are in no log, no answer and no table but the mail',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const answers: string[] = [];
    const post = async (path: string, body: object, bearer = {}) => {
      const answer = await house.post(`/v1/${path}`, body, bearer);
      answers.push(answer.body, JSON.stringify(answer.headers));
      return answer;
    };
    const secrets = [
      'canary one in a coal mine',
      'canary two in a coal mine',
      'canary three in a mine',
      'canary wrong guess',
    ];
    await post('me/password', { currentPassword: secrets[3], newPassword: secrets[0] }, admin.bearer);
    const changed = personOf(await post('me/password', { currentPassword, newPassword: secrets[0] }, admin.bearer));
    await post('me/email', { email: 'ada@new.example', currentPassword: secrets[0] }, changed.bearer);
    await post('auth/password/forgot', { email });
    const { token } = await lastMail(house, 'password_reset');
    await post('auth/password/reset', { token, newPassword: 'canary' });
    await post('auth/password/reset', { token, newPassword: secrets[1] });
    await post('auth/password/reset', { token, newPassword: secrets[2] });
    const links = (await mailsOf(house)).map((mail) => mail.token);
    for (const link of links) await post('auth/email/confirm', { token: link });
    const tables = ['users', 'sessions', 'one_time_tokens', 'audit_events', 'login_failures', 'idempotency'] as const;
    const rows = await Promise.all(tables.map((table) => database.read.selectFrom(table).selectAll().execute()));
    assert.ok(links.length >= 4);
    for (const secret of [...secrets, ...links]) {
      assert.equal(house.text().includes(secret), false, `log ${secret}`);
      assert.equal(
        answers.some((answer) => answer.includes(secret)),
        false,
        `answer ${secret}`,
      );
      assert.equal(JSON.stringify(rows).includes(secret), false, `table ${secret}`);
    }
  },
);
