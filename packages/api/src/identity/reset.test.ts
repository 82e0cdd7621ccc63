// Checks forgotten passwords through the door: who is mailed, what a link is good for, and what ends with it.
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { Database } from '../db/database.ts';
import { eachDatabase } from '../db/testing/each-database.ts';
import { makeResetLink } from './reset-request.ts';
import { cookieOf, makeAdmin, makePerson, openHouse, pageHeaders, type House } from './testing/house.ts';
import { lastMail, mailsOf } from './testing/mailbox.ts';

const email = 'ada@example.org';
const oldPassword = 'correct horse battery';
const newPassword = 'vier Birnen im Korb';

const forget = (house: House, typed = email, headers = {}) =>
  house.post('/v1/auth/password/forgot', { email: typed }, headers);
const reset = (house: House, token: string, password = newPassword) =>
  house.post('/v1/auth/password/reset', { token, newPassword: password });
const logIn = (house: House, password: string, as = email) =>
  house.post('/v1/auth/login', { email: as, password, client: 'native' });
const auditsOf = async (database: Database, name: string) =>
  (await database.read.selectFrom('audit_events').select(['outcome', 'reason']).where('name', '=', name).execute()).map(
    ({ outcome, reason }) => [outcome, reason],
  );

// identity 2.2: 100, 118
eachDatabase(
  'forgot: the answer is the same for known, unknown and disabled, and links are of the configured site',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    await makePerson(house, admin, 'Bob');
    await database.transact((query) =>
      query.updateTable('users').set({ disabled_at: house.now() }).where('email', '=', 'bob@example.org').execute(),
    );
    const poisoned = { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' };
    const before = (await mailsOf(house)).length;
    const answers = [];
    for (const typed of [email, ' ADA@example.org', 'bob@example.org', 'nobody@example.org', 'no address'])
      answers.push(await forget(house, typed, poisoned));
    const seen = answers.map((answer) => {
      const headers = Object.entries(answer.headers).filter(([name]) => !['x-request-id', 'date'].includes(name));
      return [answer.statusCode, answer.body, headers];
    });
    assert.equal(answers[0]?.statusCode, 202);
    for (const one of seen) assert.deepEqual(one, seen[0]);
    const mails = (await mailsOf(house)).slice(before);
    assert.deepEqual(
      mails.map(({ to, template, data }) => [to, template, data['minutes']]),
      [
        [email, 'password_reset', 30],
        [email, 'password_reset', 30],
      ],
    );
    for (const { data } of mails) assert.match(String(data['url']), /^https:\/\/parley\.example\/reset#pr_[\w-]{43}$/);
  },
);

// identity 2.2: 119
eachDatabase('forgot: a flood gets the same answers and three mails an hour', async (database) => {
  const house = await openHouse(database, { rates: { 'forgot-source': { points: 100, windowSeconds: 60 } } });
  await makeAdmin(house);
  for (let hour = 1; hour <= 2; hour++) {
    for (let count = 0; count < 12; count++)
      for (const typed of [email, 'nobody@example.org']) assert.equal((await forget(house, typed)).statusCode, 202);
    assert.equal((await mailsOf(house)).filter((mail) => mail.template === 'password_reset').length, 3 * hour);
    house.tick(3_600_000);
    await house.identity.sweep();
  }
  // Per source there is an end for all names alike.
  const strict = await openHouse(database, { rates: { 'forgot-source': { points: 2, windowSeconds: 600 } } });
  const codes = [];
  for (const typed of ['x@example.org', 'y@example.org', email]) codes.push((await forget(strict, typed)).statusCode);
  assert.deepEqual(codes, [202, 202, 429]);
});

// identity 2.2: 116
eachDatabase(
  'reset: a link works once, also for two at once, and not when it is old, replaced, or of another kind',
  async (database) => {
    const house = await openHouse(database);
    await makeAdmin(house);
    const askForLink = async () => {
      house.tick(3_600_001);
      await house.identity.sweep();
      await forget(house);
      return (await lastMail(house, 'password_reset')).token;
    };
    const first = await askForLink();
    const answers = await Promise.all([1, 2, 3].map(() => reset(house, first)));
    assert.deepEqual(answers.map((answer) => String(answer.statusCode)).toSorted(), ['204', '410', '410']);
    assert.equal((await reset(house, first)).json().code, 'link.invalid');

    const replaced = await askForLink();
    await forget(house);
    const newest = (await lastMail(house, 'password_reset')).token;
    assert.equal((await reset(house, replaced)).statusCode, 410);
    house.tick(30 * 60_000 - 1);
    assert.equal((await reset(house, newest, 'neun Birnen im Korb')).statusCode, 204);

    const late = await askForLink();
    house.tick(30 * 60_000);
    assert.equal((await reset(house, late)).statusCode, 410);

    const readdressed = await askForLink();
    await database.transact((query) => query.updateTable('users').set({ email: 'ada@elsewhere.example' }).execute());
    assert.equal((await reset(house, readdressed)).statusCode, 410);
    await database.transact((query) => query.updateTable('users').set({ email }).execute());

    const outdated = await askForLink();
    await database.transact((query) =>
      query
        .updateTable('users')
        .set((column) => ({ epoch: column('epoch', '+', 1) }))
        .execute(),
    );
    assert.equal((await reset(house, outdated)).statusCode, 410);

    const wrongKind = (await lastMail(house, 'password_changed')).token;
    for (const token of [wrongKind, `pr_${'A'.repeat(43)}`, 'x'])
      assert.equal((await reset(house, token)).json().code, 'link.invalid', token.slice(0, 3));
    assert.deepEqual(await auditsOf(database, 'password.reset_completed'), [
      ['success', null],
      ['success', null],
    ]);
  },
);

// identity 2.2: 117
eachDatabase(
  'reset: opening the address uses nothing up, and a refused password leaves the link good',
  async (database) => {
    const house = await openHouse(database);
    await makeAdmin(house);
    await forget(house);
    const { token } = await lastMail(house, 'password_reset');
    for (const method of ['GET', 'HEAD'] as const)
      for (const url of [`/v1/auth/password/reset?token=${token}`, `/reset?token=${token}`])
        assert.notEqual((await house.app.inject({ method, url })).statusCode, 204);
    for (const [weak, rule] of [
      ['short', 'too_short'],
      ['Password123456', 'common'],
      ['ada.example.org', 'context'],
    ] as const) {
      const answer = await reset(house, token, weak);
      assert.deepEqual(
        [answer.json().code, answer.json().errors[0].pointer],
        ['password.policy', '/newPassword'],
        rule,
      );
    }
    assert.equal((await reset(house, token)).statusCode, 204);
    // Refusals are noted beside the answer.
    const deadline = Date.now() + 5_000;
    let refusals = await auditsOf(database, 'password.policy_rejected');
    while (refusals.length < 3 && Date.now() < deadline) {
      await setImmediate();
      refusals = await auditsOf(database, 'password.policy_rejected');
    }
    assert.deepEqual(refusals.map(([, rule]) => String(rule)).toSorted(), ['common', 'context', 'too_short']);
  },
);

// identity 2.2: 120
eachDatabase(
  'reset: sessions, families, sockets, links and devices of before are dead, and nobody is signed in',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const web = await house.post('/v1/auth/login', { email, password: oldPassword });
    const before = await database.read.selectFrom('users').selectAll().executeTakeFirstOrThrow();
    const handed = await database.transact((query) => makeResetLink(query, house.identity.ports, before.id));
    assert.equal(handed?.expiresAt, house.now() + 30 * 60_000);
    await house.post('/v1/me/email', { email: 'ada@new.example', currentPassword: oldPassword }, admin.bearer);
    const change = (await lastMail(house, 'email_change_confirm')).token;
    const name = house.identity.ports.lockout.nameOf('ada@example.org');
    await database.transact((query) =>
      query
        .insertInto('login_failures')
        .values({ identifier: name, failures: 100, stopped_at: house.now(), mailed_at: null, changed_at: house.now() })
        .onConflict((conflict) => conflict.column('identifier').doUpdateSet({ failures: 100, stopped_at: house.now() }))
        .execute(),
    );
    assert.equal((await logIn(house, oldPassword)).statusCode, 401);

    const answer = await reset(house, handed?.url.split('#')[1] ?? '');
    assert.deepEqual([answer.statusCode, answer.body, answer.headers['set-cookie']], [204, '', undefined]);
    assert.equal((await house.app.inject({ url: '/v1/me', headers: admin.bearer })).statusCode, 401);
    const native = { refreshToken: admin.tokens.refreshToken };
    assert.equal((await house.post('/v1/auth/refresh', native)).statusCode, 401);
    const cookie = { ...pageHeaders, cookie: `__Host-rt=${cookieOf(web)}` };
    assert.equal((await house.post('/v1/auth/refresh', {}, cookie)).statusCode, 401);
    await house.identity.ports.disconnector.idle();
    assert.deepEqual(house.cut.at(-1), { user: before.id, code: 3014 });
    assert.equal((await house.post('/v1/auth/email/confirm', { token: change })).statusCode, 410);
    const after = await database.read.selectFrom('users').selectAll().executeTakeFirstOrThrow();
    assert.deepEqual(
      [after.epoch - before.epoch, after.device_epoch - before.device_epoch, after.password_changed_at],
      [1, 1, house.now()],
    );
    assert.equal((await lastMail(house, 'password_changed')).to, email);
    assert.equal((await logIn(house, oldPassword)).statusCode, 401);
    assert.equal((await logIn(house, newPassword)).statusCode, 200);
  },
);
