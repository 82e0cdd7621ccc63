// Proves editing and deleting: new states, tombstones, refusals, and what stays as it is.
import assert from 'node:assert/strict';
import type { Message, Room } from '@parley/contract';
import { eachDatabase } from '../../db/testing/each-database.ts';
import { openDoor } from '../testing/door.ts';

eachDatabase('editMessage() and deleteMessage() make new states, numbered by the room', async (database, t) => {
  const door = await openDoor(database, t);
  const ann = await door.person('Ann');
  const { id } = (await ann.call<Room>('POST', '/rooms', { name: 'Tea' })).body;
  const path = `/rooms/${id}/messages`;
  const sent = (await ann.call<Message>('POST', path, { clientMessageId: 'client-0001', text: 'one' })).body;
  const edited = (await ann.call<Message>('PATCH', `${path}/${sent.id}`, { text: 'two' })).body;
  assert.deepEqual(edited, { ...sent, text: 'two', revision: 2, editedAt: edited.editedAt });
  assert.notEqual(edited.editedAt, null);
  const same = await ann.call<Message>('PATCH', `${path}/${sent.id}`, { text: 'two' });
  assert.deepEqual(same.body, edited);
  const deleted = (await ann.call<Message>('DELETE', `${path}/${sent.id}`)).body;
  assert.deepEqual(deleted, { ...edited, text: '', revision: 3, deletedAt: deleted.deletedAt });
  assert.notEqual(deleted.deletedAt, null);
  const again = await ann.call<Message>('DELETE', `${path}/${sent.id}`);
  assert.deepEqual([again.status, again.body], [200, deleted]);
  const late = await ann.call<{ code: string }>('PATCH', `${path}/${sent.id}`, { text: 'three' });
  assert.deepEqual([late.status, late.body.code], [409, 'message.deleted']);
  assert.deepEqual(await database.read.selectFrom('rooms').select(['last_seq', 'revision']).execute(), [
    { last_seq: 1, revision: 3 },
  ]);
  const stored = await database.read.selectFrom('messages').select('text').execute();
  assert.deepEqual(stored, [{ text: '' }]);
});

eachDatabase('parallel edits and a deletion end in a tombstone, each state announced once', async (database, t) => {
  const door = await openDoor(database, t);
  const ann = await door.person('Ann');
  const { id } = (await ann.call<Room>('POST', '/rooms', { name: 'Tea' })).body;
  const path = `/rooms/${id}/messages`;
  const sent = (await ann.call<Message>('POST', path, { clientMessageId: 'client-0001', text: 'one' })).body;
  const edits = Array.from({ length: 10 }, (_, index) => ann.call('PATCH', `${path}/${sent.id}`, { text: `${index}` }));
  await Promise.all([...edits, ann.call('DELETE', `${path}/${sent.id}`)]);
  await door.settled();
  const events = door.gateway.published(`chat:${id}`);
  assert.deepEqual(
    events.map((event) => event['seq']),
    events.map((_, index) => index + 1),
  );
  assert.equal(events.at(-1)?.type, 'message.deleted');
  const { revision } = await database.read.selectFrom('messages').select('revision').executeTakeFirstOrThrow();
  assert.equal(revision, events.length);
});
