// Proves that text which databases cannot keep, or which would lie in a mail, is refused at the door and breaks nothing.
import assert from 'node:assert/strict';
import { eachDatabase } from '../db/testing/each-database.ts';
import { makeAdmin, openHouse } from './testing/house.ts';

// identity 2.2: 102, 131
eachDatabase('identity: no text of a request ends in a 5xx or in a line of its own', async (database) => {
  const house = await openHouse(database);
  const { bearer } = await makeAdmin(house);
  const get = async (url: string) => (await house.app.inject({ url, headers: bearer })).statusCode;
  const zero = Buffer.from('\0').toString('base64url');
  const broken = Buffer.from([0xff, 0xfe]).toString('base64url');
  for (const url of [
    '/v1/admin/users?search=%00',
    `/v1/admin/users?after=${zero}`,
    `/v1/admin/users?after=${broken}`,
    `/v1/users?after=${zero}`,
    `/v1/users?after=${broken}`,
    `/v1/admin/audit?after=${zero}`,
    `/v1/admin/mails?after=${zero}`,
    '/v1/admin/users?search=%25_%5C%27',
  ])
    assert.ok((await get(url)) < 500, url);
  for (const id of ['%00', '%ed%a0%80', '%27', '..%2f']) {
    const url = `/v1/me/passkeys/${id}`;
    const removed = await house.app.inject({ method: 'DELETE', url, headers: bearer });
    assert.ok(removed.statusCode < 500, url);
  }
  for (const name of ['a\0b', 'a\ud800', 'a\nSign in at https://evil.example', 'a\u202eb', 'a\u2028b', '\u001b[31m']) {
    const key = await house.post('/v1/me/api-keys', { name, scopes: ['account:read'] }, bearer);
    assert.equal(key.statusCode, 400, JSON.stringify(name));
    const passkey = await house.post('/v1/me/passkeys', { challengeId: 'x', name, response: {} }, bearer);
    assert.equal(passkey.statusCode, 400, JSON.stringify(name));
  }
  for (const body of [
    { email: 'a\0b@example.org', password: 'a\0b' },
    { email: 'a\ud800b@example.org', password: '\ud800' },
    { email: 'x'.repeat(1_000), password: 'x' },
  ])
    assert.ok((await house.post('/v1/auth/login', body)).statusCode < 500, JSON.stringify(body).slice(0, 40));
});
