// Checks counters that nodes share: the same allowance as in memory, once for all of them, under any burst.
import assert from 'node:assert/strict';
import { eachDatabase } from '../db/testing/each-database.ts';
import { createMemoryCounters } from './counter-store.ts';
import { createRateLimits } from './rate-limits.ts';
import { createSharedCounters, sweepCounts } from './shared-counters.ts';
import { happens } from './testing/happens.ts';
import { captureLog } from './testing/platform.ts';

const cells = { intervalMs: 700 / 3, capacity: 3 };

function createTime() {
  const time = { now: Date.UTC(2026, 0, 1) };
  return { clock: { now: () => time.now }, tick: (ms: number) => (time.now += ms) };
}

eachDatabase(
  'createSharedCounters() answers what counters in memory answer, wherever the clock goes',
  async (database) => {
    const { clock, tick } = createTime();
    const shared = createSharedCounters({ database, clock });
    const memory = createMemoryCounters(clock, 10);
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const seen = { fitted: 0, refused: 0 };
    for (let step = 0; step < 200; step += 1) {
      const cost = 1 + random(4);
      const [ours, expected] = [await shared.take('a', cells, cost), await memory.take('a', cells, cost)];
      assert.equal(ours.ok, expected.ok, `step ${step}`);
      if (ours.ok && expected.ok) assert.ok(Math.abs(ours.arrival - expected.arrival) < 0.01);
      if (!ours.ok && !expected.ok) assert.ok(Math.abs(ours.waitMs - expected.waitMs) < 0.01);
      seen[ours.ok ? 'fitted' : 'refused'] += 1;
      if (random(10) === 0) await Promise.all([shared.give('a', cells, 1), memory.give('a', cells, 1)]);
      if (random(20) === 0) await Promise.all([shared.forget('a'), memory.forget('a')]);
      // Beyond the second for which a refusal is believed without asking.
      tick(random(15) === 0 ? -60_000 : 1_000 + random(400) - (ours.ok ? 900 : 0));
    }
    assert.ok(seen.fitted > 50 && seen.refused > 20, JSON.stringify(seen));
  },
);

// identity 2.2: 113
eachDatabase('createSharedCounters() lets exactly the burst through on three nodes at once', async (database) => {
  const { clock, tick } = createTime();
  const nodes = Array.from({ length: 3 }, () =>
    createRateLimits({
      clock,
      shared: { store: createSharedCounters({ database, clock }), log: captureLog().log },
      overrides: { 'login-identifier': { points: 5, windowSeconds: 3_600 } },
    }),
  );
  const takeAll = async (): Promise<number> => {
    const taken = await Promise.all(
      Array.from({ length: 99 }, (_, at) => nodes[at % 3]!.take('login-identifier', 'ada')),
    );
    return taken.filter(({ ok }) => ok).length;
  };
  assert.equal(await takeAll(), 5);
  tick(720_000);
  assert.equal(await takeAll(), 1);
  await nodes[0]!.forget('login-identifier', 'ada');
  const isForgotten = async () => (await database.read.selectFrom('rate_counts').select('key').execute()).length === 0;
  assert.ok(await happens(5_000, isForgotten));
  // The other nodes believe what they were told for a second at most.
  tick(1_000);
  assert.equal(await takeAll(), 5);
});

eachDatabase('createSharedCounters() asks the database for nothing while a refusal is fresh', async (database) => {
  const { clock, tick } = createTime();
  const asked = { times: 0 };
  const counted = {
    ...database,
    get read() {
      asked.times += 1;
      return database.read;
    },
    transact: ((work) => {
      asked.times += 1;
      return database.transact(work);
    }) as typeof database.transact,
  };
  const shared = createSharedCounters({ database: counted, clock });
  const one = { intervalMs: 60_000, capacity: 1 };
  assert.equal((await shared.take('a', one, 1)).ok, true);
  assert.deepEqual(await shared.take('a', one, 1), { ok: false, waitMs: 60_000 });
  const before = asked.times;
  for (let at = 0; at < 1_000; at += 1) await shared.take('a', one, 1);
  assert.equal(asked.times, before);
  tick(400);
  assert.deepEqual(await shared.take('a', one, 1), { ok: false, waitMs: 59_600 });
  assert.equal(asked.times, before);
  tick(600);
  assert.deepEqual(await shared.take('a', one, 1), { ok: false, waitMs: 59_000 });
  assert.ok(asked.times > before);
});

eachDatabase('sweepCounts() erases the keys whose buckets are empty', async (database) => {
  const { clock, tick } = createTime();
  const shared = createSharedCounters({ database, clock });
  await shared.take('short', { intervalMs: 1_000, capacity: 2 }, 1);
  await shared.take('long', { intervalMs: 60_000, capacity: 2 }, 1);
  tick(1_000);
  await database.transact((query) => sweepCounts(query, clock.now()));
  assert.deepEqual(await database.read.selectFrom('rate_counts').select('key').execute(), [{ key: 'long' }]);
});

eachDatabase('createRateLimits() counts by itself while the shared database is lost', async (database) => {
  const { clock } = createTime();
  const captured = captureLog();
  await database.close();
  const shared = createSharedCounters({ database, clock });
  const overrides = { 'login-source': { points: 1, windowSeconds: 60 } };
  const limits = createRateLimits({ clock, shared: { store: shared, log: captured.log }, overrides });
  const taken = [await limits.take('login-source', 'a'), await limits.take('login-source', 'a')];
  assert.deepEqual(
    taken.map(({ ok }) => ok),
    [true, false],
  );
  assert.match(captured.text(), /shared counts of rate limits cannot be reached/);
});
