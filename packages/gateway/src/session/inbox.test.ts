import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Inbox } from './inbox.ts';

test('Inbox.isFull is true for many frames without bytes, too: each costs memory', () => {
  const inbox = new Inbox(6_400);
  assert.equal(inbox.add(Buffer.alloc(0)), true);
  for (let count = 1; count < 100; count += 1) inbox.add(Buffer.alloc(0));
  assert.equal(inbox.isFull, false);
  inbox.add(Buffer.alloc(0));
  assert.equal(inbox.isFull, true);
  for (let count = 0; count < 101; count += 1) assert.ok(inbox.next() !== undefined);
  assert.deepEqual([inbox.isFull, inbox.next()], [false, undefined]);
});

test('Inbox.clear() makes place', () => {
  const inbox = new Inbox(100);
  inbox.add(Buffer.alloc(200));
  inbox.clear();
  assert.deepEqual([inbox.isFull, inbox.next(), inbox.add(Buffer.alloc(1))], [false, undefined, true]);
});
