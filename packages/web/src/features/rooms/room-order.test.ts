// Decides what a search for a room finds and where the keyboard leads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRooms, neighbourRoom, totalUnread } from './room-order.ts';

const rooms = ['General', 'Café talk', 'Release general'].map((name, i) => ({ id: `r${i}`, name, unread: i }));

test('findRooms() looks at every word, without accents and case, and puts beginnings first', () => {
  const names = (search: string) => findRooms(rooms, search).map(({ name }) => name);
  assert.deepEqual(names(''), ['General', 'Café talk', 'Release general']);
  assert.deepEqual(names('gen'), ['General', 'Release general']);
  assert.deepEqual(names('CAFE'), ['Café talk']);
  assert.deepEqual(names('general rel'), ['Release general']);
  assert.deepEqual(names('nothing'), []);
});

test('neighbourRoom() walks the list as a ring', () => {
  const ids = (from: string | undefined) => [neighbourRoom(rooms, from, -1)?.id, neighbourRoom(rooms, from, 1)?.id];
  assert.deepEqual(ids('r1'), ['r0', 'r2']);
  assert.deepEqual(ids('r0'), ['r2', 'r1']);
  assert.deepEqual(ids('r2'), ['r1', 'r0']);
  assert.deepEqual(ids(undefined), ['r2', 'r0']);
  assert.equal(neighbourRoom([], 'r0', 1), undefined);
});

test('totalUnread() sums the rooms', () => {
  assert.equal(totalUnread(rooms), 3);
  assert.equal(totalUnread([]), 0);
});
