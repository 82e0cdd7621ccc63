// Proves the life of keys of programs through the door: making, using, narrowing, rotating, ending.
import assert from 'node:assert/strict';
import type { ApiKeyCreated, OwnRights } from '@parley/contract';
import { eachDatabase } from '../db/testing/each-database.ts';
import { printApiKey } from './api-key-format.ts';
import { makeAdmin, makePerson, openHouse, type House, type Person } from './testing/house.ts';

const HOUR = 3_600_000;

async function makeKey(house: House, person: Person, scopes: string[]): Promise<ApiKeyCreated> {
  const made = await house.post('/v1/me/api-keys', { name: 'CI', scopes }, person.bearer);
  assert.equal(made.statusCode, 201, made.body);
  return made.json<ApiKeyCreated>();
}

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const get = (house: House, secret: string, url = '/v1/me/rights') => house.app.inject({ url, headers: bearer(secret) });

async function rightsOf(house: House, secret: string): Promise<string[]> {
  return (await get(house, secret)).json<OwnRights>().rights;
}

/** Waits until what is noted in the background is stored. */
async function settled(house: House, name: string): Promise<{ key_id: string | null }[]> {
  const deadline = AbortSignal.timeout(10_000);
  for (;;) {
    const query = house.database.read.selectFrom('audit_events').select('key_id').where('name', '=', name);
    const rows = await query.execute();
    if (rows.length > 0) return rows;
    deadline.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

eachDatabase(
  'keys: made by who proved recently who they are, never wider than their maker, told by mail',
  async (db) => {
    const house = await openHouse(db);
    const admin = await makeAdmin(house);
    const bob = await makePerson(house, admin, 'Bob');
    const wide = await house.post('/v1/me/api-keys', { name: 'x', scopes: ['rooms:read', 'audit:read'] }, bob.bearer);
    assert.equal(wide.json().code, 'scope.too_wide');
    const never = await house.post('/v1/me/api-keys', { name: 'x', scopes: ['users:manage'] }, admin.bearer);
    assert.equal(never.json().code, 'request.invalid');
    const { key, secret } = await makeKey(house, bob, ['account:read', 'rooms:read', 'rooms:read']);
    assert.deepEqual(key.scopes, ['account:read', 'rooms:read']);
    assert.equal(Date.parse(key.expiresAt) - Date.parse(key.createdAt), 90 * 24 * HOUR);
    assert.match(secret, /^prk_live_[0-9a-f]{32}_[0-9a-f]{64}_[0-9a-f]{8}$/);
    const rows = await db.read.selectFrom('api_keys').select(['secret_hash']).execute();
    assert.ok(rows.every((row) => !secret.includes(row.secret_hash) && row.secret_hash.length === 43));
    const mails = await db.read.selectFrom('mails').select(['template', 'recipient', 'data']).execute();
    const mail = mails.find(({ template }) => template === 'api_key_created');
    assert.equal(mail?.recipient, 'bob@example.org');
    assert.ok(!JSON.stringify(mails).includes('prk_'));
    assert.equal((await settled(house, 'apikey.created'))[0]?.key_id, key.id);
    await db.transact((query) =>
      query
        .updateTable('sessions')
        .set({ authenticated_at: house.now() - 900_000 })
        .execute(),
    );
    const stale = await house.post('/v1/me/api-keys', { name: 'x', scopes: ['rooms:read'] }, bob.bearer);
    assert.equal(stale.json().code, 'auth.reauthentication_required');
    const rotated = await house.post(`/v1/me/api-keys/${key.id}/rotate`, {}, bob.bearer);
    assert.equal(rotated.json().code, 'auth.reauthentication_required');
  },
);

// identity 2.2: 127
eachDatabase('keys: open what their scopes say and nothing else, in the header only', async (db) => {
  const house = await openHouse(db);
  const admin = await makeAdmin(house);
  const { key, secret } = await makeKey(house, admin, ['account:read', 'users:read']);
  assert.deepEqual((await get(house, secret)).json(), {
    role: 'admin',
    scopes: ['account:read', 'users:read'],
    rights: ['account:read', 'users:read'],
  });
  assert.equal((await get(house, secret, '/v1/users')).statusCode, 200);
  for (const url of ['/v1/me/api-keys', '/v1/admin/users'])
    assert.equal((await get(house, secret, url)).json().code, 'auth.forbidden', url);
  assert.equal((await house.post('/v1/invitations', {}, bearer(secret))).json().code, 'auth.forbidden');
  assert.equal((await house.app.inject(`/v1/me?access_token=${secret}&api_key=${secret}`)).statusCode, 401);
  assert.equal((await house.app.inject({ url: '/v1/me', headers: { 'x-api-key': secret } })).statusCode, 401);
  // identity 2.2: 69
  const refresh = await house.post('/v1/auth/refresh', { refreshToken: secret });
  assert.equal(refresh.json().code, 'auth.invalid_grant');
  assert.equal((await house.post('/v1/auth/logout', {}, bearer(secret))).statusCode, 401);
  const other = printApiKey({ environment: 'live', id: key.id, secret: 'f'.repeat(64) });
  const unknown = printApiKey({ environment: 'live', id: admin.tokens.user.id, secret: 'f'.repeat(64) });
  const elsewhere = printApiKey({ environment: 'test', id: key.id, secret: secret.slice(-73, -9) });
  const typo = `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`;
  const bodies = new Set<string>();
  for (const wrong of [other, unknown, elsewhere, typo, 'prk_', 'prk_live_x']) {
    const answer = await get(house, wrong);
    assert.equal(answer.statusCode, 401, wrong);
    bodies.add(answer.body.replace(answer.json().requestId, ''));
  }
  assert.equal(bodies.size, 1);
  assert.equal((await settled(house, 'apikey.used_first'))[0]?.key_id, key.id);
  assert.ok(!house.text().includes('prk_live'));
});

// identity 2.2: 127
eachDatabase('keys: a revoked one, an expired one and one of a disabled person open nothing, at once', async (db) => {
  const house = await openHouse(db);
  const admin = await makeAdmin(house);
  const bob = await makePerson(house, admin, 'Bob');
  const bobId = bob.tokens.user.id;
  const patch = (payload: object) =>
    house.app.inject({ method: 'PATCH', url: `/v1/admin/users/${bobId}`, headers: admin.bearer, payload });
  const first = await makeKey(house, bob, ['account:read']);
  const second = await makeKey(house, bob, ['account:read']);
  assert.equal((await get(house, first.secret)).statusCode, 200);
  const foreign = await house.app.inject({
    method: 'DELETE',
    url: `/v1/me/api-keys/${first.key.id}`,
    headers: admin.bearer,
  });
  assert.equal(foreign.json().code, 'not_found');
  const revoked = await house.app.inject({
    method: 'DELETE',
    url: `/v1/me/api-keys/${first.key.id}`,
    headers: bob.bearer,
  });
  assert.equal(revoked.statusCode, 204);
  assert.equal((await get(house, first.secret)).statusCode, 401);
  await house.identity.ports.disconnector.idle();
  assert.deepEqual(house.cut, [{ session: first.key.id }]);
  const listed = await house.app.inject({ url: '/v1/me/api-keys', headers: bob.bearer });
  assert.deepEqual(
    listed.json().data.map(({ id }: { id: string }) => id),
    [second.key.id],
  );
  assert.equal((await get(house, second.secret)).statusCode, 200);
  assert.equal((await patch({ disabled: true })).statusCode, 200);
  assert.equal((await get(house, second.secret)).statusCode, 401);
  assert.equal((await patch({ disabled: false })).statusCode, 200);
  assert.equal((await get(house, second.secret)).statusCode, 200);
  house.tick(90 * 24 * HOUR - 1);
  assert.equal((await get(house, second.secret)).statusCode, 200);
  house.tick(1);
  assert.equal((await get(house, second.secret)).statusCode, 401);
  assert.equal((await settled(house, 'apikey.expired')).length, 1);
});

eachDatabase('keys: shrink with the role of their person at once, and survive it', async (db) => {
  const house = await openHouse(db);
  const admin = await makeAdmin(house);
  const bob = await makePerson(house, admin, 'Bob');
  const role = (wanted: string) =>
    house.app.inject({
      method: 'PATCH',
      url: `/v1/admin/users/${bob.tokens.user.id}`,
      headers: admin.bearer,
      payload: { role: wanted },
    });
  await role('manager');
  const login = { email: 'bob@example.org', password: 'correct horse battery', client: 'native' };
  const again = await house.post('/v1/auth/login', login);
  const manager = { tokens: again.json(), bearer: bearer(again.json().accessToken) };
  const { secret } = await makeKey(house, manager, ['account:read', 'members:manage']);
  assert.deepEqual(await rightsOf(house, secret), ['account:read', 'members:manage']);
  await role('member');
  assert.deepEqual(await rightsOf(house, secret), ['account:read']);
  await role('admin');
  assert.deepEqual(await rightsOf(house, secret), ['account:read', 'members:manage']);
});

eachDatabase('keys: rotation leaves the old one a day, and is done once', async (db) => {
  const house = await openHouse(db);
  const admin = await makeAdmin(house);
  const old = await makeKey(house, admin, ['account:read']);
  const rotated = await house.post(`/v1/me/api-keys/${old.key.id}/rotate`, {}, admin.bearer);
  assert.equal(rotated.statusCode, 201);
  const { key, secret } = rotated.json<ApiKeyCreated>();
  assert.deepEqual([key.name, key.scopes, key.expiresAt], [old.key.name, old.key.scopes, old.key.expiresAt]);
  const twice = await house.post(`/v1/me/api-keys/${old.key.id}/rotate`, {}, admin.bearer);
  assert.equal(twice.json().code, 'apikey.replaced');
  const listed = await house.app.inject({ url: '/v1/me/api-keys', headers: admin.bearer });
  assert.deepEqual(
    listed.json().data.map(({ id, replacedBy }: { id: string; replacedBy: string | null }) => [id, replacedBy]),
    [
      [key.id, null],
      [old.key.id, key.id],
    ],
  );
  house.tick(24 * HOUR - 1);
  assert.equal((await get(house, old.secret)).statusCode, 200);
  house.tick(1);
  assert.equal((await get(house, old.secret)).statusCode, 401);
  assert.equal((await get(house, secret)).statusCode, 200);
});

eachDatabase('keys: each has its own rate, and unknown ones end at the source', async (db) => {
  const apikey = { points: 2, windowSeconds: 60 };
  const house = await openHouse(db, { rates: { apikey, 'apikey-lookups': { points: 4, windowSeconds: 60 } } });
  const admin = await makeAdmin(house);
  const one = await makeKey(house, admin, ['account:read']);
  const two = await makeKey(house, admin, ['account:read']);
  const statuses: number[] = [];
  for (const secret of [one.secret, one.secret, one.secret, two.secret])
    statuses.push((await get(house, secret)).statusCode);
  assert.deepEqual(statuses, [200, 200, 429, 200]);
  const unknown = printApiKey({ environment: 'live', id: admin.tokens.user.id, secret: 'f'.repeat(64) });
  const misses: number[] = [];
  for (let count = 0; count < 3; count++) misses.push((await get(house, unknown)).statusCode);
  assert.deepEqual(misses, [401, 401, 429]);
});

eachDatabase('keys: a person has fifty at most, and a swept one is gone', async (db) => {
  const house = await openHouse(db);
  const admin = await makeAdmin(house);
  for (let count = 0; count < 50; count++) await makeKey(house, admin, ['account:read']);
  const more = await house.post('/v1/me/api-keys', { name: 'x', scopes: ['account:read'] }, admin.bearer);
  assert.equal(more.json().code, 'apikey.limit');
  house.tick(180 * 24 * HOUR);
  await house.identity.sweep();
  assert.deepEqual(await db.read.selectFrom('api_keys').select('id').execute(), []);
});
