// Checks sign-in against a certified provider: its pages, PKCE, codes that are good once, the user-info endpoint.
import assert from 'node:assert/strict';
import { eachDatabase } from '../../db/testing/each-database.ts';
import { makeAdmin, openHouse } from '../testing/house.ts';
import { comeBack, leave, providerOf } from './testing/browser.ts';
import { signInThere, startRealProvider } from './testing/real-provider.ts';

const site = 'https://parley.example';
const secret = 'a-secret-of-the-client';

eachDatabase('a certified provider: sign in once with a code, in the browser that began', async (database, t) => {
  const callback = `${site}/v1/auth/providers/acme/callback`;
  const real = await startRealProvider({ id: 'parley', secret, callback: () => callback });
  t.after(() => real.close());
  const providers = [providerOf(real.issuer, { clientSecret: secret })];
  const house = await openHouse(database, { config: { providers, registration: 'open' } });
  await makeAdmin(house);
  const users = async () =>
    (await database.read.selectFrom('users').select('email').orderBy('email').execute()).map(({ email }) => email);

  const first = await leave(house);
  const back = await signInThere(first.url, 'grace');
  assert.equal(back.origin + back.pathname, callback);
  const arrived = await comeBack(house, first, { query: Object.fromEntries(back.searchParams) });
  assert.equal(arrived.location, `${site}/`);
  assert.deepEqual(await users(), ['ada@example.org', 'grace@example.org']);

  const [stolen, own] = [await leave(house), await leave(house)];
  const theirs = await signInThere(stolen.url, 'heidi');
  const query = { code: theirs.searchParams.get('code') ?? '', iss: real.issuer };
  const injected = await comeBack(house, own, { query });
  assert.equal(injected.location, `${site}/sign-in#problem=provider.failed`, 'a code of another visit: PKCE');
  assert.deepEqual(await users(), ['ada@example.org', 'grace@example.org']);
  const rightful = await comeBack(house, stolen, { query });
  assert.equal(rightful.location, `${site}/`, 'its own browser may still use it');
  const again = await comeBack(house, stolen, { query });
  assert.equal(again.location, `${site}/sign-in#problem=auth.challenge_invalid`, 'once');
});
