// The contract of a presence store as tests: every implementation runs them, with a factory of its own.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { rawJson } from '@parley/protocol';
import type { PresenceStore } from '../presence-store.ts';

/** Makes an empty store for one test; it ends with the test. */
export type MakePresenceStore = (t: TestContext) => Promise<PresenceStore>;

const first = { user: 'ann', client: '1' };
const second = { user: 'ann', client: '2' };
const anonymous = { user: '', client: '3' };

/** Runs the contract against one implementation. */
export function testPresenceStore(name: string, make: MakePresenceStore): void {
  test(`${name}: clients are found by id until they are removed`, async (t) => {
    const store = await make(t);
    await store.add('c', first);
    await store.add('c', second);
    await store.add('other', anonymous);
    assert.deepEqual(
      [...(await store.get('c'))],
      [
        ['1', first],
        ['2', second],
      ],
    );
    await store.remove('c', '1');
    assert.deepEqual([...(await store.get('c')).keys()], ['2']);
    await store.remove('c', '2');
    assert.equal((await store.get('c')).size, 0);
    assert.equal((await store.get('other')).size, 1);
  });

  test(`${name}: adding again replaces the info`, async (t) => {
    const store = await make(t);
    await store.add('c', first);
    await store.add('c', { ...first, conn_info: rawJson({ name: 'Ann' }) });
    assert.deepEqual((await store.get('c')).get('1'), { ...first, conn_info: '{"name":"Ann"}' });
  });

  test(`${name}: count() counts users once and the anonymous user as one`, async (t) => {
    const store = await make(t);
    assert.deepEqual(await store.count('c'), { clients: 0, users: 0 });
    for (const info of [first, second, anonymous, { ...anonymous, client: '4' }]) await store.add('c', info);
    assert.deepEqual(await store.count('c'), { clients: 4, users: 2 });
  });

  test(`${name}: removing what is not there changes nothing; what was read does not change later`, async (t) => {
    const store = await make(t);
    await store.remove('c', '1');
    await store.add('c', first);
    const read = await store.get('c');
    await store.remove('c', '1');
    assert.deepEqual([...read.keys()], ['1']);
  });
}
