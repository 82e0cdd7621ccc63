// Checks sign-in at a provider through the door: accounts, links, and attacks on the way back.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Factors, PublicConfig } from '@parley/contract';
import type { ProviderConfig } from '../../config.ts';
import type { Database } from '../../db/database.ts';
import { eachDatabase } from '../../db/testing/each-database.ts';
import { auditOf, codeOf, factorMails, turnOn } from '../factors/testing/second-step.ts';
import { makeAdmin, makePerson, openHouse, pageHeaders, personOf, type House, type Person } from '../testing/house.ts';
import { comeBack, leave, providerOf, type Arrived } from './testing/browser.ts';
import { startScriptedProvider, type ScriptedProvider } from './testing/scripted-provider.ts';

const site = 'https://parley.example';
const grace = { sub: 'g-1', email: 'grace@example.org', email_verified: true, name: 'Grace' };

interface Scene {
  house: House;
  ada: Person;
  provider: ScriptedProvider;
  /** A whole visit whose ID token has the nonce that it should. */
  visit: (as?: Parameters<typeof leave>[1]) => Promise<Arrived>;
}

async function openScene(
  given: { database: Database; t: TestContext },
  options: {
    provider?: Partial<ProviderConfig>;
    registration?: 'open' | 'invitation';
    person?: Record<string, unknown>;
  } = {},
): Promise<Scene> {
  const provider = await startScriptedProvider(options.person ?? grace);
  given.t.after(() => provider.close());
  const providers = [providerOf(provider.issuer, options.provider)];
  const house = await openHouse(given.database, {
    config: { providers, registration: options.registration ?? 'open' },
  });
  const ada = await makeAdmin(house);
  const visit: Scene['visit'] = async (as) => {
    const away = await leave(house, as);
    provider.script.claims['nonce'] = away.url.searchParams.get('nonce');
    return comeBack(house, away);
  };
  return { house, ada, provider, visit };
}

const users = (house: House) => house.database.read.selectFrom('users').selectAll().orderBy('created_at').execute();
const problemAt = (page: string, code: string) => `${site}${page}#problem=${code}`;

/** The session that a browser was given: its page renews it. */
async function sessionOf(house: House, arrived: Arrived): Promise<Person> {
  const cookie = arrived.cookies.find((value) => value.startsWith('__Host-rt='))?.split(';')[0] ?? '';
  return personOf(await house.post('/v1/auth/refresh', {}, { ...pageHeaders, cookie }));
}

eachDatabase('provider: the first visit makes an account, the next ones sign in to it', async (database, t) => {
  const { house, visit, provider } = await openScene({ database, t });
  const config = (await house.app.inject({ url: '/v1/config' })).json<PublicConfig>();
  assert.deepEqual(config.providers, [{ id: 'acme', name: 'Acme' }]);
  const away = await leave(house);
  assert.match(away.cookie, /^__Host-oidc=[\w-]{43}$/);
  assert.equal(away.url.origin + away.url.pathname, `${provider.issuer}/authorize`);
  const asked = Object.fromEntries(away.url.searchParams);
  assert.deepEqual(
    { ...asked, state: '', nonce: '', code_challenge: '' },
    {
      redirect_uri: `${site}/v1/auth/providers/acme/callback`,
      scope: 'openid email profile',
      response_type: 'code',
      code_challenge_method: 'S256',
      client_id: 'parley',
      state: '',
      nonce: '',
      code_challenge: '',
    },
  );
  const first = await visit();
  assert.deepEqual([first.status, first.location], [303, `${site}/`]);
  assert.equal(first.cookies[0], '__Host-oidc=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax');
  const person = await sessionOf(house, first);
  assert.equal(person.tokens.user.email, 'grace@example.org');
  assert.deepEqual([person.tokens.user.name, person.tokens.user.role], ['Grace', 'member']);
  const verifier = provider.forms[0]?.get('code_verifier') ?? '';
  assert.match(verifier, /^[\w-]{43}$/);
  const again = await visit();
  assert.equal((await sessionOf(house, again)).tokens.user.id, person.tokens.user.id);
  assert.equal((await users(house)).length, 2);
  const [, made] = await users(house);
  assert.deepEqual([made?.password_scheme, made?.email_verified_at], ['none', house.now()]);
  const methods = await database.read
    .selectFrom('sessions')
    .select('methods')
    .where('user_id', '=', made?.id ?? '')
    .execute();
  assert.deepEqual(methods, [{ methods: 'fed' }, { methods: 'fed' }]);
  assert.deepEqual(await auditOf(house, ['user.created', 'login.succeeded']), [
    // The administrator of the set-up first.
    'user.created',
    'user.created',
    'login.succeeded',
    'login.succeeded',
  ]);
  const login = await house.post('/v1/auth/login', { email: 'grace@example.org', password: '' + 'x'.repeat(12) });
  assert.equal(login.statusCode, 401, 'an account without a password has none to guess');
  const stored = JSON.stringify(await database.read.selectFrom('challenges').selectAll().execute());
  for (const secret of [away.cookie.slice(12), asked['state'], asked['nonce']])
    assert.equal(stored.includes(secret ?? '?'), false, 'nothing that is stored could go on with a visit');
  assert.equal(house.text().includes(provider.lastIdToken()), false);
});

eachDatabase('provider: who is not welcome gets no account', async (database, t) => {
  const { house, visit, ada } = await openScene({ database, t }, { registration: 'invitation' });
  assert.equal((await visit()).location, problemAt('/sign-in', 'provider.unlinked'));
  assert.equal((await users(house)).length, 1);
  const invited = await house.post('/v1/invitations', { role: 'manager' }, ada.bearer);
  const invitation = invited.json<{ url: string }>().url.split('#')[1] ?? '';
  const arrived = await visit({ invitation });
  assert.equal((await sessionOf(house, arrived)).tokens.user.role, 'manager');
  const stored = JSON.stringify(await database.read.selectFrom('challenges').selectAll().execute());
  assert.equal(stored.includes(invitation), false);
});

eachDatabase('provider: an invitation is good once, and an unknown one for nothing', async (database, t) => {
  const { house, visit, ada, provider } = await openScene({ database, t }, { registration: 'invitation' });
  const invited = await house.post('/v1/invitations', {}, ada.bearer);
  const invitation = invited.json<{ url: string }>().url.split('#')[1] ?? '';
  assert.equal((await visit({ invitation: 'inv_unknown' })).location, problemAt('/sign-in', 'invitation.invalid'));
  assert.equal((await visit({ invitation })).location, `${site}/`);
  provider.script.claims = { sub: 'h-1', email: 'heidi@example.org' };
  assert.equal((await visit({ invitation })).location, problemAt('/sign-in', 'invitation.invalid'));
  assert.equal((await users(house)).length, 2);
});

eachDatabase(
  'provider: the setting of a provider decides about accounts before the general one',
  async (database, t) => {
    const open = await openScene({ database, t }, { registration: 'invitation', provider: { accounts: 'on' } });
    open.provider.script.claims = { email_verified: false };
    assert.equal((await open.visit()).location, problemAt('/sign-in', 'provider.unlinked'), 'an unverified address');
    open.provider.script.claims = { email: undefined };
    assert.equal((await open.visit()).location, problemAt('/sign-in', 'provider.unlinked'), 'no address');
    open.provider.script.claims = {};
    assert.equal((await open.visit()).location, `${site}/`);
    const closed = providerOf(open.provider.issuer, { accounts: 'off' });
    const house = await openHouse(database, { config: { providers: [closed], registration: 'open' } });
    const away = await leave(house);
    open.provider.script.claims = { sub: 'h-1', email: 'heidi@example.org', nonce: away.url.searchParams.get('nonce') };
    assert.equal((await comeBack(house, away)).location, problemAt('/sign-in', 'provider.unlinked'));
  },
);

eachDatabase('provider: before the first administrator nobody gets an account', async (database, t) => {
  const provider = await startScriptedProvider(grace);
  t.after(() => provider.close());
  const house = await openHouse(database, {
    config: { providers: [providerOf(provider.issuer, { accounts: 'on' })], registration: 'open' },
  });
  const away = await leave(house);
  provider.script.claims = { nonce: away.url.searchParams.get('nonce') };
  assert.equal((await comeBack(house, away)).location, problemAt('/sign-in', 'provider.unlinked'));
  assert.ok(await house.identity.setupLink(), 'the set-up is still open');
});

eachDatabase('provider: an address alone opens no account', async (database, t) => {
  const person = { sub: 'x', email: 'ada@example.org', email_verified: true };
  const { house, visit } = await openScene({ database, t }, { person });
  await database.transact((query) => query.updateTable('users').set({ email_verified_at: 1 }).execute());
  assert.equal((await visit()).location, problemAt('/sign-in', 'provider.unlinked'));
  assert.equal((await users(house)).length, 1);
});

eachDatabase(
  'provider: with the setting, an address that both have verified links, unless there is a second step',
  async (database, t) => {
    const person = { sub: 'x', email: 'Ada@Example.org', email_verified: true };
    const { house, visit, provider, ada } = await openScene(
      { database, t },
      { person, provider: { linksByEmail: true } },
    );
    assert.equal((await visit()).location, problemAt('/sign-in', 'provider.unlinked'), 'ours is not verified');
    await database.transact((query) => query.updateTable('users').set({ email_verified_at: 1 }).execute());
    for (const claim of [false, undefined, 'false', 1]) {
      provider.script.claims = { email_verified: claim };
      assert.equal((await visit()).location, problemAt('/sign-in', 'provider.unlinked'), `theirs is ${claim}`);
    }
    // identity 2.2: 105
    for (const email of ['ad\uff41@example.org', 'ada@example.org/x', 'ada@example.org#x']) {
      provider.script.claims = { email };
      assert.equal((await visit()).location, problemAt('/sign-in', 'provider.unlinked'), `only like it: ${email}`);
    }
    provider.script.claims = {};
    await turnOn(house, ada);
    assert.equal((await visit()).location, problemAt('/sign-in', 'provider.unlinked'), 'a second step');
    await house.app.inject({ method: 'DELETE', url: '/v1/me/factors/totp', headers: ada.bearer });
    const arrived = await visit();
    assert.equal((await sessionOf(house, arrived)).tokens.user.id, ada.tokens.user.id);
    assert.deepEqual(await auditOf(house, ['provider.linked']), ['provider.linked']);
    assert.match((await factorMails(house)).at(-1) ?? '', /same e-mail address/);
  },
);

eachDatabase(
  'provider: linked from the account page, for a recent session that lives, and unlinked',
  async (database, t) => {
    const { house, visit, ada, provider } = await openScene({ database, t }, { registration: 'invitation' });
    const bob = await makePerson(house, ada, 'Bob');
    assert.equal((await visit({ person: ada })).location, `${site}/account#linked=acme`);
    assert.equal((await sessionOf(house, await visit())).tokens.user.id, ada.tokens.user.id);
    assert.equal((await visit({ person: ada })).location, problemAt('/account', 'factor.exists'), 'once a provider');
    provider.script.claims = { sub: 'g-2' };
    assert.equal((await visit({ person: ada })).location, problemAt('/account', 'factor.exists'), 'nor another of it');
    provider.script.claims = {};
    assert.equal((await visit({ person: bob })).location, problemAt('/account', 'factor.exists'), 'one person');
    const listed = await house.app.inject({ url: '/v1/me/factors', headers: ada.bearer });
    assert.deepEqual(listed.json<Factors>().providers, [{ id: 'acme', name: 'Acme', email: 'grace@example.org' }]);
    const unlink = (id = 'acme', person = ada) =>
      house.app.inject({ method: 'DELETE', url: `/v1/me/providers/${id}`, headers: person.bearer });
    assert.equal((await unlink('other')).statusCode, 404);
    assert.equal((await unlink('acme', bob)).statusCode, 404);
    const scheme = (password_scheme: 'none' | 'argon2id') =>
      database.transact((query) => query.updateTable('users').set({ password_scheme }).execute());
    await scheme('none');
    assert.equal((await unlink()).json().code, 'factor.last');
    await scheme('argon2id');
    assert.equal((await unlink()).statusCode, 204);
    assert.deepEqual(await auditOf(house, ['provider.linked', 'provider.unlinked']), [
      'provider.linked',
      'provider.unlinked',
    ]);
    const away = await leave(house, { person: ada });
    provider.script.claims['nonce'] = away.url.searchParams.get('nonce');
    await house.post('/v1/auth/logout', {}, ada.bearer);
    assert.equal(
      (await comeBack(house, away)).location,
      problemAt('/account', 'auth.required'),
      'the session has ended',
    );
    house.tick(900_000);
    await assert.rejects(leave(house, { person: bob }), /auth.reauthentication_required/);
    assert.equal((await unlink('acme', bob)).json().code, 'auth.reauthentication_required');
  },
);

eachDatabase('provider: with the setting, a second step is asked for here too', async (database, t) => {
  const { house, visit, ada } = await openScene({ database, t }, { provider: { asksSecondFactor: true } });
  assert.equal((await visit({ person: ada })).location, `${site}/account#linked=acme`);
  const { secret } = await turnOn(house, ada);
  const arrived = await visit();
  assert.equal(arrived.cookies.length, 1, 'no session yet');
  const fragment = new URLSearchParams(new URL(arrived.location).hash.slice(1));
  assert.deepEqual([fragment.get('methods'), fragment.get('expiresIn')], ['totp recovery_code', '300']);
  const code = { ticket: fragment.get('ticket'), method: 'totp', code: codeOf(house, secret) };
  assert.equal((await house.post('/v1/auth/second-factor', code)).statusCode, 200);
  const last = await database.read.selectFrom('sessions').select('methods').orderBy('id', 'desc').executeTakeFirst();
  assert.equal(last?.methods, 'fed otp');
});

eachDatabase('provider: a disabled account stays shut', async (database, t) => {
  const { house, visit } = await openScene({ database, t });
  await visit();
  await database.transact((query) =>
    query.updateTable('users').set({ disabled_at: 1 }).where('email', '=', 'grace@example.org').execute(),
  );
  assert.equal((await visit()).location, problemAt('/sign-in', 'provider.unlinked'));
  assert.equal((await users(house)).length, 2);
});

eachDatabase(
  'provider callback: it speaks for the browser that left, once, and sends it to our own pages only',
  async (database, t) => {
    const { house, provider } = await openScene({ database, t });
    const away = await leave(house);
    const other = await leave(house);
    provider.script.claims = { nonce: away.url.searchParams.get('nonce') };
    const dead = problemAt('/sign-in', 'auth.challenge_invalid');
    const state = other.url.searchParams.get('state') ?? '';
    for (const [name, changes] of Object.entries<Parameters<typeof comeBack>[2]>({
      'no state': { query: { state: undefined } },
      'empty state': { query: { state: '' } },
      'state of another visit': { query: { state } },
      'no cookie: a callback from elsewhere': { cookie: undefined },
      'cookie of another visit': { cookie: other.cookie },
      'two cookies': { cookie: `${away.cookie}; ${other.cookie}` },
      'cookie that is none': { cookie: '__Host-oidc=x' },
      'cookie under the name for http': { cookie: away.cookie.replace('__Host-', '') },
    }))
      assert.equal((await comeBack(house, away, changes)).location, dead, name);
    assert.equal(provider.forms.length, 0, 'no code was traded');
    // Foreign callbacks have not ended the visit.
    const query = { returnTo: 'https://evil.example', redirect_uri: 'https://evil.example', next: '//evil.example' };
    const good = await comeBack(house, away, { query });
    assert.equal(good.location, `${site}/`);
    assert.equal((await comeBack(house, away)).location, dead, 'a second time, with the same code');
    assert.equal(provider.forms.length, 1);
    house.tick(600_000);
    assert.equal((await comeBack(house, other)).location, dead, 'ten minutes later');
    const head = await house.app.inject({ method: 'HEAD', url: '/v1/auth/providers/acme/callback' });
    assert.equal(head.statusCode, 405);
  },
);

eachDatabase('provider callback: what the provider did not say for this visit opens nothing', async (database, t) => {
  const { house, provider } = await openScene({ database, t });
  const now = Math.floor(Date.now() / 1_000);
  const failed = problemAt('/sign-in', 'provider.failed');
  const cases: [
    string,
    { claims?: Record<string, unknown>; query?: Record<string, string | undefined>; stranger?: boolean },
  ][] = [
    ['nonce of another visit', { claims: { nonce: 'n' } }],
    ['no nonce', { claims: { nonce: undefined } }],
    ['ID token of another issuer', { claims: { iss: 'https://other.example' } }],
    ['ID token for another client', { claims: { aud: 'other' } }],
    ['ID token for two, presented by the other', { claims: { aud: ['parley', 'other'], azp: 'other' } }],
    ['expired', { claims: { exp: now - 31 } }],
    ['no end', { claims: { exp: undefined } }],
    ['no subject', { claims: { sub: undefined } }],
    ['signed by a stranger', { stranger: true }],
    ['mix-up: the answer names another issuer', { query: { iss: 'https://other.example' } }],
    ['mix-up: the answer names none, though this provider does', { query: { iss: undefined } }],
    ['the provider says that it failed', { query: { error: 'server_error', code: undefined } }],
    ['no code', { query: { code: undefined } }],
  ];
  for (const [name, { claims = {}, query = {}, stranger = false }] of cases) {
    const away = await leave(house);
    provider.script.claims = { nonce: away.url.searchParams.get('nonce'), ...claims };
    provider.script.signsWithStranger = stranger;
    const arrived = await comeBack(house, away, { query });
    assert.equal(arrived.location, failed, name);
    assert.equal(arrived.cookies.length, 1, `${name}: no session`);
  }
  assert.equal((await users(house)).length, 1);
});

eachDatabase('provider callback: a visit to one provider does not come back from another', async (database, t) => {
  const evil = await startScriptedProvider({ ...grace, sub: 'evil' });
  t.after(() => evil.close());
  const good = await startScriptedProvider(grace);
  t.after(() => good.close());
  const providers = [providerOf(good.issuer), providerOf(evil.issuer, { id: 'evil' })];
  const house = await openHouse(database, { config: { providers, registration: 'open' } });
  await makeAdmin(house);
  const away = await leave(house);
  evil.script.claims = { nonce: away.url.searchParams.get('nonce') };
  const arrived = await comeBack(house, away, { id: 'evil', query: { iss: evil.issuer } });
  assert.equal(arrived.location, problemAt('/sign-in', 'auth.challenge_invalid'));
  assert.deepEqual([good.forms.length, evil.forms.length], [0, 0], 'no code reached anybody');
});

// identity 2.2: 71
eachDatabase('an ID token of a provider is no access token', async (database, t) => {
  const { house, visit, provider } = await openScene({ database, t });
  await visit();
  const headers = { authorization: `Bearer ${provider.lastIdToken()}` };
  const answer = await house.app.inject({ url: '/v1/me', headers });
  assert.deepEqual([answer.statusCode, answer.json().code], [401, 'auth.invalid_token']);
});

// identity 2.2: 69, of the kinds of this room: each is looked up among its own
eachDatabase('tickets, ceremonies and visits are not taken for each other, nor for a token', async (database, t) => {
  const { house, ada, provider } = await openScene({ database, t });
  const { secret } = await turnOn(house, ada);
  const login = await house.post('/v1/auth/login', { email: 'ada@example.org', password: 'correct horse battery' });
  const { ticket } = login.json().secondFactor;
  const ceremony = (await house.post('/v1/auth/passkey/options', {})).json<{ challengeId: string }>().challengeId;
  const away = await leave(house);
  const visit = away.cookie.split('=')[1] ?? '';
  for (const foreign of [ceremony, visit, ada.tokens.refreshToken ?? ''])
    assert.equal(
      (await house.post('/v1/auth/second-factor', { ticket: foreign, method: 'totp', code: codeOf(house, secret) }))
        .statusCode,
      401,
    );
  const response = { id: 'a', rawId: 'a' };
  for (const foreign of [ticket, visit])
    assert.equal((await house.post('/v1/auth/passkey', { challengeId: foreign, response })).statusCode, 401);
  for (const foreign of [ticket, ceremony, visit]) {
    const headers = { authorization: `Bearer ${foreign}` };
    assert.equal((await house.app.inject({ url: '/v1/me', headers })).statusCode, 401);
    assert.equal((await house.post('/v1/auth/refresh', { refreshToken: foreign })).statusCode, 401);
  }
  assert.equal(provider.forms.length, 0);
});
