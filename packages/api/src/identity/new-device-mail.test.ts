// Checks who is told of a sign-in on a new device, and who is not.
import assert from 'node:assert/strict';
import { eachDatabase } from '../db/testing/each-database.ts';
import { makeAdmin, openHouse, type House } from './testing/house.ts';
import { mailsOf } from './testing/mailbox.ts';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

const logIn = (house: House, headers: Record<string, string> = {}) =>
  house.post(
    '/v1/auth/login',
    { email: 'ada@example.org', password: 'correct horse battery', client: 'native' },
    { 'user-agent': firefox, ...headers },
  );
const newDeviceMails = async (house: House) =>
  (await mailsOf(house)).filter(({ template }) => template === 'new_device');

eachDatabase('new device: mailed for strange devices only, and its link ends every session', async (database) => {
  const house = await openHouse(database);
  await makeAdmin(house);
  assert.deepEqual(await newDeviceMails(house), [], 'the first sign-in is no news');
  const answer = await logIn(house);
  const [mail, ...others] = await newDeviceMails(house);
  assert.deepEqual(
    [mail?.to, mail?.data['device'], mail?.data['source'], others.length],
    ['ada@example.org', 'Firefox on Linux', '127.0.0.1', 0],
  );
  const device = String(answer.headers['x-parley-device']);
  assert.equal((await logIn(house, { 'x-parley-device': device })).statusCode, 200);
  assert.equal((await newDeviceMails(house)).length, 1, 'it is known now');
  assert.equal((await house.post('/v1/auth/not-me', { token: mail?.token ?? '' })).statusCode, 204);
  const headers = { authorization: `Bearer ${answer.json().accessToken}` };
  assert.equal((await house.app.inject({ url: '/v1/me', headers })).statusCode, 401);
});

eachDatabase('new device: three mails an hour at most, none without a mail server', async (database) => {
  const house = await openHouse(database);
  await makeAdmin(house);
  for (let count = 0; count < 5; count++) assert.equal((await logIn(house)).statusCode, 200);
  assert.equal((await newDeviceMails(house)).length, 3);
  house.tick(3_600_000);
  await logIn(house);
  assert.equal((await newDeviceMails(house)).length, 4);
  const silent = await openHouse(database, { mail: false });
  silent.tick(7_200_000);
  await logIn(silent);
  assert.equal((await newDeviceMails(silent)).length, 4);
});

eachDatabase('new device: an account whose sessions are long gone is told', async (database) => {
  const house = await openHouse(database);
  await makeAdmin(house);
  house.tick(40 * 86_400_000);
  await house.identity.sweep();
  assert.deepEqual(await database.read.selectFrom('sessions').select('id').execute(), []);
  await logIn(house);
  assert.equal((await newDeviceMails(house)).length, 1);
});
