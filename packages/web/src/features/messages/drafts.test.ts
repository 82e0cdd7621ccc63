// Decides that no unsent word is lost over a reload, and that drafts are bounded and private.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_DRAFTS, MAX_DRAFT_LENGTH, openDrafts } from './drafts.ts';

function memoryStorage(refuses = false) {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (name: string) => items.get(name) ?? null,
    setItem(name: string, value: string) {
      if (refuses) throw new DOMException('full', 'QuotaExceededError');
      items.set(name, value);
    },
    removeItem: (name: string) => void items.delete(name),
  };
}

test('openDrafts() finds a draft again after a reload, per room and person', () => {
  const storage = memoryStorage();
  openDrafts(storage, 'ana').write('r1', 'half a sen');
  assert.equal(openDrafts(storage, 'ana').read('r1'), 'half a sen');
  assert.equal(openDrafts(storage, 'ana').read('r2'), '');
  assert.equal(openDrafts(storage, 'ben').read('r1'), '');
});

test('openDrafts() forgets a draft that was emptied and leaves nothing behind', () => {
  const storage = memoryStorage();
  const drafts = openDrafts(storage, 'ana');
  drafts.write('r1', 'x');
  drafts.write('r1', '');
  assert.equal(drafts.read('r1'), '');
  assert.deepEqual([...storage.items], []);
});

test('openDrafts() keeps the drafts that another tab wrote in other rooms', () => {
  const storage = memoryStorage();
  const [here, there] = [openDrafts(storage, 'ana'), openDrafts(storage, 'ana')];
  here.write('r1', 'one');
  there.write('r2', 'two');
  here.write('r1', 'one more');
  assert.equal(openDrafts(storage, 'ana').read('r2'), 'two');
});

test('openDrafts() bounds the number and the length of drafts', () => {
  const storage = memoryStorage();
  const drafts = openDrafts(storage, 'ana');
  for (let i = 0; i <= MAX_DRAFTS; i += 1) drafts.write(`r${i}`, 'x'.repeat(MAX_DRAFT_LENGTH + 1));
  const again = openDrafts(storage, 'ana');
  assert.equal(again.read('r0'), '');
  assert.equal(again.read('r1').length, MAX_DRAFT_LENGTH);
});

test('openDrafts() lives with a storage that is full, missing or spoiled', () => {
  const full = openDrafts(memoryStorage(true), 'ana');
  full.write('r1', 'kept here');
  assert.equal(full.read('r1'), 'kept here');
  const none = openDrafts(undefined, 'ana');
  none.write('r1', 'kept here');
  assert.equal(none.read('r1'), 'kept here');
  const spoiled = memoryStorage();
  for (const text of ['{', '{}', '[1,["a"],["a",2]]']) {
    spoiled.items.set('parley.drafts.ana', text);
    assert.equal(openDrafts(spoiled, 'ana').read('a'), '');
  }
});
