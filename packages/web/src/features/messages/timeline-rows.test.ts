// Decides that rows are grouped and divided as readers expect, whatever arrives above or below.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ShownMessage } from './shown-message.ts';
import { countNew, lastOwnMessage, timelineRows } from './timeline-rows.ts';

const dayOf = (time: string): string => time.slice(0, 10);

function message(seq: number, author: string, createdAt: string): ShownMessage {
  return {
    key: `k${seq}`,
    clientMessageId: `client-${seq}`,
    id: `m${seq}`,
    seq,
    author: { id: author, name: author },
    text: `text ${seq}`,
    createdAt,
    isEdited: false,
    isDeleted: false,
    delivery: { state: 'sent' },
  };
}

const shape = (messages: ShownMessage[], newAfterSeq?: number) =>
  timelineRows(messages, { dayOf, newAfterSeq, selfId: 'me' }).map((row) =>
    [row.day ?? '', row.startsGroup ? 'head' : '', row.isFirstNew ? 'new' : ''].join('|'),
  );

test('timelineRows() starts a group on a new author, after five minutes, and on a new day', () => {
  assert.deepEqual(
    shape([
      message(1, 'ana', '2026-11-21T23:57:00.000Z'),
      message(2, 'ana', '2026-11-21T23:59:00.000Z'),
      message(3, 'ana', '2026-11-22T00:01:00.000Z'),
      message(4, 'ben', '2026-11-22T00:01:30.000Z'),
      message(5, 'ben', '2026-11-22T00:06:29.999Z'),
      message(6, 'ben', '2026-11-22T00:11:29.999Z'),
    ]),
    ['2026-11-21|head|', '||', '2026-11-22|head|', '|head|', '||', '|head|'],
  );
});

test('timelineRows() puts the divider before the first message of somebody else after the read pointer', () => {
  const time = '2026-11-22T10:00:00.000Z';
  const messages = [message(1, 'ana', time), message(2, 'me', time), message(3, 'ana', time), message(4, 'ana', time)];
  assert.deepEqual(shape(messages, 1), ['2026-11-22|head|', '|head|', '|head|new', '||']);
  assert.deepEqual(shape(messages, 4), ['2026-11-22|head|', '|head|', '|head|', '||']);
  assert.deepEqual(shape(messages), ['2026-11-22|head|', '|head|', '|head|', '||']);
  assert.deepEqual(shape(messages.slice(2), 1), ['2026-11-22|head|', '||'], 'the first new one is not loaded yet');
});

test('timelineRows() gives each message one row, in order, and at most one divider', () => {
  const list = fc.array(fc.record({ author: fc.constantFrom('me', 'ana', 'ben'), minute: fc.nat(3000) }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(list, fc.nat(40), (entries, newAfterSeq) => {
      const messages = entries
        .toSorted((a, b) => a.minute - b.minute)
        .map((entry, i) => message(i + 1, entry.author, new Date(Date.UTC(2026, 0, 1, 0, entry.minute)).toISOString()));
      const rows = timelineRows(messages, { dayOf, newAfterSeq, selfId: 'me' });
      assert.deepEqual(
        rows.map((row) => row.message.key),
        messages.map(({ key }) => key),
      );
      assert.ok(rows.filter((row) => row.isFirstNew).length <= 1);
      for (const row of rows) if (row.isFirstNew) assert.ok(row.startsGroup && row.message.author.id !== 'me');
    }),
  );
});

test('countNew() counts the stored messages of others above the newest one seen', () => {
  const time = '2026-11-22T10:00:00.000Z';
  const deleted = { ...message(5, 'ana', time), isDeleted: true };
  const pending = { ...message(6, 'ana', time), seq: undefined };
  const messages = [message(3, 'ana', time), message(4, 'me', time), deleted, pending, message(7, 'ben', time)];
  assert.equal(countNew(messages, 2, 'me'), 2);
  assert.equal(countNew(messages, 3, 'me'), 1);
  assert.equal(countNew(messages, 7, 'me'), 0);
});

test('lastOwnMessage() finds the newest own message that can be edited', () => {
  const time = '2026-11-22T10:00:00.000Z';
  const failed: ShownMessage = {
    ...message(5, 'me', time),
    delivery: {
      state: 'failed',
      reason: { code: 'rate.limited', title: 'Too many', detail: undefined, requestId: undefined },
    },
  };
  const gone = { ...message(4, 'me', time), isDeleted: true };
  assert.equal(
    lastOwnMessage([message(1, 'me', time), message(2, 'me', time), message(3, 'ana', time), gone, failed], 'me')?.key,
    'k2',
  );
  assert.equal(lastOwnMessage([message(3, 'ana', time)], 'me'), undefined);
});
