// Checks that sessions which end by themselves are recorded, once, with why.
import assert from 'node:assert/strict';
import { eachDatabase } from '../db/testing/each-database.ts';
import { makeAdmin, makePerson, openHouse, sessionOf } from './testing/house.ts';

const DAY_MS = 86_400_000;

eachDatabase('session.expired: idle and absolute ends are recorded once, used sessions are not', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  const bob = await makePerson(house, admin, 'Bob');
  const eventsOf = async () => {
    await house.identity.sweep();
    const rows = await database.read
      .selectFrom('audit_events')
      .select(['session_id', 'subject_id', 'reason'])
      .where('name', '=', 'session.expired')
      .orderBy('position')
      .execute();
    return rows.map((row) => [row.session_id, row.subject_id, row.reason]);
  };
  const idle = [sessionOf(bob), bob.tokens.user.id, 'idle'];
  let { refreshToken } = admin.tokens;
  for (let day = 6; day <= 24; day += 6) {
    house.tick(6 * DAY_MS);
    const answer = await house.post('/v1/auth/refresh', { refreshToken });
    ({ refreshToken } = answer.json());
    assert.deepEqual(await eventsOf(), day === 6 ? [] : [idle], `day ${day}`);
  }
  house.tick(6 * DAY_MS);
  assert.deepEqual(await eventsOf(), [idle], 'a refresh that was in time may be under way');
  house.tick(60_000);
  const both = [idle, [sessionOf(admin), admin.tokens.user.id, 'absolute']];
  assert.deepEqual(await eventsOf(), both);
  assert.deepEqual(await eventsOf(), both);
  assert.equal((await house.post('/v1/auth/refresh', { refreshToken })).json().code, 'auth.invalid_grant');
});
