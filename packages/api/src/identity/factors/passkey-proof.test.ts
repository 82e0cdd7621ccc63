// Checks that a passkey proves again who somebody is, in the session that asked, and that nothing else passes for it.
import assert from 'node:assert/strict';
import type { PasskeyOptions } from '@parley/contract';
import type { LightMyRequestResponse } from 'fastify';
import { eachDatabase } from '../../db/testing/each-database.ts';
import { makeAdmin, makePerson, openHouse, personOf, type House, type Person } from '../testing/house.ts';
import { createPasskey, type CeremonyOptions, type SoftwarePasskey } from './testing/authenticator.ts';
import { auditOf } from './testing/second-step.ts';

const origin = 'https://parley.example';
const credentials = { email: 'ada@example.org', password: 'correct horse battery', client: 'native' };
const codes = (answer: LightMyRequestResponse): [number, string] => [answer.statusCode, answer.json().code];

const optionsOf = (answer: LightMyRequestResponse) => {
  assert.equal(answer.statusCode, 200, answer.body);
  const { challengeId, options } = answer.json<PasskeyOptions>();
  return { challengeId, options: options as unknown as CeremonyOptions & Record<string, unknown> };
};

async function add(house: House, person: Person, passkey: SoftwarePasskey): Promise<void> {
  const { challengeId, options } = optionsOf(await house.post('/v1/me/passkeys/options', {}, person.bearer));
  const made = { challengeId, name: 'Laptop', response: passkey.create(options) };
  assert.equal((await house.post('/v1/me/passkeys', made, person.bearer)).statusCode, 201);
}

const begin = async (house: House, person: Person) =>
  optionsOf(await house.post('/v1/auth/reauthenticate/options', {}, person.bearer));
const present = (house: House, person: Person, body: object) =>
  house.post('/v1/auth/reauthenticate', body, person.bearer);
const isFresh = async (house: House, person: Person): Promise<boolean> =>
  (await house.post('/v1/me/passkeys/options', {}, person.bearer)).statusCode === 200;

/** Lets a quarter of an hour pass: the session lives on, and counts as fresh no more. */
async function grow(house: House, person: Person): Promise<Person> {
  house.tick(15 * 60_000);
  const older = personOf(await house.post('/v1/auth/refresh', { refreshToken: person.tokens.refreshToken }));
  assert.equal(await isFresh(house, older), false);
  return older;
}

eachDatabase('reauthenticate: a passkey makes the session fresh, once a challenge', async (database) => {
  const house = await openHouse(database);
  const passkey = createPasskey(origin);
  const young = await makeAdmin(house);
  await add(house, young, passkey);
  const ada = await grow(house, young);
  const { challengeId, options } = await begin(house, ada);
  assert.deepEqual(options['allowCredentials'], [{ id: passkey.id, transports: ['internal'], type: 'public-key' }]);
  assert.equal(options['userVerification'], 'required');
  const response = passkey.get(options);
  assert.equal((await present(house, ada, { challengeId, response })).statusCode, 204);
  assert.equal(await isFresh(house, ada), true);
  assert.deepEqual(codes(await present(house, ada, { challengeId, response })), [401, 'auth.challenge_invalid']);
  const again = await begin(house, ada);
  const copied = { challengeId: again.challengeId, response: passkey.get(again.options, { counter: 1 }) };
  assert.deepEqual(codes(await present(house, ada, copied)), [400, 'passkey.invalid'], 'a counter that did not grow');
  assert.deepEqual(await auditOf(house, ['login.succeeded', 'factor.failed']), [
    'login.succeeded',
    'factor.failed(counter)',
  ]);
});

eachDatabase('reauthenticate: no passkey, no options', async (database) => {
  const house = await openHouse(database);
  const ada = await makeAdmin(house);
  assert.deepEqual(codes(await house.post('/v1/auth/reauthenticate/options', {}, ada.bearer)), [404, 'not_found']);
});

eachDatabase('reauthenticate: refuses wrong answers, other people and other sessions', async (database) => {
  const house = await openHouse(database);
  const [passkey, bobs] = [createPasskey(origin), createPasskey(origin)];
  const young = await makeAdmin(house);
  const bob = await makePerson(house, young, 'Bob');
  await add(house, young, passkey);
  await add(house, bob, bobs);
  const other = personOf(await house.post('/v1/auth/login', credentials));
  const ada = await grow(house, young);
  const answered = async (key: SoftwarePasskey, tampering = {}, as = ada) => {
    const { challengeId, options } = await begin(house, ada);
    return present(house, as, { challengeId, response: key.get(options, tampering) });
  };
  const invalid = [400, 'passkey.invalid'];
  const dead = [401, 'auth.challenge_invalid'];
  assert.deepEqual(codes(await answered(bobs)), invalid, 'a passkey of somebody else');
  assert.deepEqual(codes(await answered(createPasskey(origin))), invalid, 'a passkey that nobody has');
  assert.deepEqual(codes(await answered(passkey, { isVerified: false })), invalid, 'nobody looked who it was');
  assert.deepEqual(codes(await answered(passkey, { origin: 'https://evil.example' })), invalid);
  assert.deepEqual(codes(await answered(passkey, { challenge: 'b3RoZXI' })), invalid);
  const elsewhere = personOf(await house.post('/v1/auth/refresh', { refreshToken: other.tokens.refreshToken }));
  assert.deepEqual(codes(await answered(passkey, {}, elsewhere)), dead, 'another session of the same person');
  const signIn = optionsOf(await house.post('/v1/auth/passkey/options', {}));
  const crossed = { challengeId: signIn.challengeId, response: passkey.get(signIn.options) };
  assert.deepEqual(codes(await present(house, ada, crossed)), dead, 'a challenge that was for signing in');
  const proof = await begin(house, ada);
  const opened = { challengeId: proof.challengeId, response: passkey.get(proof.options), client: 'native' };
  assert.deepEqual(codes(await house.post('/v1/auth/passkey', opened)), dead, 'a proof opens no session');
  assert.equal(await isFresh(house, ada), false);
});
