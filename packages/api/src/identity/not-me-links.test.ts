// Checks that every mail that offers "this was not me" carries a link that does what it says.
import assert from 'node:assert/strict';
import type { SessionTokens } from '@parley/contract';
import { eachDatabase } from '../db/testing/each-database.ts';
import { turnOn } from './factors/testing/second-step.ts';
import { makeAdmin, openHouse, type House, type Person } from './testing/house.ts';
import { lastMail } from './testing/mailbox.ts';

async function makeKey(house: House, { bearer }: Person): Promise<void> {
  const body = { name: 'backup', scopes: ['rooms:read'], expiresInDays: 30 };
  assert.equal((await house.post('/v1/me/api-keys', body, bearer)).statusCode, 201);
}

async function reuseToken(house: House, { tokens: { refreshToken } }: Person): Promise<void> {
  const refresh = (token?: string) => house.post('/v1/auth/refresh', { refreshToken: token });
  const second = (await refresh(refreshToken)).json<SessionTokens>();
  await refresh(second.refreshToken);
  house.tick(3_600_000);
  assert.equal((await refresh(refreshToken)).statusCode, 401);
}

for (const [template, provoke] of [
  ['api_key_created', makeKey],
  ['factor_changed', turnOn],
  ['session_reuse', reuseToken],
] as const)
  eachDatabase(`not me: the link in the mail ${template} turns the password off`, async (database) => {
    const house = await openHouse(database);
    await provoke(house, await makeAdmin(house));
    const mail = await lastMail(house, template);
    assert.match(String(mail.data['url']), /\/not-me#nm_/);
    assert.equal((await house.post('/v1/auth/not-me', { token: mail.token })).statusCode, 204);
    const credentials = { email: 'ada@example.org', password: 'correct horse battery', client: 'native' };
    assert.equal((await house.post('/v1/auth/login', credentials)).statusCode, 401);
  });
