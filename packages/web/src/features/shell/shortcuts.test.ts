// Decides that the app's keys take no key of the browser or the reader away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortcutOf } from './shortcuts.ts';

const press = (key: string, ...held: ('altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey')[]) => ({
  key,
  altKey: held.includes('altKey'),
  ctrlKey: held.includes('ctrlKey'),
  metaKey: held.includes('metaKey'),
  shiftKey: held.includes('shiftKey'),
});

test('shortcutOf() knows the switcher and the neighbours, and nothing else', () => {
  assert.equal(shortcutOf(press('k', 'ctrlKey')), 'switcher');
  assert.equal(shortcutOf(press('K', 'metaKey')), 'switcher');
  assert.equal(shortcutOf(press('ArrowUp', 'altKey')), 'previous-room');
  assert.equal(shortcutOf(press('ArrowDown', 'altKey')), 'next-room');
  for (const other of [
    press('k'),
    press('ArrowUp'),
    press('k', 'ctrlKey', 'shiftKey'),
    press('ArrowUp', 'altKey', 'ctrlKey'),
  ])
    assert.equal(shortcutOf(other), undefined);
});
