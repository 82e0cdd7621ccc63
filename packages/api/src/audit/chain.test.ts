import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { test } from 'node:test';
import { eachDatabase } from '../db/testing/each-database.ts';
import type { Database } from '../db/database.ts';
import { FIRST_HASH, canonicalEvent, hashEvent } from './chain.ts';
import { pruneEvents } from './prune.ts';
import { startSealer } from './sealer.ts';
import { happens } from '../http/testing/happens.ts';
import { entryOf, openLedger } from './testing/ledger.ts';
import { verifyChain } from './verify.ts';

const facts = {
  id: '019ac2f0-0000-7000-8000-000000000001',
  at: 1_767_225_600_000,
  name: 'login.failed',
  outcome: 'failure',
  reason: 'password',
  actor_id: null,
  subject_id: 'u1',
  session_id: null,
  token_hash: null,
  key_id: null,
  source: '192.0.2.1',
  user_agent: 'Firefox "144"',
  request_id: 'r1',
  details: '{"tries":3}',
} as const;

test('canonicalEvent() and hashEvent() give the same bytes for ever', () => {
  assert.equal(
    canonicalEvent(7, facts),
    '{"actorId":null,"at":1767225600000,"details":"{\\"tries\\":3}","id":"019ac2f0-0000-7000-8000-000000000001",' +
      '"keyId":null,"name":"login.failed","outcome":"failure","reason":"password","requestId":"r1","seq":7,' +
      '"sessionId":null,"source":"192.0.2.1","subjectId":"u1","tokenHash":null,"userAgent":"Firefox \\"144\\""}',
  );
  assert.equal(hashEvent(FIRST_HASH, 7, facts), '419314c390eceb42f74fd4297d41d6ae8ffb32ff4f1a553570bb4d5855b26e9a');
});

eachDatabase('startSealer() numbers events without a gap, each chained to the one before', async (database) => {
  const ledger = await openLedger(database);
  await ledger.fill(600);
  const rows = await database.read.selectFrom('audit_events').selectAll().orderBy('position').execute();
  assert.deepEqual(
    rows.map((row) => row.seq),
    Array.from({ length: 600 }, (_, index) => index + 1),
  );
  assert.equal(rows[0]?.previous_hash, FIRST_HASH);
  assert.ok(rows.slice(1).every((row, index) => row.previous_hash === rows[index]?.hash));
  const verified = await verifyChain(database);
  assert.deepEqual(verified, {
    ok: true,
    checked: 600,
    lastHash: rows.at(-1)?.hash,
    lastSeq: 600,
    brokenAt: null,
    unsealed: 0,
    isExpectedFound: null,
  });
});

eachDatabase('startSealer() seals by itself within a second', async (database) => {
  const ledger = await openLedger(database);
  const sealer = startSealer({ database, clock: ledger.clock, log: ledger.log });
  await database.transact((query) => ledger.audit.record(query, entryOf(1)));
  const isSealed = await happens(1_000, async () => (await verifyChain(database)).checked > 0);
  await sealer.stop();
  assert.ok(isSealed);
});

eachDatabase('several sealers on one database make one chain', async (database) => {
  const ledger = await openLedger(database);
  const others = await Promise.all([openLedger(database), openLedger(database), openLedger(database)]);
  for (let round = 0; round < 5; round++) {
    await Promise.all(
      Array.from({ length: 40 }, (_, number) =>
        database.transact((query) => ledger.audit.record(query, entryOf(number))),
      ),
    );
    await Promise.all([ledger, ...others].map(({ sealer }) => sealer.seal()));
  }
  await ledger.sealer.seal();
  const { ok, checked, unsealed } = await verifyChain(database);
  assert.deepEqual({ ok, checked, unsealed }, { ok: true, checked: 200, unsealed: 0 });
});

const changes: [string, (database: Database) => Promise<unknown>][] = [
  ['a fact', (database) => run(database, `update audit_events set details = '{}' where seq = 3`)],
  ['an outcome', (database) => run(database, `update audit_events set outcome = 'failure' where seq = 3`)],
  ['a time', (database) => run(database, `update audit_events set at = at + 1 where seq = 3`)],
  ['a hash', (database) => run(database, `update audit_events set hash = '${FIRST_HASH}' where seq = 3`)],
  ['a number', (database) => run(database, `update audit_events set seq = 100 where seq = 3`)],
  ['a fact before it is sealed', (database) => run(database, `update audit_events set name = 'x' where seq is null`)],
  ['a deletion', (database) => run(database, 'delete from audit_events where seq = 3')],
  ['a deletion of the end', (database) => run(database, 'delete from audit_events where seq = 5')],
  ['a deletion before the seal', (database) => run(database, 'delete from audit_events where seq is null')],
  ['a sealed stranger', (database) => run(database, stranger(99, `'${FIRST_HASH}'`))],
  ['a checkpoint moved', (database) => run(database, 'update audit_checkpoints set seq = 5')],
  ['a checkpoint taken away', (database) => run(database, 'delete from audit_checkpoints')],
];

const stranger = (seq: number, hash: string): string =>
  `insert into audit_events (id, at, name, outcome, source, user_agent, request_id, details, seq, previous_hash, hash)
   values ('stranger', 1, 'x', 'success', '', '', '', '{}', ${seq}, ${hash}, ${hash})`;

function run(database: Database, statement: string): Promise<unknown> {
  return database.transact((query) => sql.raw(statement).execute(query));
}

eachDatabase('the database itself refuses every change of the log', async (database) => {
  const ledger = await openLedger(database);
  await ledger.fill(5);
  await pruneEvents({ database, clock: ledger.clock, audit: ledger.audit }, 0);
  await run(database, `insert into audit_checkpoints (seq, hash, created_at) values (0, 'x', 0)`);
  await database.transact((query) => ledger.audit.record(query, entryOf(6)));
  for (const [what, change] of changes) await assert.rejects(change(database), /append-only/, what);
  if (database.dialect === 'sqlite')
    await assert.rejects(run(database, stranger(99, `'x'`).replace('insert', 'insert or replace')), /append-only/);
  else await assert.rejects(run(database, 'truncate audit_events'), /append-only/);
  await ledger.sealer.seal();
  assert.equal((await database.read.selectFrom('audit_events').select('id').execute()).length, 6);
});

/** What somebody who owns the database can do: take the triggers away. */
async function dropTriggers(database: Database): Promise<void> {
  for (const name of ['audit_events_update', 'audit_events_delete'])
    await run(database, `drop trigger ${name}${database.dialect === 'postgres' ? ' on audit_events' : ''}`);
}

eachDatabase('verifyChain() finds what was changed without the triggers, and where', async (database) => {
  const ledger = await openLedger(database);
  await ledger.fill(5);
  const { lastHash } = await verifyChain(database);
  await dropTriggers(database);
  await run(database, `update audit_events set details = '{"number":8}' where seq = 3`);
  assert.deepEqual(pick(await verifyChain(database)), { ok: false, checked: 2, brokenAt: 3 });
  await run(database, `update audit_events set details = '{"number":3}' where seq = 3`);
  assert.deepEqual(pick(await verifyChain(database, lastHash)), { ok: true, checked: 5, brokenAt: null });
  await run(database, 'delete from audit_events where seq = 5');
  // A chain that was cut at its end is whole; only a hash that was noted elsewhere tells.
  assert.deepEqual(pick(await verifyChain(database)), { ok: true, checked: 4, brokenAt: null });
  assert.deepEqual(pick(await verifyChain(database, lastHash)), { ok: false, checked: 4, brokenAt: null });
  await run(database, 'delete from audit_events where seq = 2');
  assert.deepEqual(pick(await verifyChain(database)), { ok: false, checked: 1, brokenAt: 2 });
});

const pick = ({ ok, checked, brokenAt }: { ok: boolean; checked: number; brokenAt: number | null }) => ({
  ok,
  checked,
  brokenAt,
});

eachDatabase('pruneEvents() erases from the beginning only, and the rest stays a chain', async (database) => {
  const ledger = await openLedger(database);
  const ports = { database, clock: ledger.clock, audit: ledger.audit };
  await ledger.fill(10);
  const before = await verifyChain(database);
  ledger.tick(1_000);
  await ledger.fill(3);
  const border = ledger.clock.now();
  assert.equal(await pruneEvents(ports, border), 10);
  assert.equal(await pruneEvents(ports, border), 0);
  await ledger.sealer.seal();
  const after = await verifyChain(database, before.lastHash);
  assert.deepEqual(pick(after), { ok: true, checked: 4, brokenAt: null });
  const names = await database.read.selectFrom('audit_events').select(['name', 'details']).orderBy('seq').execute();
  assert.deepEqual(names.at(-1), {
    name: 'audit.pruned',
    details: '{"events":10,"before":"2026-01-01T00:00:01.000Z"}',
  });
  ledger.tick(1_000);
  assert.equal(await pruneEvents(ports, ledger.clock.now()), 4);
  await ledger.sealer.seal();
  assert.deepEqual(pick(await verifyChain(database)), { ok: true, checked: 1, brokenAt: null });
});
