// Proves that what is recorded is published in order, once, through refusals, outages and crashes.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import type { Clock } from '../context.ts';
import type { Database } from '../db/database.ts';
import { eachDatabase, openTestSqlite } from '../db/testing/each-database.ts';
import { newId } from '../ids.ts';
import { createPublisher } from '../realtime/publisher.ts';
import {
  createRecordingGateway,
  type RecordingGateway,
  type RecordedCall,
} from '../realtime/testing/recording-gateway.ts';
import { readAdvanced } from './event.ts';
import { record } from './outbox.ts';
import { RELAY_BOUNDS, startRelay, type Relay, type RelayBounds } from './relay.ts';

const QUICK: RelayBounds = {
  ...RELAY_BOUNDS,
  pollMs: 5,
  streamBackoff: { firstMs: 1, longestMs: 2 },
  outageBackoff: { firstMs: 1, longestMs: 2 },
};

function start(t: TestContext, database: Database, gateway: RecordingGateway, bounds = QUICK): Relay {
  return startAt(t, { database, gateway, clock: { now: Date.now } }, bounds);
}

function startAt(
  t: TestContext,
  { database, gateway, clock }: { database: Database; gateway: RecordingGateway; clock: Clock },
  bounds: RelayBounds,
): Relay {
  const realtime = createPublisher(gateway.serverApi);
  const log = pino({ level: 'silent' });
  const relay = startRelay({ database, realtime, clock, log, random: () => 0.5 }, bounds);
  t.after(() => relay.stop());
  return relay;
}

const ANN = newId(1);
const BOB = newId(2);

/** Records one event for a person; `readSeq` tells events apart. */
const tell = (database: Database, userId: string, readSeq: number): Promise<void> =>
  database.transact((query) =>
    record(query, [readAdvanced(userId, { roomId: ANN, readSeq }, { actor: null, now: Date.now() })]),
  );

const told = (gateway: RecordingGateway, userId: string): unknown[] =>
  gateway.published(`user:${userId}`).map(({ data }) => (data as { readSeq: number }).readSeq);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

async function emptied(database: Database): Promise<void> {
  const deadline = AbortSignal.timeout(10_000);
  for (;;) {
    const rows = await database.read.selectFrom('outbox').select('position').limit(1).execute();
    if (rows.length === 0) return;
    deadline.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const forUser = (call: RecordedCall, userId: string): boolean =>
  (call.params as { channel?: string }).channel === `user:${userId}`;

eachDatabase(
  'startRelay() publishes each stream in the order of recording and empties the outbox',
  async (database, t) => {
    const gateway = createRecordingGateway();
    const relay = start(t, database, gateway, { ...QUICK, batch: 7 });
    for (const seq of upTo(30)) {
      await tell(database, ANN, seq);
      await tell(database, BOB, seq);
      relay.wake();
    }
    await emptied(database);
    assert.deepEqual(told(gateway, ANN), upTo(30));
    assert.deepEqual(told(gateway, BOB), upTo(30));
    await relay.stop();
    const stats = await relay.stats();
    assert.deepEqual(stats, { delivered: 60, retried: 0, failed: 0, lost: 0, waiting: 0, lagMs: 0 });
  },
);

eachDatabase('startRelay() lets other streams go on while one is refused, and keeps its order', async (database, t) => {
  const gateway = createRecordingGateway();
  const refused = { ann: 0 };
  gateway.judge = (call) => {
    if (!forUser(call, ANN) || told(gateway, BOB).length === 5) return 'ok';
    refused.ann += 1;
    return { code: 100, message: 'internal server error' };
  };
  for (const seq of upTo(5)) await tell(database, ANN, seq);
  for (const seq of upTo(5)) await tell(database, BOB, seq);
  const relay = start(t, database, gateway, { ...QUICK, batch: 6 });
  await emptied(database);
  assert.deepEqual(told(gateway, BOB), upTo(5));
  assert.deepEqual(told(gateway, ANN), upTo(5));
  assert.ok(refused.ann > 0);
  await relay.stop();
  assert.equal((await relay.stats()).retried, refused.ann);
});

eachDatabase('startRelay() leaves a refused stream alone until its pause is over', async (database, t) => {
  const gateway = createRecordingGateway();
  const time = { now: Date.now() };
  const ann = { tries: 0, isRefused: true };
  gateway.judge = (call) => {
    if (!forUser(call, ANN)) return 'ok';
    ann.tries += 1;
    return ann.isRefused ? { code: 100, message: 'internal server error' } : 'ok';
  };
  for (const seq of upTo(3)) await tell(database, ANN, seq);
  startAt(t, { database, gateway, clock: { now: () => time.now } }, QUICK);
  await gateway.until(() => ann.tries === 1);
  for (const seq of upTo(10)) {
    await tell(database, BOB, seq);
    await gateway.until(() => told(gateway, BOB).length === seq);
  }
  assert.equal(ann.tries, 1);
  ann.isRefused = false;
  time.now += 1_000;
  await emptied(database);
  assert.deepEqual(told(gateway, ANN), [1, 2, 3]);
  assert.equal(ann.tries, 4);
});

eachDatabase('startRelay() survives an outage of the gateway without losing or doubling', async (database, t) => {
  const gateway = createRecordingGateway();
  const verdicts = ['unreachable', 'carried_out_but_unreachable', 'unreachable'] as const;
  const state = { calls: 0 };
  gateway.judge = () => verdicts[state.calls++ % 4] ?? 'ok';
  for (const seq of upTo(20)) await tell(database, seq % 2 === 0 ? ANN : BOB, seq);
  start(t, database, gateway);
  await emptied(database);
  assert.deepEqual(
    told(gateway, BOB),
    upTo(20).filter((seq) => seq % 2 === 1),
  );
  assert.deepEqual(
    told(gateway, ANN),
    upTo(20).filter((seq) => seq % 2 === 0),
  );
});

eachDatabase(
  'startRelay() gives up an announcement that is refused for good, and goes on behind it',
  async (database, t) => {
    const gateway = createRecordingGateway();
    const tries: unknown[] = [];
    gateway.judge = ({ params }) => {
      const { data } = params as { data: { data: { readSeq: number } } };
      if (data.data.readSeq !== 2) return 'ok';
      tries.push(params);
      return { code: 107, message: 'bad request' };
    };
    for (const seq of upTo(3)) await tell(database, ANN, seq);
    const relay = start(t, database, gateway);
    await emptied(database);
    assert.deepEqual(told(gateway, ANN), [1, 3]);
    assert.equal(tries.length, 5);
    assert.equal((await relay.stats()).failed, 1);
  },
);

eachDatabase(
  'startRelay() publishes again under the same key after a crash between publishing and deleting',
  async (database, t) => {
    const gateway = createRecordingGateway();
    for (const seq of upTo(3)) await tell(database, ANN, seq);
    // The first relay publishes and cannot delete, like a process that is killed in between.
    const crashing: Database = { ...database, transact: () => Promise.reject(new Error('killed')) };
    const first = start(t, crashing, gateway);
    await gateway.until(() => gateway.calls.length >= 3);
    await first.stop();
    assert.equal((await database.read.selectFrom('outbox').select('id').execute()).length, 3);
    const before = gateway.calls.length;
    start(t, database, gateway);
    await emptied(database);
    const keys = gateway.calls.map(({ params }) => (params as { idempotency_key: string }).idempotency_key);
    assert.deepEqual(keys.slice(before), keys.slice(0, 3));
    assert.deepEqual(told(gateway, ANN), [1, 2, 3]);
  },
);

eachDatabase('startRelay() twice on one database publishes each event once and in order', async (database, t) => {
  const gateway = createRecordingGateway();
  for (const seq of upTo(60)) await tell(database, seq % 2 === 0 ? ANN : BOB, seq);
  start(t, database, gateway, { ...QUICK, batch: 5 });
  start(t, database, gateway, { ...QUICK, batch: 9 });
  await emptied(database);
  assert.deepEqual(
    told(gateway, BOB),
    upTo(60).filter((seq) => seq % 2 === 1),
  );
  assert.deepEqual(
    told(gateway, ANN),
    upTo(60).filter((seq) => seq % 2 === 0),
  );
});

void test('startRelay() publishes only what would survive a power loss', async (t) => {
  const database = await openTestSqlite(t);
  const gateway = createRecordingGateway();
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const held: Database = {
    ...database,
    durable() {
      asked.resolve();
      return gate.promise;
    },
  };
  await tell(database, ANN, 1);
  start(t, held, gateway);
  await asked.promise;
  assert.deepEqual(gateway.calls, []);
  gate.resolve();
  await emptied(database);
  assert.deepEqual(told(gateway, ANN), [1]);
});

void test('startRelay() looks once for a batch that holds all there is', async (t) => {
  const database = await openTestSqlite(t);
  const gateway = createRecordingGateway();
  const settled = Promise.withResolvers<void>();
  const counts = { looks: 0 };
  const watched: Database = {
    ...database,
    get read() {
      counts.looks += 1;
      return database.read;
    },
    async transact(work) {
      const result = await database.transact(work);
      settled.resolve();
      return result;
    },
  };
  await tell(database, ANN, 1);
  start(t, watched, gateway, { ...QUICK, pollMs: 60_000 });
  await settled.promise;
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told(gateway, ANN), [1]);
  assert.equal(counts.looks, 1);
});

void test('startRelay() goes on after the database was lost', async (t) => {
  const database = await openTestSqlite(t);
  const gateway = createRecordingGateway();
  const state = { failures: 3 };
  const flaky: Database = {
    ...database,
    durable() {
      state.failures -= 1;
      return state.failures >= 0 ? Promise.reject(new Error('lost')) : database.durable();
    },
  };
  await tell(database, ANN, 1);
  start(t, flaky, gateway);
  await emptied(database);
  assert.deepEqual(told(gateway, ANN), [1]);
});

void test('Relay.stop() finishes the batch in hand and leaves the rest for the next start', async (t) => {
  const database = await openTestSqlite(t);
  const gateway = createRecordingGateway();
  for (const seq of upTo(10)) await tell(database, ANN, seq);
  const relay = start(t, database, gateway, { ...QUICK, batch: 4 });
  await gateway.until(() => gateway.calls.length === 1);
  await relay.stop();
  assert.deepEqual(told(gateway, ANN), upTo(4));
  const waiting = await database.read.selectFrom('outbox').select('position').execute();
  assert.equal(waiting.length, 6);
});

eachDatabase('startRelay() gives a row up that nobody can read, and delivers those around it', async (database, t) => {
  const gateway = createRecordingGateway();
  for (const seq of [1, 2, 3]) await tell(database, ANN, seq);
  await tell(database, BOB, 1);
  const rows = await database.read.selectFrom('outbox').select('position').orderBy('position').execute();
  const second = rows[1]!.position;
  await database.transact((query) =>
    query.updateTable('outbox').set({ payload: '{"half":' }).where('position', '=', second).execute(),
  );
  const relay = start(t, database, gateway);
  await emptied(database);
  assert.deepEqual([told(gateway, ANN), told(gateway, BOB)], [[1, 3], [1]]);
  await relay.stop();
  const { delivered, failed } = await relay.stats();
  assert.deepEqual({ delivered, failed }, { delivered: 4, failed: 1 });
});
