// Proves what administrators see of people, what they change about them, and that it is in force at once.
import assert from 'node:assert/strict';
import type { AdminUserPage } from '@parley/contract';
import { v7 as uuidv7 } from 'uuid';
import { eachDatabase } from '../db/testing/each-database.ts';
import { makeAdmin, makePerson, openHouse, type House, type Person } from './testing/house.ts';

const list = async (house: House, admin: Person, query = ''): Promise<AdminUserPage> =>
  (await house.app.inject({ url: `/v1/admin/users?${query}`, headers: admin.bearer })).json<AdminUserPage>();

const namesOf = ({ data }: AdminUserPage): string[] => data.map(({ name }) => name);

const patch = (house: House, admin: Person, id: string, payload: object) =>
  house.app.inject({ method: 'PATCH', url: `/v1/admin/users/${id}`, headers: admin.bearer, payload });

async function eventsOf(house: House): Promise<[string, string | null, string | null][]> {
  const rows = await house.database.read
    .selectFrom('audit_events')
    .select(['name', 'actor_id', 'subject_id', 'details'])
    .where('name', 'in', ['role.changed', 'user.disabled', 'user.enabled', 'lockout.ended', 'logout.all'])
    .orderBy('position')
    .execute();
  return rows.map((row) => [`${row.name} ${row.details}`, row.actor_id, row.subject_id]);
}

eachDatabase('people: search, role, status and pages, without what is nobody’s business', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  const people: Record<string, Person> = {};
  for (const name of ['Bob', 'Cid', 'Dan', 'Eve_x']) people[name] = await makePerson(house, admin, name);
  assert.deepEqual(namesOf(await list(house, admin)), ['Ada', 'Bob', 'Cid', 'Dan', 'Eve_x']);
  assert.deepEqual(namesOf(await list(house, admin, 'search=BO')), ['Bob']);
  assert.deepEqual(namesOf(await list(house, admin, 'search=dan%40example')), ['Dan']);
  assert.deepEqual(namesOf(await list(house, admin, 'search=_')), ['Eve_x']);
  assert.deepEqual(namesOf(await list(house, admin, 'search=%25')), []);
  assert.deepEqual(namesOf(await list(house, admin, 'role=admin')), ['Ada']);
  const seen: string[] = [];
  let after = '';
  do {
    const page = await list(house, admin, `limit=2${after}`);
    seen.push(...namesOf(page));
    after = page.page.next === null ? '' : `&after=${page.page.next}`;
  } while (after !== '');
  assert.deepEqual(seen, ['Ada', 'Bob', 'Cid', 'Dan', 'Eve_x']);
  const bobId = people.Bob?.tokens.user.id ?? '';
  await patch(house, admin, bobId, { disabled: true });
  assert.deepEqual(namesOf(await list(house, admin, 'status=disabled')), ['Bob']);
  assert.deepEqual(namesOf(await list(house, admin, 'status=active')), ['Ada', 'Cid', 'Dan', 'Eve_x']);
  const [bob] = (await list(house, admin, 'search=bob')).data;
  assert.deepEqual(bob, {
    id: bobId,
    name: 'Bob',
    email: 'bob@example.org',
    role: 'member',
    createdAt: '2026-01-01T00:00:00.000Z',
    disabledAt: '2026-01-01T00:00:00.000Z',
    lastSeenAt: '2026-01-01T00:00:00.000Z',
    emailVerifiedAt: new Date(house.now()).toISOString(),
    isLocked: false,
    hasSecondFactor: false,
    sessions: 0,
  });
  const member = people.Cid?.bearer ?? {};
  assert.equal((await house.app.inject({ url: '/v1/admin/users', headers: member })).json().code, 'auth.forbidden');
});

eachDatabase('people: who is locked is listed and unlocked', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  const bob = await makePerson(house, admin, 'Bob');
  await makePerson(house, admin, 'Cid');
  const { lockout } = house.identity.ports;
  const stop = (email: string, stoppedAt: number | null) =>
    database.transact((query) =>
      query
        .insertInto('login_failures')
        .values({
          identifier: lockout.nameOf(email),
          failures: 100,
          stopped_at: stoppedAt,
          mailed_at: null,
          changed_at: 1,
        })
        .onConflict((known) => known.column('identifier').doUpdateSet({ failures: 100, stopped_at: stoppedAt }))
        .execute(),
    );
  await stop('bob@example.org', 1);
  await stop('cid@example.org', null);
  await stop('nobody@example.org', 1);
  const locked = await list(house, admin, 'status=locked');
  assert.deepEqual(
    locked.data.map(({ name, isLocked }) => [name, isLocked]),
    [['Bob', true]],
  );
  assert.deepEqual(locked.page, { next: null, prev: null, hasMore: false });
  const unlock = (id: string) => house.post(`/v1/admin/users/${id}/unlock`, {}, admin.bearer);
  assert.equal((await unlock(bob.tokens.user.id)).statusCode, 204);
  assert.equal((await unlock(bob.tokens.user.id)).statusCode, 204);
  assert.equal((await unlock(uuidv7())).json().code, 'not_found');
  assert.deepEqual(namesOf(await list(house, admin, 'status=locked')), []);
  assert.deepEqual(await eventsOf(house), [['lockout.ended {"by":"admin"}', admin.tokens.user.id, bob.tokens.user.id]]);
});

// identity 2.2: 94
eachDatabase(
  'people: between two refreshes disabled is refused, and another role is signed in anew',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const bob = await makePerson(house, admin, 'Bob');
    const bobId = bob.tokens.user.id;
    const refresh = async (token: string | undefined) => house.post('/v1/auth/refresh', { refreshToken: token });
    const first = await refresh(bob.tokens.refreshToken);
    assert.equal(first.statusCode, 200);
    assert.equal((await patch(house, admin, bobId, { disabled: true })).statusCode, 200);
    assert.equal((await refresh(first.json().refreshToken)).json().code, 'auth.invalid_grant');
    assert.equal((await house.app.inject({ url: '/v1/me', headers: bob.bearer })).statusCode, 401);
    const login = { email: 'bob@example.org', password: 'correct horse battery', client: 'native' };
    assert.equal((await house.post('/v1/auth/login', login)).json().code, 'auth.invalid_credentials');
    await house.identity.ports.disconnector.idle();
    assert.deepEqual(house.cut, [{ user: bobId, code: 3014 }]);
    assert.equal((await patch(house, admin, bobId, { disabled: false })).json().disabledAt, null);
    // What ended stays ended.
    assert.equal((await refresh(first.json().refreshToken)).json().code, 'auth.invalid_grant');
    const again = (await house.post('/v1/auth/login', login)).json();
    assert.equal((await patch(house, admin, bobId, { role: 'manager' })).json().role, 'manager');
    assert.equal((await refresh(again.refreshToken)).json().code, 'auth.invalid_grant');
    const rights = (await house.post('/v1/auth/login', login)).json();
    const headers = { authorization: `Bearer ${rights.accessToken}` };
    const own = (await house.app.inject({ url: '/v1/me/rights', headers })).json();
    assert.equal(own.role, 'manager');
    assert.ok(own.rights.includes('members:manage') && !own.rights.includes('users:manage'));
    const by = admin.tokens.user.id;
    assert.deepEqual(await eventsOf(house), [
      ['user.disabled {}', by, bobId],
      ['user.enabled {}', by, bobId],
      ['role.changed {"from":"member","to":"manager"}', by, bobId],
    ]);
    const mails = await database.read
      .selectFrom('mails')
      .select(['recipient', 'data'])
      .where('template', '=', 'role_changed')
      .execute();
    assert.deepEqual(mails, [{ recipient: 'bob@example.org', data: '{"name":"Bob","role":"manager"}' }]);
  },
);

eachDatabase('people: signing out ends every session and leaves the account', async (database) => {
  const house = await openHouse(database);
  const admin = await makeAdmin(house);
  const bob = await makePerson(house, admin, 'Bob');
  const url = `/v1/admin/users/${bob.tokens.user.id}/sign-out`;
  assert.equal((await house.post(url, {}, admin.bearer)).statusCode, 204);
  assert.equal((await house.app.inject({ url: '/v1/me', headers: bob.bearer })).statusCode, 401);
  const login = { email: 'bob@example.org', password: 'correct horse battery', client: 'native' };
  assert.equal((await house.post('/v1/auth/login', login)).statusCode, 200);
  const unknown = await house.post(`/v1/admin/users/${uuidv7()}/sign-out`, {}, admin.bearer);
  assert.equal(unknown.json().code, 'not_found');
  await house.identity.ports.disconnector.idle();
  assert.deepEqual(house.cut, [{ user: bob.tokens.user.id, code: 3014 }]);
});

eachDatabase(
  'people: the last administrator is neither demoted nor disabled, whoever else is disabled',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const adaId = admin.tokens.user.id;
    const bob = await makePerson(house, admin, 'Bob');
    for (const change of [{ disabled: true }, { role: 'member' }])
      assert.equal((await patch(house, admin, adaId, change)).json().code, 'user.last_admin');
    await patch(house, admin, bob.tokens.user.id, { role: 'admin', disabled: true });
    for (const change of [{ disabled: true }, { role: 'manager' }])
      assert.equal((await patch(house, admin, adaId, change)).json().code, 'user.last_admin');
    assert.equal((await patch(house, admin, bob.tokens.user.id, { disabled: false })).statusCode, 200);
    assert.equal((await patch(house, admin, adaId, { disabled: true })).statusCode, 200);
  },
);
