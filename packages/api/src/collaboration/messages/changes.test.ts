// Proves that events and catching up lead to the same state as the table, however they are cut and mixed.
import assert from 'node:assert/strict';
import type { Changes, Message, MessagePage, Room, RoomEvent } from '@parley/contract';
import fc from 'fast-check';
import { eachDatabase } from '../../db/testing/each-database.ts';
import { openDoor, type Door, type Person } from '../testing/door.ts';

type Act = { kind: 'send' } | { kind: 'edit' | 'delete'; which: number };

const acts = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('send' as const) }),
    fc.record({ kind: fc.constantFrom('edit' as const, 'delete' as const), which: fc.nat(20) }),
  ),
  { minLength: 1, maxLength: 25 },
);

async function perform(person: Person, roomId: string, list: readonly Act[]): Promise<void> {
  const sent: Message[] = [];
  for (const [index, act] of list.entries()) {
    const target = act.kind === 'send' ? undefined : sent[act.which % Math.max(1, sent.length)];
    const path = `/rooms/${roomId}/messages`;
    if (target === undefined) {
      const body = { clientMessageId: `${roomId.slice(9)}-${index}`, text: `text ${index}` };
      sent.push((await person.call<Message>('POST', path, body)).body);
    } else if (act.kind === 'edit') await person.call('PATCH', `${path}/${target.id}`, { text: `edited ${index}` });
    else await person.call('DELETE', `${path}/${target.id}`);
  }
}

/** What a client keeps: the newest state of each message, and the revision up to which it knows everything. */
interface Copy {
  messages: Map<number, Message>;
  revision: number;
}

const put = (copy: Copy, message: Message): void => {
  const known = copy.messages.get(message.seq);
  if (known === undefined || known.revision < message.revision) copy.messages.set(message.seq, message);
};

async function catchUp(person: Person, roomId: string, copy: Copy, limit: number): Promise<void> {
  for (;;) {
    const { body } = await person.call<Changes>(
      'GET',
      `/rooms/${roomId}/changes?since=${copy.revision}&limit=${limit}`,
    );
    for (const message of body.messages) put(copy, message);
    copy.revision = body.hasMore ? body.messages.at(-1)!.revision : Math.max(copy.revision, body.revision);
    if (!body.hasMore) return;
  }
}

const state = (copy: Copy): Message[] => [...copy.messages.values()].toSorted((a, b) => a.seq - b.seq);

const eventsOf = (door: Door, roomId: string): RoomEvent[] => door.gateway.published(`chat:${roomId}`) as RoomEvent[];

eachDatabase('events alone, changes alone and any mix of both give the state of the table', async (database, t) => {
  const door = await openDoor(database, t);
  const ann = await door.person('Ann');
  const parameters = fc.record({ acts, limit: fc.integer({ min: 1, max: 7 }), cut: fc.nat(25), keep: fc.nat(25) });
  await fc.assert(
    fc.asyncProperty(parameters, async ({ acts: list, limit, cut, keep }) => {
      const { id } = (await ann.call<Room>('POST', '/rooms', { name: 'Tea' })).body;
      await perform(ann, id, list);
      await door.settled();
      const table = (await ann.call<MessagePage>('GET', `/rooms/${id}/messages?limit=200`)).body.data;
      const events = eventsOf(door, id).filter((event) => 'seq' in event);
      assert.deepEqual(
        events.map(({ seq }) => seq),
        events.map((_, index) => index + 1),
      );
      // A client that follows events, loses some, and catches up; a cut of 0 is one that only catches up.
      const copy: Copy = { messages: new Map(), revision: 0 };
      for (const event of events.slice(0, cut)) put(copy, event.data.message);
      copy.revision = Math.min(cut, events.length);
      await catchUp(ann, id, copy, limit);
      for (const event of events.slice(keep)) put(copy, event.data.message);
      assert.deepEqual(state(copy), table);
      assert.equal(copy.revision, events.length);
      const live: Copy = { messages: new Map(), revision: 0 };
      for (const event of events) put(live, event.data.message);
      assert.deepEqual(state(live), table);
    }),
    { numRuns: 15 },
  );
});

eachDatabase(
  'readChanges() reads the position before the rows, and answers without one when it must',
  async (database, t) => {
    const door = await openDoor(database, t);
    const ann = await door.person('Ann');
    const { id } = (await ann.call<Room>('POST', '/rooms', { name: 'Tea' })).body;
    await ann.call('POST', `/rooms/${id}/messages`, { clientMessageId: 'client-0001', text: 'one' });
    await door.settled();
    const changes = async () => (await ann.call<Changes>('GET', `/rooms/${id}/changes`)).body;
    assert.deepEqual((await changes()).position, { offset: 1, epoch: 'e1' });
    // A message that is stored while the position is being read stands in the rows.
    const asking = { isFirst: true };
    const realPosition = door.context.serverApi;
    const call = realPosition.call.bind(realPosition);
    realPosition.call = async (method, params) => {
      const reply = await call(method, params);
      if (method === 'history' && asking.isFirst) {
        asking.isFirst = false;
        await ann.call('POST', `/rooms/${id}/messages`, { clientMessageId: 'client-0002', text: 'two' });
      }
      return reply;
    };
    const racing = await changes();
    assert.deepEqual([racing.position?.offset, racing.messages.map(({ seq }) => seq), racing.revision], [1, [1, 2], 2]);
    door.gateway.judge = ({ method }) => (method === 'history' ? 'unreachable' : 'ok');
    const away = await changes();
    assert.deepEqual([away.position, away.messages.length], [null, 2]);
    door.gateway.judge = ({ method }) => (method === 'history' ? { code: 108, message: 'not available' } : 'ok');
    assert.equal((await changes()).position, null);
  },
);
