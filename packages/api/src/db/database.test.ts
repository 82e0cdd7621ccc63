// Proves on both databases what `Database` promises.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { sql, type Transaction } from 'kysely';
import type { Tables } from './schema.ts';
import { eachDatabase } from './testing/each-database.ts';
import { insertSampleRoom, sampleAnnouncement, sampleMessage, sendSampleMessage } from './testing/sample-rows.ts';

const announce = (id: string) => (query: Transaction<Tables>) =>
  query.insertInto('outbox').values(sampleAnnouncement(id)).execute();

eachDatabase('transact() gives the result and read sees it', async (database) => {
  const row = await database.transact((query) =>
    query
      .insertInto('outbox')
      .values(sampleAnnouncement('a'))
      .returning(['position', 'attempts'])
      .executeTakeFirstOrThrow(),
  );
  assert.deepEqual(row, { position: 1, attempts: 0 });
  assert.deepEqual(await database.read.selectFrom('outbox').select(['id', 'created_at']).execute(), [
    { id: 'a', created_at: 1_700_000_000_000 },
  ]);
});

eachDatabase('transact() stores nothing when the work throws', async (database) => {
  const refusal = new Error('no');
  const attempt = database.transact(async (query) => {
    await announce('a')(query);
    throw refusal;
  });
  await assert.rejects(attempt, (error) => error === refusal);
  assert.deepEqual(await database.read.selectFrom('outbox').selectAll().execute(), []);
  await database.transact(announce('b'));
  assert.deepEqual(await database.read.selectFrom('outbox').select('id').execute(), [{ id: 'b' }]);
});

eachDatabase('read sees what is committed and does not wait for a running transaction', async (database) => {
  const ids = () => database.read.selectFrom('outbox').select('id').execute();
  await database.transact(async (query) => {
    await announce('a')(query);
    assert.deepEqual(await ids(), []);
    assert.deepEqual(await query.selectFrom('outbox').select('id').execute(), [{ id: 'a' }]);
  });
  assert.deepEqual(await ids(), [{ id: 'a' }]);
});

eachDatabase('transact() gives 200 concurrent senders the numbers 1 to 200', async (database) => {
  await database.transact(insertSampleRoom);
  const numbers = await Promise.all(Array.from({ length: 200 }, (_, n) => sendSampleMessage(database, `m${n}`)));
  const expected = Array.from({ length: 200 }, (_, n) => n + 1);
  assert.deepEqual(
    numbers.toSorted((a, b) => a - b),
    expected,
  );
  const stored = await database.read.selectFrom('messages').select('seq').orderBy('seq').execute();
  assert.deepEqual(
    stored.map((row) => row.seq),
    expected,
  );
  assert.deepEqual(await database.read.selectFrom('rooms').select('last_seq').execute(), [{ last_seq: 200 }]);
});

eachDatabase('the same client message id is stored once, and the refusal is not a StorageError', async (database) => {
  await database.transact(insertSampleRoom);
  await database.transact((query) => query.insertInto('messages').values(sampleMessage('m1', 1)).execute());
  const again = { ...sampleMessage('m2', 2), client_message_id: 'client-m1' };
  await assert.rejects(
    database.transact((query) => query.insertInto('messages').values(again).execute()),
    (error: Error) => error.name !== 'StorageError' && /unique/i.test(error.message),
  );
  const skipped = await database.transact((query) =>
    query
      .insertInto('messages')
      .values(again)
      .onConflict((conflict) => conflict.columns(['author_id', 'client_message_id']).doNothing())
      .returning('id')
      .executeTakeFirst(),
  );
  assert.equal(skipped, undefined);
});

eachDatabase('references and checks are enforced', async (database) => {
  await assert.rejects(
    database.transact((query) => query.insertInto('messages').values(sampleMessage('m1', 1)).execute()),
    /foreign key/i,
  );
  await database.transact(insertSampleRoom);
  await assert.rejects(
    database.transact((query) => query.updateTable('rooms').set({ is_private: 2 }).execute()),
    /check constraint/i,
  );
});

eachDatabase('a value of another type than the column is refused, not stored as something else', async (database) => {
  const wrong = [new Date(0), true, { a: 1 }, undefined, 'no number'];
  for (const value of wrong) {
    await assert.rejects(
      database.transact((query) =>
        sql`insert into revocations (subject, expires_at) values ('sid:1', ${value})`.execute(query),
      ),
      `${inspect(value)} was stored`,
    );
  }
  assert.deepEqual(await database.read.selectFrom('revocations').selectAll().execute(), []);
});

eachDatabase('integers are exact up to 2^53, and beyond that an error', async (database) => {
  const largest = Number.MAX_SAFE_INTEGER;
  await database.transact((query) =>
    query.insertInto('revocations').values({ subject: 'sid:1', expires_at: largest }).execute(),
  );
  assert.deepEqual(await database.read.selectFrom('revocations').select('expires_at').execute(), [
    { expires_at: largest },
  ]);
  await database.transact((query) => sql`update revocations set expires_at = ${2n ** 53n}`.execute(query));
  await assert.rejects(database.read.selectFrom('revocations').select('expires_at').execute(), RangeError);
});

eachDatabase('texts sort byte by byte', async (database) => {
  for (const subject of ['b', 'ä', 'B', 'a']) {
    await database.transact((query) => query.insertInto('revocations').values({ subject, expires_at: 1 }).execute());
  }
  const rows = await database.read.selectFrom('revocations').select('subject').orderBy('subject').execute();
  assert.deepEqual(
    rows.map((row) => row.subject),
    ['B', 'a', 'b', 'ä'],
  );
});

eachDatabase('a read transaction sees one state throughout', async (database) => {
  const counts = await database.read
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (query) => {
      const count = async () => (await query.selectFrom('outbox').select('id').execute()).length;
      const before = await count();
      await database.transact(announce('a'));
      return [before, await count()];
    });
  assert.deepEqual(counts, [0, 0]);
});

eachDatabase('a query of a transaction that has ended is refused', async (database) => {
  const ended = await database.transact((query) => Promise.resolve(() => announce('late')(query)));
  await assert.rejects(ended());
  assert.deepEqual(await database.read.selectFrom('outbox').selectAll().execute(), []);
});

eachDatabase('migrate() may run again, and at the same time', async (database) => {
  await Promise.all([database.migrate(), database.migrate(), database.migrate()]);
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(database.read);
  assert.deepEqual(rows, [{ name: '0001-initial' }, { name: '0002-identity' }]);
});

eachDatabase('migrate() refuses a database of a newer version by name', async (database) => {
  const newer = sql`insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01T00:00:00.000Z')`;
  await database.transact((query) => newer.execute(query));
  await assert.rejects(database.migrate(), { name: 'StorageError', message: /newer Parley \(it knows 9999-later\)/ });
});

eachDatabase('ping() resolves while the database is open, and transact() rejects after close()', async (database) => {
  await database.ping();
  await database.durable();
  await database.close();
  await assert.rejects(database.transact(announce('a')), { name: 'StorageError', code: 'storage.unavailable' });
  await assert.rejects(database.ping());
  await database.close();
});
