// Proves rooms through the door: making, listing, coming and going, reading, typing.
import assert from 'node:assert/strict';
import type { Member, MemberPage, Membership, Room, RoomPage } from '@parley/contract';
import { RoomEvent, UserEvent } from '@parley/contract';
import { eachDatabase } from '../../db/testing/each-database.ts';
import { openDoor, type Person } from '../testing/door.ts';

const newRoom = async (owner: Person, body: object = { name: 'Tea' }): Promise<Room> =>
  (await owner.call<Room>('POST', '/rooms', body)).body;

const names = (page: RoomPage): string[] => page.data.map(({ name }) => name);

eachDatabase('createRoom() makes the caller the owner and tells their other devices', async (database, t) => {
  const door = await openDoor(database, t);
  const ann = await door.person('Ann');
  const { status, body } = await ann.call<Room>('POST', '/rooms', { name: ' Tea ', topic: 'green', isPrivate: true });
  assert.equal(status, 201);
  assert.deepEqual(body, {
    id: body.id,
    name: 'Tea',
    topic: 'green',
    isPrivate: true,
    channel: `chat:${body.id}`,
    lastSeq: 0,
    membership: {
      role: 'owner',
      readSeq: 0,
      joinedAt: body.createdAt,
    },
    memberCount: 1,
    unread: 0,
    createdAt: body.createdAt,
  });
  assert.deepEqual((await ann.call('GET', `/rooms/${body.id}`)).body, body);
  await door.settled();
  const [joined] = door.gateway.published(`user:${ann.id}`);
  assert.equal(joined?.type, 'room.joined');
});

eachDatabase('listRooms() shows own rooms by activity and public ones by name, page by page', async (database, t) => {
  const door = await openDoor(database, t);
  const ann = await door.person('Ann');
  const bob = await door.person('Bob');
  for (const name of ['b', 'a', 'd', 'c']) await newRoom(ann, { name });
  const hidden = await newRoom(ann, { name: 'hidden', isPrivate: true });
  const mine = (await ann.call<RoomPage>('GET', '/rooms')).body;
  const oldest = mine.data.find(({ name }) => name === 'b');
  await ann.call('POST', `/rooms/${oldest!.id}/messages`, { clientMessageId: 'client-0001', text: 'x' });
  const walk = async (person: Person, scope: string): Promise<string[]> => {
    const seen: string[] = [];
    for (let after = ''; ;) {
      const { body } = await person.call<RoomPage>('GET', `/rooms?scope=${scope}&limit=2${after}`);
      seen.push(...names(body));
      assert.equal(body.page.hasMore, body.page.next !== null);
      if (body.page.next === null) return seen;
      after = `&after=${body.page.next}`;
    }
  };
  const own = await walk(ann, 'mine');
  assert.equal(own[0], 'b');
  assert.deepEqual(own.toSorted(), ['a', 'b', 'c', 'd', 'hidden']);
  assert.deepEqual(await walk(bob, 'public'), ['a', 'b', 'c', 'd']);
  assert.deepEqual(await walk(bob, 'mine'), []);
  assert.equal((await bob.call('GET', `/rooms?after=${hidden.id}`)).status, 400);
});

eachDatabase(
  'joinRoom() counts what was written before as read; joining twice is one membership',
  async (database, t) => {
    const door = await openDoor(database, t);
    const ann = await door.person('Ann');
    const bob = await door.person('Bob');
    const room = await newRoom(ann);
    await ann.call('POST', `/rooms/${room.id}/messages`, { clientMessageId: 'client-0001', text: 'x' });
    const joins = await Promise.all([1, 2, 3].map(() => bob.call<Room>('POST', `/rooms/${room.id}/join`)));
    for (const { status, body } of joins)
      assert.deepEqual([status, body.memberCount, body.unread, body.membership?.readSeq], [200, 2, 0, 1]);
    await door.settled();
    const events = door.gateway.published(`chat:${room.id}`).filter(({ type }) => type === 'member.joined');
    assert.deepEqual(
      events.map(({ data }) => data),
      [{ member: { id: bob.id, name: 'Bob', role: 'member', joinedAt: joins[0]!.body.membership?.joinedAt } }],
    );
  },
);

eachDatabase(
  'markRead() moves forward only, not beyond the newest, and tells own devices once',
  async (database, t) => {
    const door = await openDoor(database, t);
    const ann = await door.person('Ann');
    const bob = await door.person('Bob');
    const room = await newRoom(ann);
    await bob.call('POST', `/rooms/${room.id}/join`);
    for (const index of [1, 2, 3])
      await ann.call('POST', `/rooms/${room.id}/messages`, { clientMessageId: `client-000${index}`, text: 'x' });
    const read = async (seq: number): Promise<number> =>
      (await bob.call<Membership>('PUT', `/rooms/${room.id}/read`, { seq })).body.readSeq;
    assert.deepEqual([await read(2), await read(1), await read(2), await read(99)], [2, 2, 2, 3]);
    await door.settled();
    const told = door.gateway.published(`user:${bob.id}`).filter(({ type }) => type === 'read.advanced');
    assert.deepEqual(
      told.map(({ data }) => data),
      [
        { roomId: room.id, readSeq: 2 },
        { roomId: room.id, readSeq: 3 },
      ],
    );
    assert.equal((await bob.call<Room>('GET', `/rooms/${room.id}`)).body.unread, 0);
  },
);

eachDatabase('tellTyping() publishes at once, outside history, and stores nothing', async (database, t) => {
  const door = await openDoor(database, t);
  const ann = await door.person('Ann');
  const room = await newRoom(ann);
  await door.settled();
  const before = door.gateway.calls.length;
  assert.equal((await ann.call('POST', `/rooms/${room.id}/typing`, { state: 'start' })).status, 204);
  await door.gateway.until(() => door.gateway.calls.length > before);
  const { method, params } = door.gateway.calls[before]!;
  const { data, ...rest } = params as { data: RoomEvent; channel: string };
  assert.deepEqual([method, rest], ['publish', { channel: room.channel, skip_history: true }]);
  assert.deepEqual(data.data, { user: { id: ann.id, name: 'Ann' }, state: 'start' });
  assert.deepEqual(await database.read.selectFrom('outbox').select('id').execute(), []);
  door.gateway.judge = () => 'unreachable';
  assert.equal((await ann.call('POST', `/rooms/${room.id}/typing`, { state: 'stop' })).status, 204);
});

eachDatabase('tellTyping() is limited per person', async (database, t) => {
  const door = await openDoor(database, t);
  const ann = await door.person('Ann');
  const room = await newRoom(ann);
  const statuses: number[] = [];
  for (let index = 0; index < 21; index += 1)
    statuses.push((await ann.call('POST', `/rooms/${room.id}/typing`, { state: 'start' })).status);
  assert.deepEqual(statuses, [...Array<number>(20).fill(204), 429]);
});

eachDatabase('members are added, listed in order, given roles; the last owner stays', async (database, t) => {
  const door = await openDoor(database, t);
  const ann = await door.person('Ann');
  const others = [await door.person('Bob'), await door.person('Cid'), await door.person('Dan')];
  const room = await newRoom(ann, { name: 'Tea', isPrivate: true });
  for (const person of others) {
    const added = await ann.call<Member>('PUT', `/rooms/${room.id}/members/${person.id}`, {});
    assert.deepEqual([added.status, added.body.role], [200, 'member']);
  }
  const first = (await ann.call<MemberPage>('GET', `/rooms/${room.id}/members?limit=3`)).body;
  const second = (await ann.call<MemberPage>('GET', `/rooms/${room.id}/members?after=${first.page.next}`)).body;
  const all = [...first.data, ...second.data];
  assert.deepEqual(all.map(({ name }) => name).toSorted(), ['Ann', 'Bob', 'Cid', 'Dan']);
  assert.equal(second.page.next, null);
  const [bob] = others;
  assert.equal((await ann.call('POST', `/rooms/${room.id}/leave`)).status, 409);
  assert.equal((await ann.call('PUT', `/rooms/${room.id}/members/${ann.id}`, { role: 'member' })).status, 409);
  assert.equal((await ann.call('PUT', `/rooms/${room.id}/members/${bob!.id}`, { role: 'owner' })).status, 200);
  assert.equal((await ann.call('POST', `/rooms/${room.id}/leave`)).status, 204);
  assert.equal(
    (await bob!.call('PUT', `/rooms/${room.id}/members/019ab2c4-7e5a-7cc1-9d7e-0123456789ab`, {})).status,
    404,
  );
});

eachDatabase('owners who all leave at once do not leave the others without one', async (database, t) => {
  const door = await openDoor(database, t);
  const owners = [
    await door.person('Ann'),
    await door.person('Bob'),
    await door.person('Cid'),
    await door.person('Dan'),
  ];
  const eve = await door.person('Eve');
  for (let round = 0; round < 6; round += 1) {
    const room = await newRoom(owners[0]!);
    for (const owner of owners.slice(1))
      await owners[0]!.call('PUT', `/rooms/${room.id}/members/${owner.id}`, { role: 'owner' });
    await eve.call('POST', `/rooms/${room.id}/join`);
    const left = await Promise.all(owners.map((person) => person.call('POST', `/rooms/${room.id}/leave`)));
    assert.equal(left.filter(({ status }) => status === 204).length, 3);
    assert.equal(left.filter(({ status }) => status === 409).length, 1);
  }
});

eachDatabase(
  'removeMember() ends tokens and the live subscription, also when the gateway is away at first',
  async (database, t) => {
    const door = await openDoor(database, t);
    const ann = await door.person('Ann');
    const bob = await door.person('Bob');
    const room = await newRoom(ann, { name: 'Tea', isPrivate: true });
    await ann.call('PUT', `/rooms/${room.id}/members/${bob.id}`, {});
    const { body } = await bob.call<{ token: string }>('POST', '/realtime/subscription-token', {
      channel: room.channel,
    });
    const { claims } = JSON.parse(body.token) as { claims: { mid: string; sub: string } };
    assert.equal(door.context.revocations.isRevoked(claims), false);
    await door.settled();
    const state = { refusals: 3 };
    door.gateway.judge = () => (state.refusals-- > 0 ? 'unreachable' : 'ok');
    assert.equal((await ann.call('DELETE', `/rooms/${room.id}/members/${bob.id}`)).status, 204);
    assert.equal(door.context.revocations.isRevoked(claims), true);
    await door.settled();
    const closing = door.gateway.calls.filter(({ method }) => method === 'unsubscribe');
    assert.ok(closing.length >= 2);
    for (const { params } of closing) assert.deepEqual(params, { user: bob.id, channel: room.channel });
    const [revocation] = await database.read.selectFrom('revocations').selectAll().execute();
    assert.equal(revocation?.subject, `mid:${claims.mid}`);
    assert.ok(revocation.expires_at > Date.now() + 900_000);
    assert.equal(door.gateway.published(`chat:${room.id}`).at(-1)?.type, 'member.left');
    assert.equal(door.gateway.published(`user:${bob.id}`).at(-1)?.type, 'room.left');
    const again = await bob.call('POST', '/realtime/subscription-token', { channel: room.channel });
    assert.equal(again.status, 404);
  },
);

eachDatabase('every published event is what the contract says', async (database, t) => {
  const door = await openDoor(database, t);
  const ann = await door.person('Ann');
  const bob = await door.person('Bob');
  const room = await newRoom(ann);
  const path = `/rooms/${room.id}`;
  await bob.call('POST', `${path}/join`);
  await ann.call('PATCH', path, { name: 'Coffee' });
  const { body } = await ann.call<{ id: string }>('POST', `${path}/messages`, {
    clientMessageId: 'client-0001',
    text: 'x',
  });
  await ann.call('PATCH', `${path}/messages/${body.id}`, { text: 'y' });
  await ann.call('DELETE', `${path}/messages/${body.id}`);
  await bob.call('PUT', `${path}/read`, { seq: 1 });
  await bob.call('POST', `${path}/leave`);
  await door.settled();
  const inRoom = door.gateway.published(`chat:${room.id}`);
  for (const event of inRoom) assert.deepEqual(RoomEvent.parse(event), event);
  const order = [
    'member.joined',
    'room.updated',
    'message.created',
    'message.edited',
    'message.deleted',
    'member.left',
  ];
  assert.deepEqual(
    inRoom.map(({ type }) => type),
    order,
  );
  const toBob = door.gateway.published(`user:${bob.id}`);
  for (const event of toBob) assert.deepEqual(UserEvent.parse(event), event);
  const signals = ['read.advanced', 'room.advanced', 'room.joined', 'room.left'];
  assert.deepEqual(toBob.map(({ type }) => type).toSorted(), signals);
});
