// Checks the decision table of refresh tokens row by row, at its boundaries, and under concurrency.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { systemRequester } from '../audit/ports.ts';
import { eachDatabase } from '../db/testing/each-database.ts';
import { judgeToken } from './refresh-families.ts';
import { openSuccessor, parseRefreshToken } from './refresh-token.ts';
import { makeAdmin, openHouse, personOf, sessionOf, type House } from './testing/house.ts';

const rules = { graceMs: 30_000, replayLimitMs: 600_000 };
const strict = { graceMs: 0, replayLimitMs: 600_000 };
const noLimit = { graceMs: 30_000, replayLimitMs: 0 };

test('judgeToken() decides each row of the table at its boundaries', () => {
  const token = { age: 0, usedAgoMs: 0, replays: 0, isBindingRight: true };
  const cases = [
    ['current', token, rules, 'rotate'],
    ['current, other binding', { ...token, isBindingRight: false }, rules, 'reuse'],
    ['predecessor in grace', { ...token, age: 1, usedAgoMs: 29_999 }, noLimit, 'replay'],
    ['predecessor at grace', { ...token, age: 1, usedAgoMs: 30_000 }, noLimit, 'reuse'],
    ['predecessor in the second limit', { ...token, age: 1, usedAgoMs: 599_999 }, rules, 'replay'],
    ['predecessor at the second limit', { ...token, age: 1, usedAgoMs: 600_000 }, rules, 'reuse'],
    ['predecessor, grace 0', { ...token, age: 1 }, strict, 'reuse'],
    ['tenth replay', { ...token, age: 1, replays: 9 }, rules, 'replay'],
    ['eleventh replay', { ...token, age: 1, replays: 10 }, rules, 'superseded'],
    ['predecessor, other binding', { ...token, age: 1, isBindingRight: false }, rules, 'reuse'],
    ['stale tab in grace', { ...token, age: 2, usedAgoMs: 29_999 }, rules, 'superseded'],
    ['stale tab at grace', { ...token, age: 2, usedAgoMs: 30_000 }, rules, 'reuse'],
    ['older', { ...token, age: 3 }, rules, 'reuse'],
  ] as const;
  for (const [name, given, by, expected] of cases) assert.equal(judgeToken(given, by), expected, name);
});

/** Presents a token in the body, as a native client. */
const refresh = (house: House, refreshToken: string | undefined) => house.post('/v1/auth/refresh', { refreshToken });

async function open(database: Parameters<typeof openHouse>[0], config = {}) {
  const house = await openHouse(database, { config });
  const admin = await makeAdmin(house);
  const me = (bearer = admin.bearer) => house.app.inject({ url: '/v1/me', headers: bearer });
  return { house, admin, r0: admin.tokens.refreshToken ?? '', me };
}

// identity 2.2: 85, 89
eachDatabase(
  'rotate: a used token gives the same successor again, and the window does not stretch',
  async (database) => {
    const { house, r0, me } = await open(database, { refreshReplayLimit: 0 });
    const first = personOf(await refresh(house, r0));
    house.tick(5_000);
    const again = personOf(await refresh(house, r0));
    assert.equal(again.tokens.refreshToken, first.tokens.refreshToken);
    assert.notEqual(again.tokens.accessToken, first.tokens.accessToken);
    house.tick(24_999);
    assert.equal((await refresh(house, r0)).statusCode, 200);
    house.tick(1);
    const late = await refresh(house, r0);
    assert.equal(late.json().code, 'auth.invalid_grant');
    assert.equal((await me(first.bearer)).statusCode, 401);
    assert.equal((await refresh(house, first.tokens.refreshToken)).statusCode, 401);
  },
);

// identity 2.2: 86
eachDatabase('rotate: a stale tab gets 409 in grace, and the family lives', async (database) => {
  const { house, r0 } = await open(database);
  const r1 = personOf(await refresh(house, r0)).tokens.refreshToken;
  const r2 = personOf(await refresh(house, r1)).tokens.refreshToken;
  const stale = await refresh(house, r0);
  assert.equal(stale.statusCode, 409);
  assert.equal(stale.json().code, 'refresh.superseded');
  assert.equal(stale.headers['set-cookie'], undefined);
  assert.equal((await refresh(house, r2)).statusCode, 200);
});

// identity 2.2: 87
eachDatabase('rotate: a stolen older token kills family, access token and connection', async (database) => {
  const { house, admin, r0, me } = await open(database);
  const r1 = personOf(await refresh(house, r0)).tokens.refreshToken;
  const r2 = personOf(await refresh(house, r1)).tokens.refreshToken;
  house.tick(30_000);
  assert.equal((await me()).statusCode, 200);
  const thief = await refresh(house, r0);
  assert.equal(thief.statusCode, 401);
  assert.equal((await me()).statusCode, 401);
  assert.equal((await refresh(house, r2)).statusCode, 401);
  await house.identity.ports.disconnector.idle();
  assert.deepEqual(house.cut, [{ session: sessionOf(admin) }]);
  const events = house.lines().filter((line) => line['event'] === 'token.reuse_detected');
  assert.equal(events.length, 1);
  // Revoked again and again: one fact, one event.
  assert.equal((await refresh(house, r0)).statusCode, 401);
  assert.equal(house.lines().filter((line) => line['event'] === 'token.reuse_detected').length, 1);
});

// identity 2.2: 88
eachDatabase('rotate: a right row with a wrong secret never ends the family', async (database) => {
  const { house, r0, me } = await open(database);
  const bytes = Buffer.from(r0.slice(3), 'base64url');
  for (let index = 16; index < 48; index++) {
    const forged = Buffer.from(bytes);
    forged[index] = (forged[index] ?? 0) ^ 1;
    assert.equal((await refresh(house, `rt_${forged.toString('base64url')}`)).statusCode, 401);
  }
  for (const malformed of ['', 'rt_', `${r0}A`, r0.slice(0, -1), r0.replace('rt_', 'RT_'), `${r0.slice(0, -1)}=`])
    assert.equal((await refresh(house, malformed)).statusCode, 401, malformed);
  assert.equal((await me()).statusCode, 200);
  assert.equal((await refresh(house, r0)).statusCode, 200);
});

// identity 2.2: 84
eachDatabase('rotate: fifty at once make one successor, fifty answers and one rotation', async (database) => {
  const { house, r0 } = await open(database);
  const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(house, r0)));
  assert.deepEqual(new Set(answers.map((answer) => answer.statusCode)), new Set([200]));
  assert.equal(new Set(answers.map((answer) => personOf(answer).tokens.refreshToken)).size, 1);
  const rows = await database.read.selectFrom('refresh_tokens').select('generation').orderBy('generation').execute();
  assert.deepEqual(rows, [{ generation: 0 }, { generation: 1 }]);
});

// identity 2.2: 84
eachDatabase('rotate: three nodes at once agree on one successor', async (database) => {
  const { house, r0 } = await open(database);
  const { createRefreshFamilies } = await import('./refresh-families.ts');
  const ports = house.identity.ports;
  const nodes = Array.from({ length: 3 }, () => createRefreshFamilies(ports));
  const answers = await Promise.all(
    nodes.map((node) => node.rotate({ token: r0, client: 'native', deviceId: null, requester: systemRequester })),
  );
  const successors = new Set(answers.map((answer) => (answer.ok ? answer.refreshToken : answer.problem)));
  assert.equal(successors.size, 1);
  assert.equal(answers.filter((answer) => answer.ok && !answer.replayed).length, 1);
});

// identity 2.2: 93
eachDatabase('rotate: idle and absolute ends come on time', async (database) => {
  const { house, r0 } = await open(database, { refreshIdleLife: 100, refreshAbsoluteLife: 250 });
  house.tick(99_999);
  const r1 = personOf(await refresh(house, r0)).tokens.refreshToken;
  house.tick(100_000);
  assert.equal((await refresh(house, r1)).statusCode, 401);
  const login = { email: 'ada@example.org', password: 'correct horse battery', client: 'native' };
  let token = personOf(await house.post('/v1/auth/login', login)).tokens.refreshToken;
  for (const step of [90_000, 90_000, 69_999]) {
    house.tick(step);
    token = personOf(await refresh(house, token)).tokens.refreshToken;
  }
  house.tick(1);
  assert.equal((await refresh(house, token)).statusCode, 401);
});

// identity 2.2: 91
eachDatabase('rotate: a logout at the same time leaves no usable token behind', async (database) => {
  const { house, admin, r0, me } = await open(database);
  const [refreshed] = await Promise.all([refresh(house, r0), house.post('/v1/auth/logout', {}, admin.bearer)]);
  if (refreshed.statusCode === 200) {
    const { tokens, bearer } = personOf(refreshed);
    assert.equal((await refresh(house, tokens.refreshToken)).statusCode, 401);
    assert.equal((await me(bearer)).statusCode, 401);
  }
  assert.equal((await refresh(house, r0)).statusCode, 401);
});

eachDatabase('the box opens with the predecessor only, and is erased after its limit', async (database) => {
  const { house, r0 } = await open(database);
  await refresh(house, r0);
  const boxes = () =>
    database.read.selectFrom('refresh_tokens').select('successor_box').orderBy('generation').execute();
  const [row] = await boxes();
  const parsed = parseRefreshToken(r0);
  assert.ok(parsed && row?.successor_box);
  assert.match(openSuccessor(parsed, row.successor_box) ?? '', /^rt_/);
  assert.equal(openSuccessor({ ...parsed, secret: Buffer.alloc(32) }, row.successor_box), undefined);
  house.tick(599_999);
  await house.identity.sweep();
  assert.notEqual((await boxes())[0]?.successor_box, null);
  house.tick(1);
  await house.identity.sweep();
  assert.equal((await boxes())[0]?.successor_box, null);
});

eachDatabase('rotate: more than the rate of a family is 429 and ends nothing', async (database) => {
  const house = await openHouse(database, { rates: { 'refresh-family': { points: 3, windowSeconds: 60 } } });
  let token = (await makeAdmin(house)).tokens.refreshToken;
  for (let count = 0; count < 3; count++) token = personOf(await refresh(house, token)).tokens.refreshToken;
  assert.equal((await refresh(house, token)).statusCode, 429);
  await house.limits.forget(
    'refresh-family',
    (await database.read.selectFrom('sessions').select('id').execute())[0]!.id,
  );
  assert.equal((await refresh(house, token)).statusCode, 200);
});

/** Honest tabs and one thief over a random history: what the table promises, whatever happens. */
eachDatabase('rotate: honest tabs are never signed out, a thief always ends the family', async (database) => {
  const house = await openHouse(database);
  await makeAdmin(house);
  const login = { email: 'ada@example.org', password: 'correct horse battery', client: 'native' };
  const step = fc.constantFrom('refresh', 'lose the answer', 'double', 'wait');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      let token = personOf(await house.post('/v1/auth/login', login)).tokens.refreshToken ?? '';
      const first = token;
      let generations = 0;
      for (const name of steps) {
        if (name === 'wait') {
          house.tick(120_000);
          continue;
        }
        const answers = await Promise.all([
          refresh(house, token),
          ...(name === 'double' ? [refresh(house, token)] : []),
        ]);
        for (const answer of answers) assert.equal(answer.statusCode, 200);
        if (name === 'lose the answer') assert.equal((await refresh(house, token)).statusCode, 200);
        token = personOf(answers[0]!).tokens.refreshToken ?? '';
        generations++;
      }
      house.tick(600_000);
      assert.equal((await refresh(house, first)).statusCode, generations === 0 ? 200 : 401);
      assert.equal((await refresh(house, token)).statusCode, generations === 0 ? 200 : 401);
    }),
    { numRuns: 12 },
  );
});
