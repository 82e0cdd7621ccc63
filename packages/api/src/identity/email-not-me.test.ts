// Checks that every mail that offers "it was not me" carries a link that does it.
import assert from 'node:assert/strict';
import { eachDatabase } from '../db/testing/each-database.ts';
import { turnOn } from './factors/testing/second-step.ts';
import { makeAdmin, openHouse } from './testing/house.ts';
import { mailsOf } from './testing/mailbox.ts';

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
