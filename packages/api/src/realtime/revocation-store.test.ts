// Checks that nodes on one PostgreSQL hear of each other's revocations: all of them, also those of slow transactions.
import assert from 'node:assert/strict';
import { pino } from 'pino';
import { StorageError, type Database } from '../db/database.ts';
import { testPostgres } from '../db/testing/each-database.ts';
import { createDatabaseRevocationStore, type RevocationRecord, type RevocationStore } from './revocation-store.ts';
import { recordRevocation } from './revocation.ts';

const log = pino({ level: 'silent' });
const NOW = 1_000;
const LATER = 2_000;

/** What a listening node has heard; `heard` resolves when a subject has come. */
function listenTo(store: RevocationStore, position: number) {
  const seen: RevocationRecord[] = [];
  const waiting = new Set<() => void>();
  const listening = store.listen(position, (records) => {
    seen.push(...records);
    for (const look of waiting) look();
  });
  const heard = (subject: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!seen.some((record) => record.subject === subject)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { ...listening, seen, heard };
}

const append = (database: Database, subject: `sid:${string}`, expiresAt = LATER): Promise<void> =>
  database.transact((query) => recordRevocation(query, subject, expiresAt));

testPostgres('a store gives what is of force, then everything that is recorded after it', async (database, t) => {
  await append(database, 'sid:before');
  await append(database, 'sid:over', NOW);
  const store = createDatabaseRevocationStore({ database, log, pollMs: 10 });
  const { records, position } = await store.load(NOW);
  assert.deepEqual(records, [{ subject: 'sid:before', expiresAt: LATER }]);
  const node = listenTo(store, position);
  t.after(() => node.close());
  await append(database, 'sid:after');
  await node.heard('sid:after');
  // Recorded once more, for longer: that is news as well.
  await append(database, 'sid:before', 3_000);
  await node.heard('sid:before');
  assert.deepEqual(node.seen.findLast((record) => record.subject === 'sid:before')?.expiresAt, 3_000);
});

testPostgres(
  'a store misses nothing of a transaction that began earlier and commits later than others',
  async (database, t) => {
    const store = createDatabaseRevocationStore({ database, log, pollMs: 10 });
    const { position } = await store.load(NOW);
    const node = listenTo(store, position);
    t.after(() => node.close());
    const others = Promise.withResolvers<void>();
    const slow = database.transact(async (query) => {
      await recordRevocation(query, 'sid:slow', LATER);
      await others.promise;
    });
    for (const name of ['a', 'b', 'c'] as const) {
      await append(database, `sid:${name}`);
      await node.heard(`sid:${name}`);
    }
    assert.equal(
      node.seen.some((record) => record.subject === 'sid:slow'),
      false,
    );
    others.resolve();
    await slow;
    await node.heard('sid:slow');
  },
);

// identity 2.2: 97
testPostgres('a store that is lost grows silent, is told of once, and goes on where it was', async (database, t) => {
  const state = { isLost: false };
  const warnings: unknown[] = [];
  const failing = database.read.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: ({ result }) =>
      state.isLost ? Promise.reject(new StorageError('storage.unavailable', 'lost')) : Promise.resolve(result),
  });
  const store = createDatabaseRevocationStore({
    database: { ...database, read: failing },
    log: { warn: (...words: unknown[]) => warnings.push(words) },
    pollMs: 5,
  });
  const node = listenTo(store, (await store.load(NOW)).position);
  t.after(() => node.close());
  state.isLost = true;
  await append(database, 'sid:meanwhile');
  const other = listenTo(createDatabaseRevocationStore({ database, log, pollMs: 5 }), 0);
  t.after(() => other.close());
  await other.heard('sid:meanwhile');
  const silentMs = node.silentMs();
  await append(database, 'sid:still');
  await other.heard('sid:still');
  assert.ok(node.silentMs() > silentMs);
  assert.equal(warnings.length, 1);
  assert.deepEqual(node.seen, []);
  state.isLost = false;
  await node.heard('sid:meanwhile');
  await node.heard('sid:still');
});
