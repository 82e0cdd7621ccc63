// Proves paging: every message once, both ways, from wherever one starts.
import assert from 'node:assert/strict';
import type { Message, MessagePage, Room } from '@parley/contract';
import fc from 'fast-check';
import { eachDatabase } from '../../db/testing/each-database.ts';
import { openDoor, type Person } from '../testing/door.ts';

const COUNT = 23;

async function filledRoom(person: Person): Promise<{ roomId: string; messages: Message[] }> {
  const room = (await person.call<Room>('POST', '/rooms', { name: 'Tea' })).body;
  const messages: Message[] = [];
  for (let index = 1; index <= COUNT; index += 1) {
    const body = { clientMessageId: `${room.id.slice(0, 20)}-${index}`, text: `text ${index}` };
    messages.push((await person.call<Message>('POST', `/rooms/${room.id}/messages`, body)).body);
  }
  return { roomId: room.id, messages };
}

const seqs = (messages: readonly Message[]): number[] => messages.map(({ seq }) => seq);

async function pageAt(person: Person, roomId: string, query: string): Promise<MessagePage> {
  const { status, body } = await person.call<MessagePage>('GET', `/rooms/${roomId}/messages?${query}`);
  assert.equal(status, 200);
  return body;
}

eachDatabase(
  'pageMessages() walks all messages once, back from the newest and forth from anywhere',
  async (database, t) => {
    const door = await openDoor(database, t);
    const ann = await door.person('Ann');
    const { roomId, messages } = await filledRoom(ann);
    await filledRoom(ann);
    const walk = async (first: MessagePage, side: 'prev' | 'next', limit: number): Promise<Message[]> => {
      const seen = [...first.data];
      let page = first;
      while (page.page[side] !== null) {
        const parameter = side === 'prev' ? 'before' : 'after';
        page = await pageAt(ann, roomId, `limit=${limit}&${parameter}=${page.page[side]}`);
        assert.equal(page.page.hasMore, page.page[side] !== null);
        assert.ok(page.data.length > 0 && page.data.length <= limit);
        if (side === 'prev') seen.unshift(...page.data);
        else seen.push(...page.data);
      }
      return seen;
    };
    const parameters = fc.record({ limit: fc.integer({ min: 1, max: 30 }), start: fc.nat(COUNT - 1) });
    await fc.assert(
      fc.asyncProperty(parameters, async ({ limit, start }) => {
        const newest = await pageAt(ann, roomId, `limit=${limit}`);
        assert.equal(newest.page.next, null);
        assert.deepEqual(await walk(newest, 'prev', limit), messages);
        const middle = await pageAt(ann, roomId, `limit=${limit}&around=${messages[start]!.id}`);
        assert.ok(seqs(middle.data).includes(start + 1));
        const older = await walk(middle, 'prev', limit);
        const newer = await walk(middle, 'next', limit);
        assert.deepEqual([...older, ...newer.slice(middle.data.length)], messages);
      }),
      { numRuns: 25 },
    );
  },
);

eachDatabase('pageMessages() gives literal pages at the edges', async (database, t) => {
  const door = await openDoor(database, t);
  const ann = await door.person('Ann');
  const { roomId, messages } = await filledRoom(ann);
  const newest = await pageAt(ann, roomId, 'limit=3');
  assert.deepEqual(seqs(newest.data), [21, 22, 23]);
  assert.deepEqual([newest.page.next, newest.page.hasMore], [null, true]);
  const around = await pageAt(ann, roomId, `limit=5&around=${messages[9]!.id}`);
  assert.deepEqual(seqs(around.data), [8, 9, 10, 11, 12]);
  const atStart = await pageAt(ann, roomId, `limit=5&around=${messages[0]!.id}`);
  assert.deepEqual([seqs(atStart.data), atStart.page.prev], [[1, 2, 3, 4, 5], null]);
  const empty = (await ann.call<Room>('POST', '/rooms', { name: 'Empty' })).body;
  assert.deepEqual(await pageAt(ann, empty.id, 'limit=5'), {
    data: [],
    page: { next: null, prev: null, hasMore: false },
  });
});

eachDatabase('pageMessages() refuses what is no cursor of it, and a message of another room', async (database, t) => {
  const door = await openDoor(database, t);
  const ann = await door.person('Ann');
  const { roomId, messages } = await filledRoom(ann);
  const other = (await ann.call<Room>('POST', '/rooms', { name: 'Other' })).body;
  const status = async (room: string, query: string): Promise<number> =>
    (await ann.call('GET', `/rooms/${room}/messages?${query}`)).status;
  assert.equal(await status(roomId, 'before=abc'), 400);
  assert.equal(await status(roomId, 'limit=0'), 400);
  assert.equal(await status(roomId, 'limit=201'), 400);
  assert.equal(await status(roomId, `after=${(await pageAt(ann, roomId, 'limit=1')).page.prev}&before=abc`), 400);
  assert.equal(await status(other.id, `around=${messages[0]!.id}`), 404);
  assert.equal(await status(roomId, `around=${roomId}`), 404);
});
