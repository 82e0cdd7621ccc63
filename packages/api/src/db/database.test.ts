// Proves on both databases what `Database` promises.
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { eachDatabase } from './testing/each-database.ts';

const entry = (id: string) => ({ id, stream: 's', type: 't', payload: '{}', created_at: 1 });

eachDatabase('transact() gives the result and read sees it', async (database) => {
  const row = await database.transact((query) =>
    query.insertInto('outbox').values(entry('a')).returning(['position', 'attempts']).executeTakeFirstOrThrow(),
  );
  assert.deepEqual(row, { position: 1, attempts: 0 });
  assert.deepEqual(await database.read.selectFrom('outbox').select(['id', 'created_at']).execute(), [
    { id: 'a', created_at: 1 },
  ]);
});

eachDatabase('transact() stores nothing when the work throws', async (database) => {
  const refusal = new Error('no');
  const attempt = database.transact(async (query) => {
    await query.insertInto('outbox').values(entry('a')).execute();
    throw refusal;
  });
  await assert.rejects(attempt, (error) => error === refusal);
  assert.deepEqual(await database.read.selectFrom('outbox').selectAll().execute(), []);
  await database.transact((query) => query.insertInto('outbox').values(entry('b')).execute());
  assert.deepEqual(await database.read.selectFrom('outbox').select('id').execute(), [{ id: 'b' }]);
});

eachDatabase('migrate() may run again, and at the same time', async (database) => {
  await Promise.all([database.migrate(), database.migrate(), database.migrate()]);
  const { rows } = await sql<{ count: number }>`select count(*) as count from kysely_migration`.execute(database.read);
  assert.deepEqual(rows, [{ count: 1 }]);
});
