// Proves that strangers cannot fill an owner's mailbox, nor use up the mails that would warn the owner.
import assert from 'node:assert/strict';
import { eachDatabase } from '../db/testing/each-database.ts';
import { makeAdmin, makePerson, openHouse } from './testing/house.ts';

const roomy = { points: 100_000, windowSeconds: 60 };

// identity 2.2: 115, 119
eachDatabase('mails: floods of registrations and changes of address leave room for a warning', async (database) => {
  const house = await openHouse(database, { config: { registration: 'open' }, rates: { 'password-user': roomy } });
  const ada = await makeAdmin(house);
  const eve = await makePerson(house, ada, 'Eve');
  const password = 'correct horse battery';
  for (let round = 0; round < 15; round++) {
    await house.post('/v1/auth/register', { email: 'ada@example.org', name: 'Eve', password, client: 'native' });
    await house.post('/v1/me/email', { email: 'ada@example.org', currentPassword: password }, eve.bearer);
    await house.post('/v1/me/email', { email: 'new@example.org', currentPassword: password }, eve.bearer);
  }
  await house.identity.ports.afterAnswer.idle();
  await house.post('/v1/auth/password/forgot', { email: 'ada@example.org' });
  await house.identity.ports.afterAnswer.idle();
  const body = { currentPassword: password, newPassword: 'another horse battery' };
  assert.equal((await house.post('/v1/me/password', body, ada.bearer)).statusCode, 200);
  const rows = await database.read.selectFrom('mails').select(['recipient', 'template']).orderBy('position').execute();
  const to = (recipient: string) => rows.filter((row) => row.recipient === recipient).map(({ template }) => template);
  const { account_exists: told = [], ...others } = Object.groupBy(to('ada@example.org'), (template) => template);
  assert.equal(told.length, 3);
  assert.deepEqual(Object.keys(others).toSorted(), ['password_changed', 'password_reset']);
  assert.deepEqual([...new Set(to('new@example.org'))], ['email_change_confirm']);
  assert.equal(to('new@example.org').length, 5);
});
