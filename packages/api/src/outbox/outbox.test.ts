// Proves that an announcement shares the fate of its transaction.
import assert from 'node:assert/strict';
import { eachDatabase } from '../db/testing/each-database.ts';
import { newId } from '../ids.ts';
import { readAdvanced } from './event.ts';
import { record } from './outbox.ts';

eachDatabase('record() stores with the transaction, in order, and not without it', async (database) => {
  const events = [1, 2, 3].map((readSeq) =>
    readAdvanced(newId(1), { roomId: newId(2), readSeq }, { actor: null, now: 5 }),
  );
  await assert.rejects(
    database.transact(async (query) => {
      await record(query, events);
      throw new Error('the fact did not become one');
    }),
  );
  assert.deepEqual(await database.read.selectFrom('outbox').select('id').execute(), []);
  await database.transact((query) => record(query, events));
  await database.transact((query) => record(query, []));
  const stored = await database.read
    .selectFrom('outbox')
    .select(['id', 'stream', 'payload'])
    .orderBy('position')
    .execute();
  assert.deepEqual(
    stored,
    events.map(({ stream, event }) => ({ id: event.id, stream, payload: JSON.stringify(event) })),
  );
  // @ts-expect-error the database itself is no transaction: the compiler keeps facts and announcements together
  const outside = (): Promise<void> => record(database.read, events);
  assert.equal(typeof outside, 'function');
});
