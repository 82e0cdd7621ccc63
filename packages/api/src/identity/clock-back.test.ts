// Proves that a clock that is set back revives no token of a session that ended.
import assert from 'node:assert/strict';
import { eachDatabase } from '../db/testing/each-database.ts';
import { createDatabaseRevocationStore } from '../realtime/revocation-store.ts';
import { createRevocations } from '../realtime/revocation.ts';
import { makeAdmin, makePerson, openHouse, personOf, sessionOf } from './testing/house.ts';

const MINUTE = 60_000;

// identity 2.2: 59
eachDatabase('clock set back an hour: the tokens of ended sessions stay dead, living ones go on', async (database) => {
  const house = await openHouse(database);
  const ada = await makeAdmin(house);
  const bob = await makePerson(house, ada, 'Bob');
  const credentials = { email: 'bob@example.org', password: 'correct horse battery', client: 'native' };
  const other = personOf(await house.post('/v1/auth/login', credentials));
  const statusOf = async (headers: Record<string, string>) =>
    (await house.app.inject({ url: '/v1/me', headers })).statusCode;
  await house.post('/v1/auth/logout', {}, bob.bearer);
  await house.post('/v1/auth/logout-all', {}, ada.bearer);
  house.tick(65 * MINUTE);
  await house.identity.sweep();
  assert.equal(house.revocations.size(), 0, 'no living token can rest on them');
  house.tick(-60 * MINUTE);
  assert.deepEqual([await statusOf(bob.bearer), await statusOf(ada.bearer)], [401, 401]);
  await house.identity.sweep();
  assert.deepEqual([await statusOf(bob.bearer), await statusOf(ada.bearer)], [401, 401], 'known again');
  assert.equal(await statusOf(other.bearer), 200, 'of a session that lives');
  // A node that starts while the clock is wrong knows them as well.
  const restarted = createRevocations({
    store: createDatabaseRevocationStore({ database, log: house.log }),
    clock: { now: house.now },
    entryLifeMs: MINUTE,
  });
  await restarted.load();
  assert.equal(restarted.isRevoked({ sub: bob.tokens.user.id, sid: sessionOf(bob) }), true);
  // A day later nothing is kept of them.
  house.tick(26 * 60 * MINUTE);
  await house.identity.sweep();
  const rows = await database.read.selectFrom('revocations').selectAll().execute();
  assert.deepEqual(rows, []);
});
