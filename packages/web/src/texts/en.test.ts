// Decides the wording of the texts that hold numbers and names.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { texts } from './en.ts';

test('texts.messages.typing() names at most two people', () => {
  for (const [names, expected] of [
    [[], ''],
    [['Ana'], 'Ana is typing'],
    [['Ana', 'Ben'], 'Ana and Ben are typing'],
    [['Ana', 'Ben', 'Cleo'], 'Ana and 2 others are typing'],
  ] as const)
    assert.equal(texts.messages.typing(names), expected);
});

test('texts.app.title() puts the unread count first and stops counting at 99', () => {
  assert.equal(texts.app.title(0, undefined), 'Parley');
  assert.equal(texts.app.title(0, 'General'), 'General · Parley');
  assert.equal(texts.app.title(3, 'General'), '(3) General · Parley');
  assert.equal(texts.app.title(100, 'General'), '(99+) General · Parley');
});

test('texts.rooms.unread() names the room before the count', () => {
  assert.equal(texts.rooms.unread('General', 1), 'General, 1 unread message');
  assert.equal(texts.rooms.unread('General', 5), 'General, 5 unread messages');
});
