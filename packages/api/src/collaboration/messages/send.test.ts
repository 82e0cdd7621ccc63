// Proves that a message is stored once, under a number without gaps, beside its announcement.
import assert from 'node:assert/strict';
import type { Message, Room } from '@parley/contract';
import { eachDatabase } from '../../db/testing/each-database.ts';
import { openDoor, type Person } from '../testing/door.ts';

const newRoom = async (owner: Person, body: object = { name: 'Tea' }): Promise<Room> =>
  (await owner.call<Room>('POST', '/rooms', body)).body;

const send = (person: Person, roomId: string, clientMessageId: string, text = 'hello') =>
  person.call<Message>('POST', `/rooms/${roomId}/messages`, { clientMessageId, text });

eachDatabase('sendMessage() stores the message, moves the sender and announces it', async (database, t) => {
  const door = await openDoor(database, t);
  const ann = await door.person('Ann');
  const bob = await door.person('Bob');
  const room = await newRoom(ann);
  await bob.call('POST', `/rooms/${room.id}/join`);
  const sent = await send(ann, room.id, 'client-0001', 'hi');
  assert.equal(sent.status, 201);
  assert.deepEqual(sent.body, {
    id: sent.body.id,
    roomId: room.id,
    seq: 1,
    revision: 1,
    author: { id: ann.id, name: 'Ann' },
    clientMessageId: 'client-0001',
    text: 'hi',
    createdAt: sent.body.createdAt,
    editedAt: null,
    deletedAt: null,
  });
  await door.settled();
  const [joined, created] = door.gateway.published(`chat:${room.id}`);
  assert.equal(joined?.type, 'member.joined');
  assert.deepEqual(created, {
    id: created?.['id'],
    type: 'message.created',
    time: sent.body.createdAt,
    actor: { id: ann.id, name: 'Ann' },
    seq: 1,
    data: { message: sent.body },
  });
  for (const person of [ann, bob]) {
    const signal = door.gateway.published(`user:${person.id}`).at(-1);
    assert.equal(signal?.type, 'room.advanced');
    assert.deepEqual(signal.data, { roomId: room.id, lastSeq: 1, authorId: ann.id });
  }
  const unread = await Promise.all([ann, bob].map((person) => person.call<Room>('GET', `/rooms/${room.id}`)));
  assert.deepEqual(
    unread.map(({ body }) => body.unread),
    [0, 1],
  );
});

eachDatabase('sendMessage() answers a repeated try with the first message', async (database, t) => {
  const door = await openDoor(database, t);
  const ann = await door.person('Ann');
  const bob = await door.person('Bob');
  const room = await newRoom(ann);
  const other = await newRoom(ann);
  const first = await send(ann, room.id, 'client-0001', 'first');
  const again = await send(ann, room.id, 'client-0001', 'second');
  assert.deepEqual([first.status, again.status], [201, 200]);
  assert.deepEqual(again.body, first.body);
  assert.equal((await send(ann, other.id, 'client-0001')).status, 422);
  await bob.call('POST', `/rooms/${room.id}/join`);
  const bobs = await send(bob, room.id, 'client-0001', 'mine');
  assert.deepEqual([bobs.status, bobs.body.seq], [201, 2]);
});

eachDatabase('sendMessage() makes one message of 20 parallel tries', async (database, t) => {
  const door = await openDoor(database, t);
  const ann = await door.person('Ann');
  const room = await newRoom(ann);
  const tries = await Promise.all(Array.from({ length: 20 }, () => send(ann, room.id, 'client-0001')));
  assert.equal(tries.filter(({ status }) => status === 201).length, 1);
  assert.equal(tries.filter(({ status }) => status === 200).length, 19);
  assert.equal(new Set(tries.map(({ body }) => body.id)).size, 1);
  const stored = await database.read.selectFrom('messages').select('seq').execute();
  assert.deepEqual(stored, [{ seq: 1 }]);
  assert.equal((await send(ann, room.id, 'client-0002')).body.seq, 2);
});

eachDatabase(
  'sendMessage() numbers 200 parallel messages without gaps, each announced once in order',
  async (database, t) => {
    const door = await openDoor(database, t);
    const people = [
      await door.person('Ann'),
      await door.person('Bob'),
      await door.person('Cid'),
      await door.person('Dan'),
    ];
    const room = await newRoom(people[0]!);
    for (const person of people.slice(1)) await person.call('POST', `/rooms/${room.id}/join`);
    const sent = await Promise.all(
      Array.from({ length: 200 }, (_, index) => send(people[index % 4]!, room.id, `client-${1_000 + index}`)),
    );
    const expected = Array.from({ length: 200 }, (_, index) => index + 1);
    assert.deepEqual(
      sent.map(({ body }) => body.seq).toSorted((a, b) => a - b),
      expected,
    );
    await door.settled();
    const events = door.gateway.published(`chat:${room.id}`).filter(({ type }) => type === 'message.created');
    assert.deepEqual(
      events.map((event) => event['seq']),
      expected,
    );
    const stored = await database.read.selectFrom('rooms').select(['last_seq', 'revision']).execute();
    assert.deepEqual(stored, [{ last_seq: 200, revision: 200 }]);
  },
);

eachDatabase(
  'sendMessage() acknowledges a stored message again to a sender who has left since',
  async (database, t) => {
    const door = await openDoor(database, t);
    const ann = await door.person('Ann');
    const bob = await door.person('Bob');
    const room = await newRoom(ann);
    await bob.call('POST', `/rooms/${room.id}/join`);
    const first = await send(bob, room.id, 'client-0001');
    await bob.call('POST', `/rooms/${room.id}/leave`);
    const again = await send(bob, room.id, 'client-0001');
    assert.deepEqual([again.status, again.body], [200, first.body]);
    assert.equal((await send(bob, room.id, 'client-0002')).status, 403);
  },
);

eachDatabase(
  'sendMessage() stores nothing of a member after their removal, however the two race',
  async (database, t) => {
    const door = await openDoor(database, t);
    const ann = await door.person('Ann');
    const bob = await door.person('Bob');
    const room = await newRoom(ann);
    for (let round = 0; round < 8; round += 1) {
      await bob.call('POST', `/rooms/${room.id}/join`);
      const sends = Array.from({ length: 8 }, (_, index) => send(bob, room.id, `client-${round}-${index}`));
      const removal = ann.call('DELETE', `/rooms/${room.id}/members/${bob.id}`);
      const answers = await Promise.all(sends);
      assert.equal((await removal).status, 204);
      for (const { status } of answers) assert.ok([201, 403, 404].includes(status), String(status));
    }
    await door.settled();
    let isMember = false;
    for (const { type } of door.gateway.published(`chat:${room.id}`)) {
      if (type === 'message.created') assert.equal(isMember, true);
      else isMember = type === 'member.joined';
    }
  },
);
