// Proves the permissions of every endpoint for every kind of caller in public and private rooms.
import assert from 'node:assert/strict';
import type { Message, Room } from '@parley/contract';
import { eachDatabase } from '../db/testing/each-database.ts';
import { openDoor, type Door, type Person } from './testing/door.ts';

const CALLERS = ['owner', 'member', 'outsider', 'manager', 'admin'] as const;
type CallerName = (typeof CALLERS)[number];

interface Scene {
  caller: Person;
  room: Room;
  /** A message of the owner's, and one of the caller's own from when they were a member. */
  foreign: Message;
  own: Message;
  /** A person who is a member, and one who is not. */
  guest: Person;
  stranger: Person;
}

type Ask = (scene: Scene) => Promise<{ status: number }>;

const at = (scene: Scene, path = ''): string => `/rooms/${scene.room.id}${path}`;

// The statuses for owner, member, outsider, manager, admin: first in a public room, then in a private one.
const MATRIX: [string, Ask, number[], number[]][] = [
  ['GET room', (s) => s.caller.call('GET', at(s)), [200, 200, 200, 200, 200], [200, 200, 404, 404, 404]],
  [
    'PATCH room',
    (s) => s.caller.call('PATCH', at(s), { topic: 'new' }),
    [200, 403, 403, 403, 200],
    [200, 403, 404, 404, 404],
  ],
  ['POST join', (s) => s.caller.call('POST', at(s, '/join')), [200, 200, 200, 200, 200], [200, 200, 404, 404, 404]],
  ['POST leave', (s) => s.caller.call('POST', at(s, '/leave')), [409, 204, 403, 403, 403], [409, 204, 404, 404, 404]],
  ['GET members', (s) => s.caller.call('GET', at(s, '/members')), [200, 200, 403, 403, 403], [200, 200, 404, 404, 404]],
  [
    'PUT member',
    (s) => s.caller.call('PUT', at(s, `/members/${s.stranger.id}`), {}),
    [200, 403, 403, 200, 200],
    [200, 403, 404, 200, 200],
  ],
  [
    'PUT member as owner',
    (s) => s.caller.call('PUT', at(s, `/members/${s.stranger.id}`), { role: 'owner' }),
    [200, 403, 403, 403, 200],
    [200, 403, 404, 403, 200],
  ],
  [
    'PUT member to owner',
    (s) => s.caller.call('PUT', at(s, `/members/${s.guest.id}`), { role: 'owner' }),
    [200, 403, 403, 403, 200],
    [200, 403, 404, 403, 200],
  ],
  [
    'DELETE member',
    (s) => s.caller.call('DELETE', at(s, `/members/${s.guest.id}`)),
    [204, 403, 403, 204, 204],
    [204, 403, 404, 204, 204],
  ],
  [
    'PUT read',
    (s) => s.caller.call('PUT', at(s, '/read'), { seq: 1 }),
    [200, 200, 403, 403, 403],
    [200, 200, 404, 404, 404],
  ],
  [
    'POST typing',
    (s) => s.caller.call('POST', at(s, '/typing'), { state: 'start' }),
    [204, 204, 403, 403, 403],
    [204, 204, 404, 404, 404],
  ],
  [
    'GET messages',
    (s) => s.caller.call('GET', at(s, '/messages')),
    [200, 200, 403, 403, 403],
    [200, 200, 404, 404, 404],
  ],
  ['GET changes', (s) => s.caller.call('GET', at(s, '/changes')), [200, 200, 403, 403, 403], [200, 200, 404, 404, 404]],
  [
    'POST message',
    (s) => s.caller.call('POST', at(s, '/messages'), { clientMessageId: `${s.room.id.slice(9)}-new`, text: 'x' }),
    [201, 201, 403, 403, 403],
    [201, 201, 404, 404, 404],
  ],
  [
    'PATCH own message',
    (s) => s.caller.call('PATCH', at(s, `/messages/${s.own.id}`), { text: 'x' }),
    [200, 200, 403, 403, 403],
    [200, 200, 404, 404, 404],
  ],
  [
    'PATCH message of another',
    (s) => s.caller.call('PATCH', at(s, `/messages/${s.foreign.id}`), { text: 'x' }),
    [403, 403, 403, 403, 403],
    [403, 403, 404, 404, 404],
  ],
  [
    'DELETE own message',
    (s) => s.caller.call('DELETE', at(s, `/messages/${s.own.id}`)),
    [200, 200, 403, 403, 200],
    [200, 200, 404, 404, 404],
  ],
  [
    'DELETE message of another',
    (s) => s.caller.call('DELETE', at(s, `/messages/${s.foreign.id}`)),
    [200, 403, 403, 403, 200],
    [200, 403, 404, 404, 404],
  ],
  [
    'POST subscription token',
    (s) => s.caller.call('POST', '/realtime/subscription-token', { channel: s.room.channel }),
    [200, 200, 404, 404, 404],
    [200, 200, 404, 404, 404],
  ],
];

interface Cast {
  owner: Person;
  guest: Person;
  stranger: Person;
  callers: Record<CallerName, Person>;
}

async function cast(door: Door): Promise<Cast> {
  const owner = await door.person('Owner');
  return {
    owner,
    guest: await door.person('Guest'),
    stranger: await door.person('Stranger'),
    callers: {
      owner,
      member: await door.person('Member'),
      outsider: await door.person('Outsider'),
      manager: await door.person('Manager', 'manager'),
      admin: await door.person('Admin', 'admin'),
    },
  };
}

async function post(person: Person, room: Room): Promise<Message> {
  const clientMessageId = `${room.id.slice(9)}-${person.name}`;
  const { status, body } = await person.call<Message>('POST', `/rooms/${room.id}/messages`, {
    clientMessageId,
    text: 'x',
  });
  assert.equal(status, 201);
  return body;
}

/** A fresh room for one question, so that answers do not hang together. */
async function scene(people: Cast, name: CallerName, isPrivate: boolean): Promise<Scene> {
  const { owner, guest, stranger } = people;
  const caller = people.callers[name];
  const room = (await owner.call<Room>('POST', '/rooms', { name: 'Tea', isPrivate })).body;
  const add = (person: Person) => owner.call('PUT', `/rooms/${room.id}/members/${person.id}`, {});
  await add(guest);
  // The owner's message for the others, the guest's for the owner.
  const foreign = await post(name === 'owner' ? guest : owner, room);
  if (name !== 'owner') await add(caller);
  const own = await post(caller, room);
  if (name !== 'owner' && name !== 'member') await owner.call('DELETE', `/rooms/${room.id}/members/${caller.id}`);
  return { caller, room, foreign, own, guest, stranger };
}

eachDatabase('every endpoint answers every kind of caller as the policies say', async (database, t) => {
  const door = await openDoor(database, t);
  const people = await cast(door);
  for (const [question, ask, inPublic, inPrivate] of MATRIX)
    for (const [isPrivate, expected] of [
      [false, inPublic],
      [true, inPrivate],
    ] as const) {
      const answers: number[] = [];
      for (const name of CALLERS) {
        const answer = await ask(await scene(people, name, isPrivate));
        answers.push(answer.status);
      }
      assert.deepEqual(answers, expected, `${question}, ${isPrivate ? 'private' : 'public'}`);
    }
});

eachDatabase('an unknown room and a hidden one look the same', async (database, t) => {
  const door = await openDoor(database, t);
  const owner = await door.person('Owner');
  const outsider = await door.person('Outsider');
  const hidden = (await owner.call<Room>('POST', '/rooms', { name: 'Secret', isPrivate: true })).body.id;
  const unknown = '019ab2c4-7e5a-7cc1-9d7e-0123456789ab';
  const ask = async (id: string): Promise<unknown> => {
    const { status, body } = await outsider.call<{ requestId?: string }>('GET', `/rooms/${id}/messages`);
    const { requestId: _unique, ...rest } = body;
    return { status, rest };
  };
  assert.deepEqual(await ask(hidden), await ask(unknown));
});
