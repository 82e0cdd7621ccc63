// Checks passkey ceremonies through the door with an authenticator in software, and what must not pass.
import assert from 'node:assert/strict';
import type { Factors, Passkey, PasskeyOptions, SecondFactorRequired } from '@parley/contract';
import type { LightMyRequestResponse } from 'fastify';
import { eachDatabase } from '../../db/testing/each-database.ts';
import { makeAdmin, makePerson, openHouse, personOf, type House, type Person } from '../testing/house.ts';
import { createPasskey, type CeremonyOptions, type SoftwarePasskey, type Tampering } from './testing/authenticator.ts';
import { auditOf, codeOf, factorMails, turnOn } from './testing/second-step.ts';

const origin = 'https://parley.example';
const credentials = { email: 'ada@example.org', password: 'correct horse battery', client: 'native' };

const optionsOf = (answer: LightMyRequestResponse) => {
  const { challengeId, options } = answer.json<PasskeyOptions>();
  return { challengeId, options: options as unknown as CeremonyOptions & Record<string, unknown> };
};

async function add(house: House, person: Person, passkey: SoftwarePasskey, tampering: Tampering = {}) {
  const { challengeId, options } = optionsOf(await house.post('/v1/me/passkeys/options', {}, person.bearer));
  const response = passkey.create(options, tampering);
  return house.post('/v1/me/passkeys', { challengeId, name: 'Laptop', response }, person.bearer);
}

async function signIn(house: House, passkey: SoftwarePasskey, tampering: Tampering = {}, ticket?: string) {
  const wanted = ticket === undefined ? {} : { ticket };
  const { challengeId, options } = optionsOf(await house.post('/v1/auth/passkey/options', wanted));
  const response = passkey.get(options, tampering);
  return house.post('/v1/auth/passkey', { challengeId, response, client: 'native' });
}

const codes = (answer: LightMyRequestResponse): [number, string] => [answer.statusCode, answer.json().code];
const methodsOf = async (house: House) =>
  (await house.database.read.selectFrom('sessions').select('methods').orderBy('id', 'desc').executeTakeFirst())
    ?.methods;

eachDatabase('passkey: made once, it signs in without a password', async (database) => {
  const house = await openHouse(database);
  const ada = await makeAdmin(house);
  const passkey = createPasskey(origin);
  const made = await add(house, ada, passkey);
  assert.equal(made.statusCode, 201, made.body);
  assert.deepEqual(
    { ...made.json<Passkey>(), id: '', createdAt: '' },
    {
      id: '',
      name: 'Laptop',
      createdAt: '',
      lastUsedAt: null,
      isBackedUp: false,
    },
  );
  const signedIn = await signIn(house, passkey);
  assert.equal(signedIn.statusCode, 200, signedIn.body);
  assert.equal(personOf(signedIn).tokens.user.email, 'ada@example.org');
  assert.equal(await methodsOf(house), 'hwk');
  assert.ok(
    (await house.post('/v1/auth/login', credentials)).json().accessToken,
    'a passkey alone adds no second step',
  );
  assert.deepEqual(await auditOf(house, ['factor.added', 'login.succeeded']), [
    'factor.added',
    'login.succeeded',
    'login.succeeded',
  ]);
  assert.deepEqual(await factorMails(house), ['A passkey was added to your account: Laptop.']);
});

eachDatabase('passkey options: what a ceremony asks for, and nothing about who there is', async (database) => {
  const house = await openHouse(database);
  const ada = await makeAdmin(house);
  const passkey = createPasskey(origin);
  await add(house, ada, passkey);
  const registration = optionsOf(await house.post('/v1/me/passkeys/options', {}, ada.bearer)).options;
  assert.deepEqual(registration['excludeCredentials'], [
    { id: passkey.id, transports: ['internal'], type: 'public-key' },
  ]);
  assert.deepEqual(registration['authenticatorSelection'], {
    residentKey: 'required',
    requireResidentKey: true,
    userVerification: 'required',
  });
  assert.equal(registration['attestation'], 'none');
  assert.equal(Buffer.from(registration.challenge, 'base64url').length, 32);
  const { options } = optionsOf(await house.post('/v1/auth/passkey/options', {}));
  assert.deepEqual(
    [options['allowCredentials'], options['userVerification'], options.rpId],
    [[], 'required', 'parley.example'],
  );
});

eachDatabase('passkey registration: what does not fit is refused, and the challenge is spent', async (database) => {
  const house = await openHouse(database, {
    config: { allowedOrigins: ['https://app.parley.example', 'https://evil.example', 'https://notparley.example'] },
  });
  const ada = await makeAdmin(house);
  const passkey = createPasskey(origin);
  const { challengeId, options } = optionsOf(await house.post('/v1/me/passkeys/options', {}, ada.bearer));
  const attested = { format: 'packed', statement: Buffer.from('a163783563814101', 'hex') };
  for (const [name, tampering] of Object.entries<Tampering>({
    'foreign page': { origin: 'https://evil.example' },
    'sibling that looks alike': { origin: 'https://notparley.example' },
    'plain http': { origin: 'http://parley.example' },
    'other site': { rpId: 'evil.example' },
    'other challenge': { challenge: Buffer.alloc(32).toString('base64url') },
    'sign-in as registration': { type: 'webauthn.get' },
    'not verified': { isVerified: false },
    'attestation with certificates': { attestation: attested },
    'unknown attestation': { attestation: { format: 'other', statement: Buffer.from([0xa0]) } },
    'broken attestation': { attestation: { format: 'none', statement: Buffer.from([0xff]) } },
  }))
    assert.deepEqual(codes(await add(house, ada, passkey, tampering)), [400, 'passkey.invalid'], name);
  for (const response of [
    { id: 'a', rawId: 'a' },
    { ...passkey.create(options), id: 'b' },
    { ...passkey.create(options), response: 1 },
  ]) {
    const fresh = optionsOf(await house.post('/v1/me/passkeys/options', {}, ada.bearer));
    const answer = await house.post(
      '/v1/me/passkeys',
      { challengeId: fresh.challengeId, name: 'x', response },
      ada.bearer,
    );
    assert.deepEqual(codes(answer), [400, 'passkey.invalid']);
  }
  const bob = await makePerson(house, ada, 'Bob');
  const response = passkey.create(options);
  const stolen = await house.post('/v1/me/passkeys', { challengeId, name: 'x', response }, bob.bearer);
  assert.deepEqual(codes(stolen), [401, 'auth.challenge_invalid'], 'the challenge of somebody else');
  const again = await house.post('/v1/me/passkeys', { challengeId, name: 'x', response }, ada.bearer);
  assert.deepEqual(codes(again), [401, 'auth.challenge_invalid'], 'spent');
  assert.equal(
    (await add(house, ada, createPasskey('https://app.parley.example'))).statusCode,
    201,
    'a page below the site',
  );
  const late = optionsOf(await house.post('/v1/me/passkeys/options', {}, ada.bearer));
  house.tick(300_000);
  const body = { challengeId: late.challengeId, name: 'x', response: passkey.create(late.options) };
  assert.deepEqual(codes(await house.post('/v1/me/passkeys', body, ada.bearer)), [401, 'auth.challenge_invalid']);
});

eachDatabase('passkey sign-in: what does not fit is refused in one way', async (database) => {
  const house = await openHouse(database);
  const ada = await makeAdmin(house);
  const bob = await makePerson(house, ada, 'Bob');
  const passkey = createPasskey(origin);
  await add(house, ada, passkey);
  const bobs = createPasskey(origin);
  await add(house, bob, bobs);
  const handleOf = (person: Person) => Buffer.from(person.tokens.user.id).toString('base64url');
  for (const [name, tampering] of Object.entries<Tampering>({
    'foreign page': { origin: 'https://evil.example' },
    'other site': { rpId: 'evil.example' },
    'other challenge': { challenge: Buffer.alloc(32).toString('base64url') },
    'registration as sign-in': { type: 'webauthn.create' },
    'not verified, though the only factor': { isVerified: false },
    'no name of the person': { userHandle: undefined },
    'name of somebody else': { userHandle: handleOf(bob) },
  }))
    assert.deepEqual(codes(await signIn(house, passkey, tampering)), [400, 'passkey.invalid'], name);
  assert.deepEqual(codes(await signIn(house, createPasskey(origin))), [400, 'passkey.invalid'], 'unknown');
  const { challengeId, options } = optionsOf(await house.post('/v1/auth/passkey/options', {}));
  const forged = { ...bobs.get(options), id: passkey.id, rawId: passkey.id };
  const foreign = await house.post('/v1/auth/passkey', { challengeId, response: forged });
  assert.deepEqual(codes(foreign), [400, 'passkey.invalid'], 'signed by another key');
  const replayed = await house.post('/v1/auth/passkey', { challengeId, response: passkey.get(options) });
  assert.deepEqual(codes(replayed), [401, 'auth.challenge_invalid'], 'a challenge is good once');
  await database.transact((query) => query.updateTable('users').set({ disabled_at: 1 }).execute());
  assert.deepEqual(codes(await signIn(house, passkey)), [400, 'passkey.invalid'], 'disabled');
});

eachDatabase('passkey sign-in: a counter that does not grow is refused and audited', async (database) => {
  const house = await openHouse(database);
  const ada = await makeAdmin(house);
  const passkey = createPasskey(origin);
  await add(house, ada, passkey);
  assert.equal((await signIn(house, passkey, { counter: 7 })).statusCode, 200);
  for (const counter of [7, 6, 1, 0])
    assert.deepEqual(codes(await signIn(house, passkey, { counter })), [400, 'passkey.invalid'], String(counter));
  assert.deepEqual(
    await auditOf(house, ['factor.failed']),
    Array.from({ length: 4 }, () => 'factor.failed(counter)'),
  );
  assert.equal((await signIn(house, passkey, { counter: 8 })).statusCode, 200);
  const without = createPasskey(origin);
  await add(house, ada, without);
  for (let use = 0; use < 3; use++)
    assert.equal((await signIn(house, without, { counter: 0 })).statusCode, 200, 'an authenticator without a counter');
});

eachDatabase('passkey as second factor: of the ticket’s person only, once, without verification', async (database) => {
  const house = await openHouse(database);
  const ada = await makeAdmin(house);
  const bob = await makePerson(house, ada, 'Bob');
  const [passkey, bobs] = [createPasskey(origin), createPasskey(origin)];
  await add(house, ada, passkey);
  await add(house, bob, bobs);
  const { secret } = await turnOn(house, ada);
  const login = async () => (await house.post('/v1/auth/login', credentials)).json<SecondFactorRequired>().secondFactor;
  const { ticket, methods } = await login();
  assert.deepEqual(methods, ['totp', 'passkey', 'recovery_code']);
  const { options } = optionsOf(await house.post('/v1/auth/passkey/options', { ticket }));
  assert.deepEqual(options['allowCredentials'], [{ id: passkey.id, transports: ['internal'], type: 'public-key' }]);
  assert.deepEqual(codes(await signIn(house, bobs, {}, ticket)), [400, 'passkey.invalid'], 'of somebody else');
  const passed = await signIn(house, passkey, { isVerified: false, userHandle: undefined }, ticket);
  assert.equal(passed.statusCode, 200, passed.body);
  assert.equal(await methodsOf(house), 'pwd hwk');
  assert.deepEqual(codes(await house.post('/v1/auth/passkey/options', { ticket })), [401, 'auth.challenge_invalid']);
  const second = await login();
  const begun = optionsOf(await house.post('/v1/auth/passkey/options', { ticket: second.ticket }));
  const code = { ticket: second.ticket, method: 'totp', code: codeOf(house, secret) };
  assert.equal((await house.post('/v1/auth/second-factor', code)).statusCode, 200);
  const response = passkey.get(begun.options);
  const late = await house.post('/v1/auth/passkey', { challengeId: begun.challengeId, response });
  assert.deepEqual(codes(late), [401, 'auth.challenge_invalid'], 'the ticket was used meanwhile');
});

eachDatabase('passkeys: named, listed and removed by their person; the last way in stays', async (database) => {
  const house = await openHouse(database);
  const ada = await makeAdmin(house);
  const bob = await makePerson(house, ada, 'Bob');
  const passkey = createPasskey(origin);
  const { id } = (await add(house, ada, passkey)).json<Passkey>();
  const call = (method: 'PATCH' | 'DELETE', person: Person, payload?: object, of = id) =>
    house.app.inject({ method, url: `/v1/me/passkeys/${of}`, headers: person.bearer, ...(payload && { payload }) });
  assert.equal((await call('PATCH', bob, { name: 'Mine' })).statusCode, 404);
  assert.equal((await call('DELETE', bob)).statusCode, 404);
  assert.equal((await call('PATCH', ada, { name: '  Key  ' })).json().name, 'Key');
  assert.deepEqual(codes(await add(house, bob, passkey)), [409, 'factor.exists'], 'a credential has one person');
  const second = (await add(house, ada, createPasskey(origin))).json<Passkey>();
  await database.transact((query) => query.updateTable('users').set({ password_scheme: 'none' }).execute());
  assert.equal((await call('DELETE', ada, undefined, second.id)).statusCode, 204);
  assert.deepEqual(codes(await call('DELETE', ada)), [409, 'factor.last']);
  await database.transact((query) => query.updateTable('users').set({ password_scheme: 'argon2id' }).execute());
  await house.post('/v1/me/factors/recovery-codes', {}, ada.bearer);
  const asked = (await house.post('/v1/auth/login', credentials)).json<SecondFactorRequired>();
  assert.deepEqual(asked.secondFactor.methods, ['passkey', 'recovery_code'], 'recovery codes turn the second step on');
  assert.equal((await call('DELETE', ada)).statusCode, 204);
  const listed = await house.app.inject({ url: '/v1/me/factors', headers: ada.bearer });
  assert.deepEqual(listed.json<Factors>(), {
    hasPassword: true,
    totp: null,
    recoveryCodesLeft: 0,
    passkeys: [],
    providers: [],
  });
  assert.deepEqual(codes(await signIn(house, passkey)), [400, 'passkey.invalid']);
});

eachDatabase('passkeys: a person has at most 20, also when two come at once', async (database) => {
  const house = await openHouse(database);
  const ada = await makeAdmin(house);
  for (let count = 0; count < 19; count++) assert.equal((await add(house, ada, createPasskey(origin))).statusCode, 201);
  const begun: ReturnType<typeof optionsOf>[] = [];
  for (let count = 0; count < 3; count++)
    begun.push(optionsOf(await house.post('/v1/me/passkeys/options', {}, ada.bearer)));
  const answers = await Promise.all(
    begun.map(({ challengeId, options }) => {
      const response = createPasskey(origin).create(options);
      return house.post('/v1/me/passkeys', { challengeId, name: 'Laptop', response }, ada.bearer);
    }),
  );
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b),
    [201, 409, 409],
  );
  assert.deepEqual(codes(await house.post('/v1/me/passkeys/options', {}, ada.bearer)), [409, 'factor.exists']);
});
