// Checks the directory, roles and who may invite through the door.
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../db/database.ts';
import { eachDatabase } from '../db/testing/each-database.ts';
import { makeAdmin, makePerson, openHouse, type House, type Person } from './testing/house.ts';

const patch = (house: House, by: Person, userId: string, role: string) =>
  house.app.inject({ method: 'PATCH', url: `/v1/users/${userId}`, payload: { role }, headers: by.bearer });

/**
 * Runs writers against the users so that each has begun before any can go on: on PostgreSQL all rows are held until as
 * many connections wait for a lock; SQLite lets one writer in at a time and queues them by itself.
 */
async function startTogether<T>(database: Database, start: () => Promise<T>[]): Promise<T[]> {
  if (database.dialect === 'sqlite') return Promise.all(start());
  const waiting = sql<{ count: number }>`select count(*) as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  const deadline = AbortSignal.timeout(10_000);
  const started = await database.transact(async (query) => {
    await query.updateTable('users').set({ name: 'held' }).execute();
    const writers = start();
    while (Number((await waiting.execute(database.read)).rows[0]?.count) < writers.length) deadline.throwIfAborted();
    return { writers };
  });
  return Promise.all(started.writers);
}

eachDatabase('me and the directory: every page once, in order, without addresses', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  for (const name of ['Eve', 'Bob', 'Dan', 'Cid']) await makePerson(house, admin, name);
  const me = await house.app.inject({ url: '/v1/me', headers: admin.bearer });
  assert.deepEqual(me.json(), admin.tokens.user);
  assert.equal(me.json().email, 'ada@example.org');
  const names: string[] = [];
  let after = '';
  do {
    const url = `/v1/users?limit=2${after === '' ? '' : `&after=${after}`}`;
    const page = (await house.app.inject({ url, headers: admin.bearer })).json();
    names.push(...page.data.map((user: { name: string }) => user.name));
    assert.deepEqual(Object.keys(page.data[0]), ['id', 'name']);
    assert.equal(page.page.hasMore, page.page.next !== null);
    after = page.page.next ?? '';
  } while (after !== '');
  assert.deepEqual(names, ['Ada', 'Bob', 'Cid', 'Dan', 'Eve']);
  assert.equal((await house.app.inject('/v1/users')).json().code, 'auth.required');
  assert.equal((await house.app.inject({ url: '/v1/users?limit=0', headers: admin.bearer })).statusCode, 400);
});

eachDatabase(
  'role change: administrators only, everything of the person ends, the new role counts',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const bob = await makePerson(house, admin, 'Bob');
    const bobId = bob.tokens.user.id;
    assert.equal((await patch(house, bob, bobId, 'admin')).json().code, 'auth.forbidden');
    assert.equal((await patch(house, admin, uuidv7(), 'admin')).json().code, 'not_found');
    assert.equal((await patch(house, admin, bobId, 'member')).statusCode, 200);
    assert.equal((await house.app.inject({ url: '/v1/me', headers: bob.bearer })).statusCode, 200);
    assert.equal((await patch(house, admin, bobId, 'manager')).json().role, 'manager');
    assert.equal((await house.app.inject({ url: '/v1/me', headers: bob.bearer })).statusCode, 401);
    const { refreshToken } = bob.tokens;
    assert.equal((await house.post('/v1/auth/refresh', { refreshToken })).statusCode, 401);
    await house.identity.ports.disconnector.idle();
    assert.deepEqual(house.cut, [{ user: bobId, code: 3014 }]);
    // In the same second: the new token is good, the old one is not.
    const login = { email: 'bob@example.org', password: 'correct horse battery', client: 'native' };
    const again = await house.post('/v1/auth/login', login);
    assert.equal(again.json().user.role, 'manager');
    const headers = { authorization: `Bearer ${again.json().accessToken}` };
    assert.equal((await house.app.inject({ url: '/v1/me', headers })).statusCode, 200);
  },
);

eachDatabase('role change: two administrators stepping down at once leave one', async (database) => {
  const house = await openHouse(database);
  const ada = await makeAdmin(house);
  assert.equal((await patch(house, ada, ada.tokens.user.id, 'member')).json().code, 'user.last_admin');
  const bob = await makePerson(house, ada, 'Bob');
  await database.transact((query) =>
    query.updateTable('users').set({ role: 'admin' }).where('id', '=', bob.tokens.user.id).execute(),
  );
  const answers = await startTogether(database, () => [
    patch(house, ada, ada.tokens.user.id, 'member'),
    patch(house, ada, bob.tokens.user.id, 'member'),
  ]);
  assert.deepEqual(
    answers.map((answer) => answer.statusCode).toSorted((a, b) => a - b),
    [200, 409],
  );
  const admins = await database.read.selectFrom('users').select('id').where('role', '=', 'admin').execute();
  assert.equal(admins.length, 1);
});

eachDatabase('invitations: who may invite whom, into which room', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  const bob = await makePerson(house, admin, 'Bob');
  const eve = await makePerson(house, admin, 'Eve');
  const roomId = uuidv7();
  const room = { id: roomId, name: 'Den', topic: '', is_private: 1, created_by: bob.tokens.user.id, created_at: 1 };
  const owner = { id: uuidv7(), room_id: roomId, user_id: bob.tokens.user.id, role: 'owner', joined_at: 1 } as const;
  await database.transact(async (query) => {
    await query.insertInto('rooms').values(room).execute();
    await query.insertInto('memberships').values(owner).execute();
  });
  const cases = [
    [admin, { role: 'admin' }, 201],
    [admin, { roomId }, 201],
    [bob, {}, 403],
    [bob, { roomId }, 201],
    [bob, { roomId, role: 'manager' }, 403],
    [eve, { roomId }, 404],
    [admin, { roomId: uuidv7() }, 404],
  ] as const;
  for (const [person, body, status] of cases) {
    const answer = await house.post('/v1/invitations', body, person.bearer);
    assert.equal(answer.statusCode, status, `${person.tokens.user.name} ${JSON.stringify(body)}`);
  }
  const invited = await house.post('/v1/invitations', { roomId }, bob.bearer);
  const invitation = invited.json().url.split('#')[1];
  const offer = (await house.post('/v1/invitations/lookup', { invitation })).json();
  assert.deepEqual([offer.roomId, offer.roomName], [roomId, 'Den']);
  house.tick(7 * 86_400_000);
  assert.equal((await house.post('/v1/invitations/lookup', { invitation })).json().code, 'invitation.invalid');
});
