// Decides that the live region speaks once a burst and says the author first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcement, arrivedSince, newestSeq } from './announcements.ts';
import type { ShownMessage } from './shown-message.ts';

const message = (seq: number | undefined, author: string, text: string): ShownMessage => ({
  key: `k${seq}${text}`,
  clientMessageId: 'client-1',
  id: undefined,
  seq,
  author: { id: author, name: author === 'ana' ? 'Ana' : author },
  text,
  createdAt: '2026-11-22T10:00:00.000Z',
  isEdited: false,
  isDeleted: false,
  delivery: { state: seq === undefined ? 'pending' : 'sent' },
});
const where = { roomName: 'General', selfId: 'me' };

test('announcement() reads one message with its author first', () => {
  assert.equal(announcement([message(1, 'ana', 'Hello')], where), 'Ana: Hello');
});

test('announcement() sums up a burst', () => {
  const burst = ['a', 'b', 'c', 'd', 'e'].map((text, i) => message(i, 'ana', text));
  assert.equal(announcement(burst, where), '5 new messages in General');
});

test('announcement() says nothing of own messages and tombstones', () => {
  const gone = { ...message(3, 'ana', ''), isDeleted: true };
  assert.equal(announcement([message(1, 'me', 'Mine'), gone], where), undefined);
  assert.equal(announcement([message(1, 'me', 'Mine'), message(2, 'ana', 'Hi')], where), 'Ana: Hi');
});

test('announcement() cuts a long message', () => {
  assert.equal(announcement([message(1, 'ana', 'x'.repeat(400))], where), `Ana: ${'x'.repeat(300)}…`);
});

test('arrivedSince() takes the first look as history and gives what is above the last one', () => {
  const messages = [message(4, 'ana', 'a'), message(5, 'ana', 'b'), message(undefined, 'me', 'c')];
  assert.deepEqual(arrivedSince(messages, undefined), []);
  assert.deepEqual(
    arrivedSince(messages, 4).map(({ seq }) => seq),
    [5],
  );
  assert.equal(newestSeq(messages), 5);
  assert.equal(newestSeq([]), undefined);
});
