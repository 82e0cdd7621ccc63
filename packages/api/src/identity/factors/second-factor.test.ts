// Checks codes of an app, recovery codes and tickets through the door.
import assert from 'node:assert/strict';
import type { Factors, SecondFactorRequired, TotpSetup } from '@parley/contract';
import { eachDatabase } from '../../db/testing/each-database.ts';
import { makeAdmin, makePerson, openHouse, personOf, type House } from '../testing/house.ts';
import { auditOf, codeOf, factorMails, turnOn } from './testing/second-step.ts';
import { verifyCode } from './check-code.ts';

const credentials = { email: 'ada@example.org', password: 'correct horse battery', client: 'native' };

async function ticketOf(house: House): Promise<SecondFactorRequired['secondFactor']> {
  const answer = await house.post('/v1/auth/login', credentials);
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json<SecondFactorRequired>().secondFactor;
}

const present = (house: House, ticket: string, code: string, method = 'totp') =>
  house.post('/v1/auth/second-factor', { ticket, method, code });

eachDatabase(
  'second factor: codes count only after the first one, and then a password opens nothing',
  async (database) => {
    const house = await openHouse(database);
    const ada = await makeAdmin(house);
    const setup = await house.post('/v1/me/factors/totp', {}, ada.bearer);
    const { secret, uri, expiresIn } = setup.json<TotpSetup>();
    assert.equal(expiresIn, 600);
    assert.ok(uri.includes(`secret=${secret}`));
    assert.ok((await house.post('/v1/auth/login', credentials)).json().accessToken, 'not confirmed: no second step');
    const wrong = await house.post('/v1/me/factors/totp/confirm', { code: '000000' }, ada.bearer);
    assert.equal(wrong.json().code, 'auth.challenge_invalid');
    const confirmed = await house.post('/v1/me/factors/totp/confirm', { code: codeOf(house, secret) }, ada.bearer);
    assert.equal(confirmed.statusCode, 200, confirmed.body);
    const { recoveryCodes } = confirmed.json();
    assert.equal(new Set(recoveryCodes).size, 10);
    for (const code of recoveryCodes) assert.match(code, /^([0-9a-z]{4}-){5}[0-9a-z]{4}$/);
    const ticket = await ticketOf(house);
    assert.deepEqual([ticket.methods, ticket.expiresIn], [['totp', 'recovery_code'], 300]);
    // The step that turned it on is spent.
    assert.equal((await present(house, ticket.ticket, codeOf(house, secret))).json().code, 'auth.challenge_invalid');
    house.tick(30_000);
    const passed = await present(house, ticket.ticket, codeOf(house, secret));
    assert.equal(passed.statusCode, 200, passed.body);
    const session = await house.database.read.selectFrom('sessions').select('methods').orderBy('id', 'desc').execute();
    assert.equal(session[0]?.methods, 'pwd otp');
    const factors = (
      await house.app.inject({ url: '/v1/me/factors', headers: personOf(passed).bearer })
    ).json<Factors>();
    assert.deepEqual(
      [factors.hasPassword, factors.totp !== null, factors.recoveryCodesLeft, factors.passkeys, factors.providers],
      [true, true, 10, [], []],
    );
    assert.equal((await present(house, ticket.ticket, codeOf(house, secret))).statusCode, 401, 'a ticket is good once');
    assert.equal((await factorMails(house)).length, 1);
    assert.equal(house.text().includes(secret), false);
    const stored = await house.database.read.selectFrom('totp_factors').selectAll().executeTakeFirstOrThrow();
    assert.equal(JSON.stringify(stored).includes(secret), false);
  },
);

eachDatabase('second factor: a code is accepted once, also when it comes twice at the same time', async (database) => {
  const house = await openHouse(database);
  const { secret } = await turnOn(house, await makeAdmin(house));
  const tickets = await Promise.all([ticketOf(house), ticketOf(house), ticketOf(house)]);
  const code = codeOf(house, secret);
  const answers = await Promise.all(tickets.map(({ ticket }) => present(house, ticket, code)));
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b),
    [200, 401, 401],
  );
  house.tick(30_000);
  const [, second] = tickets;
  const older = code;
  assert.equal((await present(house, second?.ticket ?? '', older)).statusCode, 401, 'nor a step before the last one');
});

eachDatabase('second factor: a ticket has five tries and five minutes', async (database) => {
  const house = await openHouse(database);
  const { secret } = await turnOn(house, await makeAdmin(house));
  const first = await ticketOf(house);
  for (let attempt = 0; attempt < 5; attempt++)
    assert.equal((await present(house, first.ticket, '000000')).json().code, 'auth.challenge_invalid');
  assert.equal((await present(house, first.ticket, codeOf(house, secret))).json().code, 'auth.challenge_invalid');
  const second = await ticketOf(house);
  house.tick(299_999);
  const third = await ticketOf(house);
  house.tick(1);
  assert.equal((await present(house, second.ticket, codeOf(house, secret))).statusCode, 401);
  assert.equal((await present(house, third.ticket, codeOf(house, secret))).statusCode, 200);
  assert.equal((await present(house, 'unknown', codeOf(house, secret))).statusCode, 401);
});

eachDatabase(
  'second factor: ten failures across tickets, and no code is looked at for 15 minutes',
  async (database) => {
    const house = await openHouse(database);
    const { secret, recoveryCodes } = await turnOn(house, await makeAdmin(house));
    for (let round = 0; round < 2; round++) {
      const { ticket } = await ticketOf(house);
      for (let attempt = 0; attempt < 5; attempt++) await present(house, ticket, '000000');
    }
    const { ticket } = await ticketOf(house);
    const refused = await present(house, ticket, codeOf(house, secret));
    assert.deepEqual([refused.statusCode, refused.json().code], [429, 'rate.limited']);
    assert.equal(refused.headers['retry-after'], '900');
    assert.equal((await present(house, ticket, recoveryCodes[0] ?? '', 'recovery_code')).statusCode, 429);
    const names = ['factor.failed', 'recovery_code.used'];
    assert.deepEqual(await auditOf(house, names), [
      ...Array.from({ length: 10 }, () => 'factor.failed(wrong_code)'),
      'factor.failed(blocked)',
      'factor.failed(blocked)',
    ]);
    house.tick(900_000);
    const later = await ticketOf(house);
    assert.equal((await present(house, later.ticket, codeOf(house, secret))).statusCode, 200);
  },
);

eachDatabase(
  'second factor: who knows the password cannot use up the guesses of a device that the person knows',
  async (database) => {
    const house = await openHouse(database);
    const { secret } = await turnOn(house, await makeAdmin(house));
    house.tick(30_000);
    const known = await present(house, (await ticketOf(house)).ticket, codeOf(house, secret));
    const device = { 'x-parley-device': String(known.headers['x-parley-device']) };
    house.tick(30_000);
    const tryCode = async (code: string, headers = {}) => {
      const { ticket } = await ticketOf(house);
      return (await house.post('/v1/auth/second-factor', { ticket, method: 'totp', code }, headers)).statusCode;
    };
    for (let attempt = 0; attempt < 10; attempt++) assert.equal(await tryCode('000000'), 401);
    assert.equal(await tryCode('000000'), 429);
    assert.equal(await tryCode(codeOf(house, secret)), 429, 'another stranger');
    assert.equal(await tryCode(codeOf(house, secret), device), 200);
    // The device has ten guesses of its own, and no more.
    for (let attempt = 0; attempt < 10; attempt++) assert.equal(await tryCode('000000', device), 401);
    assert.equal(await tryCode('000000', device), 429);
  },
);

eachDatabase('second factor: a right code takes back no earlier failure', async (database) => {
  const house = await openHouse(database);
  const { secret } = await turnOn(house, await makeAdmin(house));
  for (let round = 0; round < 3; round++) {
    const { ticket } = await ticketOf(house);
    for (let attempt = 0; attempt < 3; attempt++) await present(house, ticket, '000000');
    assert.equal((await present(house, ticket, codeOf(house, secret))).statusCode, 200);
    house.tick(30_000);
  }
  const { ticket } = await ticketOf(house);
  assert.equal((await present(house, ticket, '000000')).statusCode, 401);
  assert.equal((await present(house, ticket, codeOf(house, secret))).statusCode, 429);
});

eachDatabase('recovery codes: each is good once, in any spelling, for its person only', async (database) => {
  const house = await openHouse(database);
  const ada = await makeAdmin(house);
  const { recoveryCodes } = await turnOn(house, ada);
  const bob = await turnOn(house, await makePerson(house, ada, 'Bob'));
  const [first = '', second = ''] = recoveryCodes;
  const tickets = await Promise.all([ticketOf(house), ticketOf(house), ticketOf(house)]);
  const spelt = [first, first.toUpperCase(), first.replaceAll('-', ' ')];
  const answers = await Promise.all(
    tickets.map(({ ticket }, index) => present(house, ticket, spelt[index] ?? '', 'recovery_code')),
  );
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b),
    [200, 401, 401],
  );
  const { ticket } = await ticketOf(house);
  assert.equal((await present(house, ticket, bob.recoveryCodes[0] ?? '', 'recovery_code')).statusCode, 401);
  assert.equal((await present(house, ticket, second, 'totp')).statusCode, 401, 'the method that was named, no other');
  assert.equal((await present(house, ticket, second, 'recovery_code')).statusCode, 200);
  assert.deepEqual(await auditOf(house, ['recovery_code.used']), ['recovery_code.used', 'recovery_code.used']);
  const renewed = await house.post('/v1/me/factors/recovery-codes', {}, ada.bearer);
  const { recoveryCodes: newer } = renewed.json();
  const again = await ticketOf(house);
  const third = recoveryCodes[2] ?? '';
  assert.equal((await present(house, again.ticket, third, 'recovery_code')).statusCode, 401, 'earlier ones are dead');
  assert.equal((await present(house, again.ticket, newer[0], 'recovery_code')).statusCode, 200);
  const rows = await house.database.read.selectFrom('recovery_codes').selectAll().execute();
  assert.equal(JSON.stringify(rows).includes(newer[1].replaceAll('-', '')), false);
});

eachDatabase('factors: delicate changes want a recent proof of who one is', async (database) => {
  const house = await openHouse(database);
  const ada = await makeAdmin(house);
  await turnOn(house, ada);
  house.tick(900_000 - 30_000);
  const remove = () => house.app.inject({ method: 'DELETE', url: '/v1/me/factors/totp', headers: ada.bearer });
  const asked = await Promise.all([
    house.post('/v1/me/factors/totp', {}, ada.bearer),
    house.post('/v1/me/factors/recovery-codes', {}, ada.bearer),
    house.post('/v1/me/passkeys/options', {}, ada.bearer),
    remove(),
  ]);
  for (const answer of asked) assert.equal(answer.json().code, 'auth.reauthentication_required');
  await database.transact((query) => query.updateTable('sessions').set({ authenticated_at: house.now() }).execute());
  assert.equal((await house.post('/v1/me/factors/totp', {}, ada.bearer)).json().code, 'factor.exists');
  assert.equal((await remove()).statusCode, 204);
  assert.equal((await remove()).statusCode, 404);
  assert.ok((await house.post('/v1/auth/login', credentials)).json().accessToken, 'the second step is off');
  assert.deepEqual(await auditOf(house, ['factor.added', 'factor.removed']), ['factor.added', 'factor.removed']);
  assert.equal((await factorMails(house)).length, 2);
  assert.equal(
    (await house.post('/v1/me/factors/recovery-codes', {}, ada.bearer)).statusCode,
    404,
    'nothing to recover',
  );
});

eachDatabase(
  'second factor: a ticket dies with a change of the password, of the epoch, or of the account',
  async (database) => {
    const house = await openHouse(database);
    const ada = await makeAdmin(house);
    const { secret } = await turnOn(house, ada);
    for (const change of [{ password_changed_at: house.now() }, { epoch: 7 }, { disabled_at: house.now() }]) {
      const { ticket } = await ticketOf(house);
      await database.transact((query) => query.updateTable('users').set(change).execute());
      assert.equal((await present(house, ticket, codeOf(house, secret))).statusCode, 401, JSON.stringify(change));
    }
  },
);

eachDatabase(
  'verifyCode() takes a code of either kind, and counts failures with those of tickets',
  async (database) => {
    const house = await openHouse(database);
    const ada = await makeAdmin(house);
    const { secret, recoveryCodes } = await turnOn(house, ada);
    const { id } = ada.tokens.user;
    const { ports } = house.identity;
    assert.deepEqual(await verifyCode(ports, id, codeOf(house, secret)), { ok: true, method: 'totp' });
    assert.deepEqual(await verifyCode(ports, id, codeOf(house, secret)), {
      ok: false,
      problem: 'auth.challenge_invalid',
    });
    assert.deepEqual(await verifyCode(ports, id, recoveryCodes[3] ?? ''), { ok: true, method: 'recovery_code' });
    for (let attempt = 0; attempt < 9; attempt++) await verifyCode(ports, id, '000000');
    assert.deepEqual(await verifyCode(ports, id, '000000'), { ok: false, problem: 'rate.limited', waitSeconds: 900 });
  },
);

eachDatabase('housekeeping: what has passed its end is erased', async (database) => {
  const house = await openHouse(database);
  const ada = await makeAdmin(house);
  await house.post('/v1/me/factors/totp', {}, ada.bearer);
  await house.post('/v1/me/factors/totp/confirm', { code: '000000' }, ada.bearer);
  await house.post('/v1/auth/passkey/options', {});
  const counts = async () =>
    Promise.all(
      (['totp_factors', 'factor_failures', 'challenges'] as const).map(
        async (table) => (await database.read.selectFrom(table).selectAll().execute()).length,
      ),
    );
  await house.identity.sweep();
  assert.deepEqual(await counts(), [1, 1, 1]);
  house.tick(900_000);
  await house.identity.sweep();
  assert.deepEqual(await counts(), [0, 0, 0]);
});
