import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StorageError, type Database } from '../db/database.ts';
import { eachDatabase } from '../db/testing/each-database.ts';
import { createClockLook } from './clock-watch.ts';
import { listEvents } from './read.ts';
import type { AuditEntry } from './ports.ts';
import { createSampler } from './sampling.ts';
import { entryOf, openLedger } from './testing/ledger.ts';

const bounds = { waiting: 50, batch: 20, retryMs: 1, tries: 3 };
const refused: AuditEntry = { ...entryOf(1), name: 'login.failed', outcome: 'failure', reason: 'password' };

/** The database with its transactions counted, and refused while `isLost`. */
function counted(database: Database) {
  const state = { transactions: 0, isLost: false };
  const transact: Database['transact'] = (work) => {
    state.transactions += 1;
    if (state.isLost) return Promise.reject(new StorageError('storage.unavailable', 'lost'));
    return database.transact(work);
  };
  return { state, database: { ...database, transact } };
}

eachDatabase(
  'note() writes a flood in few transactions, drops beyond its bound, and tells how many',
  async (database) => {
    const { state, database: watched } = counted(database);
    const { audit } = await openLedger(watched, bounds);
    state.transactions = 0;
    for (let number = 0; number < 100; number++) audit.note({ ...refused, requester: entryOf(number).requester });
    await audit.flushed();
    const rows = await database.read
      .selectFrom('audit_events')
      .select(['name', 'details'])
      .orderBy('position')
      .execute();
    assert.ok(state.transactions <= 4, String(state.transactions));
    const dropped = rows.filter((row) => row.name === 'audit.dropped').map((row) => JSON.parse(row.details).count);
    const written = rows.filter((row) => row.name === 'login.failed').length;
    assert.equal(written + dropped.reduce((sum, count) => sum + count, 0), 100);
    assert.ok(written >= 50);
  },
);

eachDatabase('note() survives a lost database, and close() writes what is left', async (database) => {
  const { state, database: watched } = counted(database);
  const { audit, text } = await openLedger(watched, bounds);
  state.isLost = true;
  audit.note(refused);
  await audit.flushed();
  assert.match(text(), /audit events were lost/);
  state.isLost = false;
  audit.note(refused);
  await audit.close();
  audit.note(refused);
  await audit.flushed();
  const rows = await database.read.selectFrom('audit_events').select('name').orderBy('position').execute();
  assert.deepEqual(
    rows.map((row) => row.name),
    ['login.failed', 'audit.dropped'],
  );
});

// identity 2.2: 131
eachDatabase('an event is one bounded line whatever is put into it', async (database) => {
  const { audit } = await openLedger(database);
  const evil = `a\r\n{"level":"info"}\u001B[31m\u202E\u2028\0${'x'.repeat(1_000_000)}`;
  audit.note({
    name: 'login.failed',
    outcome: 'failure',
    requester: { source: evil, userAgent: evil, requestId: evil },
    reason: evil,
    actorId: evil,
    details: { text: evil },
  });
  await audit.flushed();
  const { data } = await listEvents(database.read, {}, { limit: 5 });
  const [event] = data;
  assert.ok(event !== undefined);
  for (const value of [
    event.source,
    event.userAgent,
    event.requestId,
    event.reason,
    event.actorId,
    event.details['text'],
  ]) {
    assert.equal(String(value).length, 256);
    assert.match(String(value), /^a\?\?\{"level":"info"\}\?\[31m\?\?\?x/);
  }
});

eachDatabase('record() stores an event with its fact or not at all', async (database) => {
  const { audit } = await openLedger(database);
  await assert.rejects(
    database.transact(async (query) => {
      await audit.record(query, entryOf(1));
      throw new Error('undone');
    }),
    /undone/,
  );
  assert.equal((await listEvents(database.read, {}, { limit: 5 })).data.length, 0);
});

eachDatabase('listEvents() filters and pages from the newest to the oldest', async (database) => {
  const { audit, tick, clock } = await openLedger(database);
  for (let number = 1; number <= 5; number++) {
    await database.transact((query) => audit.record(query, entryOf(number)));
    tick(1_000);
  }
  await database.transact((query) => audit.record(query, { ...refused, subjectId: 'user-2' }));
  const names = async (filter: Parameters<typeof listEvents>[1]) =>
    (await listEvents(database.read, filter, { limit: 10 })).data.map((event) => event.requestId);
  assert.deepEqual(await names({ user: 'user-2' }), ['r1', 'r2']);
  assert.deepEqual(await names({ name: 'login.*' }), ['r1']);
  assert.deepEqual(await names({ name: 'session.created', until: clock.now() - 3_000 }), ['r2', 'r1']);
  assert.deepEqual(await names({ since: clock.now() - 1_000, outcome: 'success' }), ['r5']);
  const first = await listEvents(database.read, {}, { limit: 4 });
  const second = await listEvents(database.read, {}, { limit: 4, after: first.page.next ?? '' });
  assert.deepEqual(
    [...first.data, ...second.data].map((event) => event.requestId),
    ['r1', 'r5', 'r4', 'r3', 'r2', 'r1'],
  );
  assert.equal(second.page.next, null);
});

test('createSampler() writes the first of a kind and counts the others into the next', () => {
  const sampler = createSampler();
  const entry: AuditEntry = { ...entryOf(1), name: 'token.rejected', reason: 'expired', details: {} };
  assert.deepEqual(sampler.sample(entry, 0), entry);
  for (let number = 0; number < 9; number++) assert.equal(sampler.sample(entry, 9_999), undefined);
  assert.notEqual(sampler.sample({ ...entry, reason: 'signature' }, 9_999), undefined);
  assert.deepEqual(sampler.sample(entry, 10_000)?.details, { suppressed: 9 });
  assert.notEqual(sampler.sample(entry, 0), undefined, 'a clock that went back');
  assert.deepEqual(sampler.sample({ ...entry, name: 'login.failed' }, 0)?.details, {});
});

// identity 2.2: 59
test('createClockLook() notes a step of more than 5 s in either direction', () => {
  const noted: unknown[] = [];
  const time = { wall: 0, monotonic: 0 };
  const look = createClockLook({
    clock: { now: () => time.wall },
    monotonic: () => time.monotonic,
    audit: { note: (entry) => void noted.push([entry.name, entry.details]) },
  });
  for (const [wall, passed] of [
    [1_000, 1_000],
    [6_000, 1_000],
    [5_001 + 1_000, 1_000],
    [60_000, 60_000],
    [-10_000, 1_000],
  ] as const) {
    time.wall += wall;
    time.monotonic += passed;
    look();
  }
  assert.deepEqual(noted, [
    ['clock.stepped', { stepMs: 5_001 }],
    ['clock.stepped', { stepMs: -11_000 }],
  ]);
});
