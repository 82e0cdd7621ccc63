// Proves which events reach which channels.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@parley/contract';
import type { OutboxRow } from '../db/schema.ts';
import { planStream, roomsToLookUp } from './deliveries.ts';
import { memberLeft, messageEvent, roomLeft, type Announcement } from './event.ts';

const ROOM = '019ab2c4-7e5a-7cc1-9d7e-0123456789ab';
const ANN = '019ab2c4-7e5a-7cc1-9d7e-00000000000a';
const BOB = '019ab2c4-7e5a-7cc1-9d7e-00000000000b';
const TIME = '2026-01-01T00:00:00.000Z';
const ORIGIN = { actor: { id: ANN, name: 'Ann' }, now: Date.parse(TIME) };

const message = (seq: number): Message => ({
  id: ROOM,
  roomId: ROOM,
  seq,
  revision: seq,
  author: ORIGIN.actor,
  clientMessageId: 'c',
  text: 't',
  createdAt: TIME,
  editedAt: null,
  deletedAt: null,
});

const rowOf = ({ stream, event }: Announcement, position: number): OutboxRow => ({
  position,
  id: event.id,
  stream,
  type: event.type,
  payload: JSON.stringify(event),
  attempts: 0,
  next_attempt_at: 0,
  created_at: 0,
});

const rowsOf = (announcements: Announcement[]): OutboxRow[] => announcements.map(rowOf);

void test('planStream() publishes every event under its id, and tells members of the newest message only', () => {
  const rows = rowsOf([
    messageEvent('message.created', message(1), ORIGIN),
    messageEvent('message.created', message(2), ORIGIN),
    messageEvent('message.edited', message(1), ORIGIN),
  ]);
  const steps = planStream(rows, () => new Set([ANN, BOB]));
  const room = `chat:${ROOM}`;
  assert.deepEqual(
    steps.map(({ own }) => own),
    rows.map(({ id, payload }) => ({ kind: 'publish', channel: room, data: JSON.parse(payload) as unknown, key: id })),
  );
  const signal = {
    id: rows[1]!.id,
    type: 'room.advanced',
    time: TIME,
    actor: ORIGIN.actor,
    data: {
      roomId: ROOM,
      lastSeq: 2,
      authorId: ANN,
    },
  };
  const broadcast = { kind: 'broadcast', channels: [`user:${ANN}`, `user:${BOB}`], data: signal, key: rows[1]!.id };
  assert.deepEqual(
    steps.map(({ others }) => others),
    [[], [broadcast], []],
  );
});

void test('planStream() splits a broadcast to 2,500 members into three, each member once', () => {
  const members = Array.from({ length: 2_500 }, (_, index) => `m${index}`);
  const [step] = planStream(rowsOf([messageEvent('message.created', message(1), ORIGIN)]), () => new Set(members));
  const parts = step!.others.map((delivery) => (delivery.kind === 'broadcast' ? delivery.channels : []));
  assert.deepEqual(
    parts.map(({ length }) => length),
    [1_000, 1_000, 500],
  );
  assert.deepEqual(
    parts.flat(),
    members.map((id) => `user:${id}`),
  );
});

void test('planStream() unsubscribes who left, unless they are a member again', () => {
  const rows = rowsOf([memberLeft(ROOM, BOB, ORIGIN)]);
  const gone = planStream(rows, () => new Set([ANN]));
  assert.deepEqual(gone[0]!.others, [{ kind: 'unsubscribe', userId: BOB, channel: `chat:${ROOM}` }]);
  const back = planStream(rows, () => new Set([ANN, BOB]));
  assert.deepEqual(back[0]!.others, []);
});

void test('roomsToLookUp() names each room once, where members matter', () => {
  const rows = rowsOf([
    messageEvent('message.created', message(1), ORIGIN),
    messageEvent('message.created', message(2), ORIGIN),
    roomLeft(BOB, ROOM, ORIGIN),
  ]);
  assert.deepEqual(roomsToLookUp(rows), [ROOM]);
  assert.deepEqual(roomsToLookUp(rowsOf([messageEvent('message.edited', message(1), ORIGIN)])), []);
});
