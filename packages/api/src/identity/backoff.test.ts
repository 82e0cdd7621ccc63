// Checks the waits of one source at one name, kept in memory (SQLite: one process) and shared by nodes (PostgreSQL).
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Database } from '../db/database.ts';
import { eachDatabase } from '../db/testing/each-database.ts';
import { LIMITS } from '../http/limits.ts';
import { createBackoff } from './backoff.ts';
import { createSharedBackoff, sweepWaits } from './shared-backoff.ts';

function open(database: Database) {
  const time = { now: Date.UTC(2026, 0, 1) };
  const clock = { now: () => time.now };
  const backoff = database.dialect === 'postgres' ? createSharedBackoff({ database, clock }) : createBackoff(clock);
  const wait = async (pair = 'a') => (await backoff.begin(pair)).waitMs;
  return {
    backoff,
    clock,
    tick: (ms: number) => (time.now += ms),
    wait,
    times: async (count: number, pair = 'a') => {
      const waits: number[] = [];
      for (let at = 0; at < count; at++) waits.push(await wait(pair));
      return waits;
    },
    forget: (pair: string) => database.transact((query) => backoff.forget(query, pair)),
  };
}

eachDatabase(
  'begin() lets five through, then each further one after a wait that doubles up to 15 minutes',
  async (database) => {
    const { wait, times, tick } = open(database);
    assert.deepEqual(await times(5), [0, 0, 0, 0, 0]);
    const waits: number[] = [];
    for (let at = 0; at < 12; at++) {
      const waitMs = await wait();
      waits.push(waitMs / 1_000);
      tick(waitMs - 1);
      // What is refused during the wait does not make it longer.
      assert.equal(await wait(), 1);
      tick(1);
      assert.equal(await wait(), 0);
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  },
);

eachDatabase('begin() forgets a pair after a day, and counts each pair for itself', async (database) => {
  const { wait, times, tick } = open(database);
  await times(6);
  assert.equal(await wait('b'), 0);
  assert.equal(await wait(), 1_000);
  tick(LIMITS.lockout.forgetMs);
  assert.deepEqual(await times(6), [0, 0, 0, 0, 0, 1_000]);
});

eachDatabase(
  'giveBack() lets the wait run from the try before; forget() says how many failed before',
  async (database) => {
    const { backoff, forget, wait, times, tick } = open(database);
    await times(5);
    tick(1_000);
    const { previousAt } = await backoff.begin('a');
    await backoff.giveBack('a', previousAt);
    assert.equal(await wait(), 0);
    assert.equal(await forget('a'), 5);
    assert.equal(await wait(), 0);
  },
);

// identity 2.2: 113
eachDatabase('begin() lets five of a hundred at once through, on two nodes of one database', async (database) => {
  const { backoff, clock } = open(database);
  const other = database.dialect === 'postgres' ? createSharedBackoff({ database, clock }) : backoff;
  const begun = await Promise.all(Array.from({ length: 100 }, (_, at) => (at % 2 ? backoff : other).begin('a')));
  assert.equal(begun.filter(({ waitMs }) => waitMs === 0).length, 5);
});

eachDatabase('begin() never says a longer wait than there is, also after a clock went back', async (database) => {
  const { wait, times, tick } = open(database);
  await times(6);
  tick(-10_000_000);
  assert.equal(await wait(), 1_000);
});

test('createBackoff() keeps no more than its bound of pairs', async () => {
  const backoff = createBackoff({ now: () => 1_000_000 });
  const wait = async (pair: string) => (await backoff.begin(pair)).waitMs;
  for (let at = 0; at < 6; at++) await wait('first');
  for (let at = 0; at < LIMITS.lockout.pairs; at++) await wait(`p${at}`);
  assert.equal(await wait('first'), 0);
});

eachDatabase('sweepWaits() erases what nobody has tried for a day', async (database) => {
  const row = (pair: string, tried_at: number) => ({ pair, failures: 1, tried_at, previous_at: 0 });
  await database.transact(async (query) => {
    await query
      .insertInto('login_waits')
      .values([row('old', 1_000), row('new', 1_001)])
      .execute();
    await sweepWaits(query, 1_000 + LIMITS.lockout.forgetMs);
  });
  assert.deepEqual(await database.read.selectFrom('login_waits').select('pair').execute(), [{ pair: 'new' }]);
});
