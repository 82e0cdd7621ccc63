// Checks how administrators help people who cannot get in, and that it cannot be used by who should not.
import assert from 'node:assert/strict';
import type { HandedLink } from '@parley/contract';
import { v7 as uuidv7 } from 'uuid';
import { eachDatabase } from '../db/testing/each-database.ts';
import { auditOf, codeOf, factorMails, turnOn } from './factors/testing/second-step.ts';
import { createOperator } from './operator.ts';
import { makeAdmin, makePerson, openHouse, personOf, type House, type Person } from './testing/house.ts';

const newPassword = 'vier Birnen im Korb';
const ask = (house: House, by: Person, id: string, what: 'reset-link' | 'reset-factors') =>
  house.post(`/v1/admin/users/${id}/${what}`, {}, by.bearer);
const logIn = (house: House, password: string) =>
  house.post('/v1/auth/login', { email: 'bob@example.org', password, client: 'native' });

eachDatabase('reset link: handed over by an administrator, good once, recorded with who made it', async (database) => {
  const house = await openHouse(database, { mail: false });
  const admin = await makeAdmin(house);
  const bob = await makePerson(house, admin, 'Bob');
  const id = bob.tokens.user.id;
  assert.equal((await ask(house, bob, id, 'reset-link')).json().code, 'auth.forbidden');
  assert.equal((await ask(house, admin, uuidv7(), 'reset-link')).json().code, 'not_found');
  const first = (await ask(house, admin, id, 'reset-link')).json<HandedLink>();
  const answer = await ask(house, admin, id, 'reset-link');
  assert.deepEqual([answer.statusCode, answer.headers['cache-control']], [200, 'no-store']);
  const { url, expiresAt } = answer.json<HandedLink>();
  assert.match(url, /^https:\/\/parley\.example\/reset#pr_[\w-]{43}$/);
  assert.equal(expiresAt, '2026-01-01T00:30:00.000Z');
  const use = (link: string) => house.post('/v1/auth/password/reset', { token: link.split('#')[1], newPassword });
  assert.equal((await use(first.url)).json().code, 'link.invalid', 'a newer one ends it');
  assert.equal((await use(url)).statusCode, 204);
  assert.equal((await use(url)).json().code, 'link.invalid');
  assert.equal((await logIn(house, newPassword)).statusCode, 200);
  const bobs = database.read.selectFrom('users').select('email_verified_at').where('id', '=', id);
  assert.equal((await bobs.executeTakeFirst())?.email_verified_at, null, 'nobody has shown that they read mail');
  const rows = await database.read
    .selectFrom('audit_events')
    .select(['actor_id', 'subject_id', 'details'])
    .where('name', '=', 'password.reset_requested')
    .execute();
  const row = { actor_id: admin.tokens.user.id, subject_id: id, details: '{"by":"admin"}' };
  assert.deepEqual(rows, [row, row]);
  await database.transact((query) =>
    query.updateTable('users').set({ disabled_at: house.now() }).where('id', '=', id).execute(),
  );
  assert.equal((await ask(house, admin, id, 'reset-link')).json().code, 'not_found', 'disabled');
});

eachDatabase('reset link and reset factors: an old session of an administrator is not enough', async (database) => {
  const house = await openHouse(database, { config: { accessTokenLife: 3_600 } });
  const admin = await makeAdmin(house);
  const bob = await makePerson(house, admin, 'Bob');
  house.tick(15 * 60_000);
  for (const what of ['reset-link', 'reset-factors'] as const)
    assert.equal(
      (await ask(house, admin, bob.tokens.user.id, what)).json().code,
      'auth.reauthentication_required',
      what,
    );
  const links = database.read.selectFrom('one_time_tokens').select('id').where('kind', '=', 'password_reset');
  assert.deepEqual(await links.execute(), []);
});

// identity 1.6: a reset is no way around the second factor
eachDatabase('reset: the second factor is still asked for afterwards', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  const bob = await makePerson(house, admin, 'Bob');
  const { secret } = await turnOn(house, bob);
  const { url } = (await ask(house, admin, bob.tokens.user.id, 'reset-link')).json<HandedLink>();
  await house.post('/v1/auth/password/reset', { token: url.split('#')[1], newPassword });
  const answer = (await logIn(house, newPassword)).json();
  assert.equal(answer.accessToken, undefined);
  assert.deepEqual(answer.secondFactor.methods, ['totp', 'recovery_code']);
  const { ticket } = answer.secondFactor;
  const passed = await house.post('/v1/auth/second-factor', { ticket, method: 'totp', code: codeOf(house, secret) });
  assert.equal(passed.statusCode, 200, passed.body);
});

eachDatabase(
  'reset factors: the second step is off, everything else of the person ends, they are told',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const bob = await makePerson(house, admin, 'Bob');
    const id = bob.tokens.user.id;
    assert.equal((await ask(house, admin, id, 'reset-factors')).statusCode, 204);
    assert.equal((await house.app.inject({ url: '/v1/me', headers: bob.bearer })).statusCode, 200, 'nothing to remove');
    const { recoveryCodes } = await turnOn(house, bob);
    const lost = { credential_id: 'lost', name: 'Phone', public_key: '', counter: 0, transports: '' };
    const stored = { ...lost, is_backed_up: 0, created_at: house.now() } as const;
    await database.transact((query) =>
      query
        .insertInto('passkeys')
        .values({ ...stored, id: uuidv7(), user_id: id })
        .execute(),
    );
    const { ticket } = (await logIn(house, 'correct horse battery')).json().secondFactor;
    assert.equal((await ask(house, bob, id, 'reset-factors')).json().code, 'auth.forbidden');
    assert.equal((await ask(house, admin, uuidv7(), 'reset-factors')).json().code, 'not_found');
    assert.equal((await ask(house, admin, id, 'reset-factors')).statusCode, 204);
    assert.equal((await house.app.inject({ url: '/v1/me', headers: bob.bearer })).statusCode, 401);
    const late = await house.post('/v1/auth/second-factor', {
      ticket,
      method: 'recovery_code',
      code: recoveryCodes[0],
    });
    assert.equal(late.json().code, 'auth.challenge_invalid', 'a sign-in under way');
    const again = personOf(await logIn(house, 'correct horse battery'));
    const factors = (await house.app.inject({ url: '/v1/me/factors', headers: again.bearer })).json();
    assert.deepEqual([factors.totp, factors.passkeys, factors.recoveryCodesLeft], [null, [], 0]);
    await house.identity.ports.disconnector.idle();
    assert.deepEqual(house.cut, [{ user: id, code: 3014 }]);
    assert.deepEqual(await auditOf(house, ['factor.removed']), ['factor.removed']);
    assert.equal(
      (await factorMails(house)).at(-1),
      'An administrator removed every second factor of your account, passkeys included.',
    );
  },
);

eachDatabase(
  'operator: makes an account and removes a lost second factor, recorded without an actor',
  async (database) => {
    const house = await openHouse(database);
    await makeAdmin(house);
    const { ports } = house.identity;
    const operator = createOperator(ports, () => Promise.resolve(ports.passwords));
    const bob = { email: 'bob@example.org', name: 'Bob', password: 'correct horse battery', role: 'manager' } as const;
    const made = await operator.carryOut({ action: 'create', ...bob });
    assert.deepEqual(made.ok && made.people.map(({ name, role }) => [name, role]), [['Bob', 'manager']]);
    assert.deepEqual(await operator.carryOut({ action: 'create', ...bob }), {
      ok: false,
      problem: 'user.exists',
      errors: [],
    });
    const weak = await operator.carryOut({ action: 'create', ...bob, email: 'cid@example.org', password: 'bob' });
    assert.equal(!weak.ok && weak.problem, 'password.policy');
    await turnOn(house, personOf(await logIn(house, bob.password)));
    assert.ok((await logIn(house, bob.password)).json().secondFactor);
    await operator.carryOut({ action: 'reset-factors', email: bob.email });
    assert.ok((await logIn(house, bob.password)).json().accessToken);
    const rows = await database.read
      .selectFrom('audit_events')
      .select(['name', 'actor_id', 'source'])
      .where('name', 'in', ['user.created', 'factor.removed'])
      .where('source', '=', 'operator')
      .orderBy('position')
      .execute();
    assert.deepEqual(
      rows.map((row) => [row.name, row.actor_id]),
      [
        ['user.created', null],
        ['factor.removed', null],
      ],
    );
  },
);
