// Checks that "it was not me" does what the mails promise: whoever was in is out, and does not come back.
import assert from 'node:assert/strict';
import { eachDatabase } from '../db/testing/each-database.ts';
import { turnOn } from './factors/testing/second-step.ts';
import { makeAdmin, openHouse, personOf } from './testing/house.ts';
import { lastMail, mailsOf } from './testing/mailbox.ts';

const email = 'ada@example.org';
const password = 'correct horse battery';
const newPassword = 'vier Birnen im Korb';

eachDatabase(
  'not me: what an intruder added since the warning is gone, what was there before stays',
  async (database) => {
    const house = await openHouse(database);
    const ada = await makeAdmin(house);
    const keyOf = async (name: string, by: { authorization: string }): Promise<string> =>
      (await house.post('/v1/me/api-keys', { name, scopes: ['rooms:read', 'users:read'] }, by)).json().secret;
    const mine = await keyOf('mine', ada.bearer);
    house.tick(60_000);
    const intruder = personOf(await house.post('/v1/auth/login', { email, password, client: 'native' }));
    const theirs = await keyOf('theirs', intruder.bearer);
    const isGood = async (key: string): Promise<boolean> =>
      (await house.app.inject({ url: '/v1/users', headers: { authorization: `Bearer ${key}` } })).statusCode === 200;
    assert.deepEqual([await isGood(mine), await isGood(theirs)], [true, true]);
    await turnOn(house, intruder);
    const warning = await lastMail(house, 'new_device');
    assert.equal((await house.post('/v1/auth/not-me', { token: warning.token })).statusCode, 204);
    assert.deepEqual([await isGood(mine), await isGood(theirs)], [true, false]);
    const { token } = await lastMail(house, 'password_reset');
    assert.equal((await house.post('/v1/auth/password/reset', { token, newPassword })).statusCode, 204);
    const again = await house.post('/v1/auth/login', { email, password: newPassword, client: 'native' });
    assert.ok(again.json().accessToken, 'no second step of the intruder is asked for');
  },
);

eachDatabase('not me: every mail that offers it carries a link that does it', async (database) => {
  const house = await openHouse(database);
  const ada = await makeAdmin(house);
  await house.post('/v1/me/api-keys', { name: 'x', scopes: ['rooms:read'] }, ada.bearer);
  await turnOn(house, ada);
  const { refreshToken } = ada.tokens;
  const first = (await house.post('/v1/auth/refresh', { refreshToken })).json();
  await house.post('/v1/auth/refresh', { refreshToken: first.refreshToken });
  house.tick(60_000);
  await house.post('/v1/auth/refresh', { refreshToken });
  const mails = await mailsOf(house);
  assert.deepEqual(
    mails.map(({ template, data }) => [template, /\/not-me#nm_[\w-]{43}$/.test(String(data['url']))]),
    [
      ['api_key_created', true],
      ['factor_changed', true],
      ['session_reuse', true],
    ],
  );
  assert.equal((await house.post('/v1/auth/not-me', { token: mails[2]?.token ?? '' })).statusCode, 204);
});
