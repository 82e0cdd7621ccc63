// Checks what meets a refresh while it runs: every end of a session at every statement, other nodes, lost databases.
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemRequester } from '../audit/ports.ts';
import type { Database } from '../db/database.ts';
import { StorageError } from '../db/database.ts';
import { eachDatabase } from '../db/testing/each-database.ts';
import { endSession, endAllSessions, announceEnded, lockSession } from './sessions.ts';
import { createRefreshFamilies, type Presented, type Rotated } from './refresh-families.ts';
import { makeAdmin, openHouse, personOf, sessionOf, type House, type Person } from './testing/house.ts';
import { pausedDatabase } from './testing/paused-database.ts';

const credentials = { email: 'ada@example.org', password: 'correct horse battery', client: 'native' };
/** A rotation has fewer statements than this: the last rounds meet its end. */
const MOMENTS = 7;

const signIn = async (house: House): Promise<Person> => personOf(await house.post('/v1/auth/login', credentials));
const refresh = (house: House, refreshToken: string | undefined) => house.post('/v1/auth/refresh', { refreshToken });
const present = (person: Person, more: Partial<Presented> = {}): Presented => ({
  token: person.tokens.refreshToken ?? '',
  client: 'native',
  deviceId: null,
  requester: systemRequester,
  ...more,
});
const nodeOn = (house: House, database: Database) => createRefreshFamilies({ ...house.identity.ports, database });

/** Waits for `work`, or for as long as something that waits for our lock can get on: it must not be waited for. */
async function giveTurns(work: Promise<unknown>): Promise<void> {
  const state = { isDone: false };
  const done = work.finally(() => {
    state.isDone = true;
  });
  for (let turn = 0; turn < 200 && !state.isDone; turn += 1) await Promise.race([done, nextTurn()]);
}

/** Rotates a token while `end` happens at each of its statements in turn; whoever wins, nothing is usable afterwards. */
async function meetAtEveryStatement(house: House, end: (person: Person) => Promise<void>): Promise<void> {
  const wins = { rotation: 0, end: 0 };
  for (let moment = 1; moment <= MOMENTS; moment += 1) {
    const person = await signIn(house);
    const running: { end?: Promise<void> } = {};
    const paused = pausedDatabase(house.database, async ({ statement, isInTransaction }) => {
      if (statement !== moment) return;
      running.end = end(person);
      await (isInTransaction ? giveTurns(running.end) : running.end);
    });
    const rotated = await nodeOn(house, paused).rotate(present(person));
    await (running.end ?? end(person));
    wins[rotated.ok ? 'rotation' : 'end'] += 1;
    const tokens = [person.tokens.refreshToken, ...(rotated.ok ? [rotated.refreshToken] : [])];
    for (const token of tokens) assert.equal((await refresh(house, token)).statusCode, 401, `at statement ${moment}`);
    assert.equal((await house.app.inject({ url: '/v1/me', headers: person.bearer })).statusCode, 401);
  }
  assert.ok(wins.rotation > 0 && wins.end > 0, JSON.stringify(wins));
}

// identity 2.2: 91
eachDatabase('rotate: a logout at any statement of it leaves no usable token', async (database) => {
  const house = await openHouse(database);
  await makeAdmin(house);
  await meetAtEveryStatement(house, async (person) => {
    const answer = await house.post('/v1/auth/logout', {}, person.bearer);
    assert.equal(answer.statusCode, 204);
  });
});

// identity 2.2: 92
eachDatabase(
  'rotate: a changed password at any statement of it, on another device, ends this one',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const { ports } = house.identity;
    await meetAtEveryStatement(house, async () => {
      const { id: userId } = admin.tokens.user;
      const raised = await database.transact((query) => endAllSessions(query, ports, { userId, reason: 'logout_all' }));
      house.revocations.raiseEpoch(raised.userId, raised.epoch);
    });
  },
);

// identity 2.2: 84
eachDatabase(
  'rotate: fifty of one token on ten nodes are fifty answers with one successor, and one row',
  async (database) => {
    const house = await openHouse(database);
    const person = await makeAdmin(house);
    const nodes = Array.from({ length: 10 }, () => nodeOn(house, database));
    const asked = nodes.flatMap((node) => Array.from({ length: 5 }, () => node.rotate(present(person))));
    const answers = await Promise.all(asked);
    const successors = answers.map((answer) => (answer.ok ? answer.refreshToken : answer.problem));
    assert.equal(successors.length, 50);
    assert.equal(new Set(successors).size, 1);
    assert.equal(answers[0]?.ok, true);
    const rows = await database.read.selectFrom('refresh_tokens').select('generation').orderBy('generation').execute();
    assert.deepEqual(rows, [{ generation: 0 }, { generation: 1 }]);
  },
);

// identity 2.2: 90
eachDatabase('rotate: a token on another device, or replayed where no device is shown, is theft', async (database) => {
  const house = await openHouse(database);
  await makeAdmin(house);
  const bound = async (): Promise<Person> => {
    const person = await signIn(house);
    await database.transact((query) =>
      query
        .updateTable('sessions')
        .set({ client: 'web', device_id: 'laptop' })
        .where('id', '=', sessionOf(person))
        .execute(),
    );
    return person;
  };
  const rotate = (person: Person, deviceId: string | null, token = person.tokens.refreshToken ?? '') =>
    nodeOn(house, database).rotate(present(person, { token, deviceId, client: 'web' }));
  const kindOf = (rotated: Rotated) => (rotated.ok ? (rotated.replayed ? 'replayed' : 'rotated') : rotated.problem);
  const own = await bound();
  assert.equal(kindOf(await rotate(own, 'laptop')), 'rotated');
  assert.equal(kindOf(await rotate(own, 'laptop')), 'replayed');
  assert.equal(kindOf(await rotate(own, 'other')), 'auth.invalid_grant');
  assert.equal(kindOf(await rotate(own, 'laptop')), 'auth.invalid_grant');
  // A device cookie may get lost: the current token goes on, but nothing is handed out twice.
  const bare = await bound();
  assert.equal(kindOf(await rotate(bare, null)), 'rotated');
  assert.equal(kindOf(await rotate(bare, null)), 'auth.invalid_grant');
  const first = await bound();
  assert.equal(kindOf(await rotate(first, 'other')), 'auth.invalid_grant');
});

// identity 2.2: 94
eachDatabase(
  'rotate: a disabled person is refused; a changed role ends the session, the next one claims it',
  async (database) => {
    const house = await openHouse(database);
    const admin = await makeAdmin(house);
    const { id } = admin.tokens.user;
    await database.transact((query) =>
      query.updateTable('users').set({ disabled_at: house.now() }).where('id', '=', id).execute(),
    );
    assert.equal((await refresh(house, admin.tokens.refreshToken)).statusCode, 401);
    await database.transact((query) =>
      query.updateTable('users').set({ disabled_at: null }).where('id', '=', id).execute(),
    );
    const enabled = await refresh(house, admin.tokens.refreshToken);
    assert.equal(enabled.statusCode, 200);
    await database.transact(async (query) => {
      await query.updateTable('users').set({ role: 'member' }).where('id', '=', id).execute();
      await endAllSessions(query, house.identity.ports, { userId: id, reason: 'role' });
    });
    assert.equal((await refresh(house, personOf(enabled).tokens.refreshToken)).statusCode, 401);
    assert.equal((await signIn(house)).tokens.user.role, 'member');
  },
);

// identity 2.2: 95
eachDatabase('rotate: a clock that is 20 s off on another node makes no theft of a replay', async (database) => {
  const house = await openHouse(database, { config: { refreshReplayLimit: 0 } });
  await makeAdmin(house);
  for (const skewMs of [-20_000, 20_000]) {
    const clock = { now: () => house.now() + skewMs };
    const other = createRefreshFamilies({ ...house.identity.ports, clock });
    const person = await signIn(house);
    assert.equal((await refresh(house, person.tokens.refreshToken)).statusCode, 200);
    const replayed = await other.rotate(present(person));
    assert.equal(replayed.ok && replayed.replayed, true, `${skewMs} ms`);
    const second = await signIn(house);
    assert.equal((await other.rotate(present(second))).ok, true);
    assert.equal((await refresh(house, second.tokens.refreshToken)).statusCode, 200, `${skewMs} ms`);
  }
});

// identity 2.2: 96
eachDatabase(
  'rotate: a database that is lost at any statement leaves one branch, and the client recovers',
  async (database) => {
    const house = await openHouse(database);
    await makeAdmin(house);
    const lost = new StorageError('storage.unavailable', 'lost in a test');
    for (let moment = 1; moment <= MOMENTS; moment += 1) {
      const person = await signIn(house);
      const failing = pausedDatabase(database, ({ statement }) =>
        statement === moment ? Promise.reject(lost) : Promise.resolve(),
      );
      const failed = await nodeOn(house, failing)
        .rotate(present(person))
        .then(
          () => false,
          (error) => error === lost,
        );
      // PostgreSQL does with one statement what takes SQLite, which has no way to go, a transaction of four.
      assert.equal(failed, moment <= (database.dialect === 'postgres' ? 2 : 5), `statement ${moment}`);
      const again = await refresh(house, person.tokens.refreshToken);
      assert.equal(again.statusCode, 200);
      const current = await database.read
        .selectFrom('refresh_tokens')
        .select('generation')
        .where('session_id', '=', sessionOf(person))
        .where('status', '=', 'current')
        .execute();
      assert.deepEqual(current, [{ generation: 1 }]);
    }
  },
);

// identity 2.2: 98
eachDatabase(
  'revocations: of a session’s and a person’s cut-off, in either order, the stricter wins',
  async (database) => {
    const house = await openHouse(database);
    await makeAdmin(house);
    const { ports } = house.identity;
    const endOne = async (person: Person): Promise<void> => {
      const ended = await database.transact(async (query) => {
        const session = await lockSession(query, database.dialect, sessionOf(person));
        return session === undefined ? [] : [await endSession(query, ports, { session, reason: 'revoked' })];
      });
      announceEnded(ports, ended);
    };
    const endAll = async (person: Person): Promise<void> => {
      const { id: userId } = person.tokens.user;
      const { epoch } = await database.transact((query) => endAllSessions(query, ports, { userId, reason: 'role' }));
      house.revocations.raiseEpoch(userId, epoch);
    };
    for (const order of [
      [endOne, endAll],
      [endAll, endOne],
    ]) {
      const [person, other] = [await signIn(house), await signIn(house)];
      for (const end of order) await end(person);
      for (const dead of [person, other]) {
        assert.equal((await house.app.inject({ url: '/v1/me', headers: dead.bearer })).statusCode, 401);
        assert.equal((await refresh(house, dead.tokens.refreshToken)).statusCode, 401);
      }
    }
  },
);
