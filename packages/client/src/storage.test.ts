// Proves that every storage keeps the same promises, and that locks of one name follow each other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLocalStorage } from './local-storage.ts';
import type { WebStorage } from './local-storage.ts';
import { createMemoryStorage, createProcessLocks } from './memory-ports.ts';
import type { KeyValueStorage } from './ports.ts';
import { turn } from './testing/fake-clock.ts';

function fakeWebStorage(): WebStorage {
  const entries = new Map<string, string>();
  return {
    get length() {
      return entries.size;
    },
    key: (index) => Array.from(entries.keys())[index] ?? null,
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
  };
}

const STORAGES: Record<string, () => KeyValueStorage> = {
  memory: createMemoryStorage,
  localStorage: () => createLocalStorage(fakeWebStorage()),
};

for (const [name, create] of Object.entries(STORAGES)) {
  test(`${name} keeps, replaces, lists by prefix and removes`, async () => {
    const storage = create();
    assert.equal(await storage.get('a:1'), null);
    await storage.set('a:1', 'one');
    await storage.set('a:2', 'two');
    await storage.set('b:1', 'other');
    await storage.set('a:1', 'uno');
    const listed = await storage.list('a:');
    assert.deepEqual(
      new Map(listed),
      new Map([
        ['a:1', 'uno'],
        ['a:2', 'two'],
      ]),
    );
    await storage.remove('a:1');
    await storage.remove('never was');
    assert.equal(await storage.get('a:1'), null);
    assert.equal(await storage.get('b:1'), 'other');
  });
}

test('createLocalStorage() rejects when the storage is full', async () => {
  const full = { ...fakeWebStorage(), setItem: () => assert.fail('quota') };
  await assert.rejects(createLocalStorage(full).set('a', 'b'));
});

test('createProcessLocks() lets holders of one name follow each other, also after a failure', async () => {
  const locks = createProcessLocks();
  const order: string[] = [];
  const hold = (name: string, label: string) =>
    locks.withLock(name, async () => {
      order.push(`${label} in`);
      await turn();
      order.push(`${label} out`);
      if (label === 'first') throw new Error('first failed');
    });
  const first = assert.rejects(hold('a', 'first'), /first failed/);
  await Promise.all([first, hold('a', 'second'), hold('b', 'free')]);
  assert.equal(order.length, 6);
  assert.ok(order.indexOf('second in') > order.indexOf('first out'));
  assert.ok(order.indexOf('free in') < order.indexOf('first out'));
});
