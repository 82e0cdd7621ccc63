// Checks the revocation list in memory.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createRevocations, revocationLifeMs, type RevocationPorts } from './revocation.ts';
import type { RevocationRecord, RevocationStore } from './revocation-store.ts';

/** A store whose other nodes are the test. */
function fakeStore(records: RevocationRecord[] = []) {
  const heard: { tell: (records: RevocationRecord[]) => void } = { tell: () => undefined };
  const store: RevocationStore = {
    load: () => Promise.resolve({ records, position: 7 }),
    listen(position, onRecords) {
      assert.equal(position, 7);
      heard.tell = onRecords;
      return { silentMs: () => 0, close: () => Promise.resolve() };
    },
    sweep: () => Promise.resolve(),
  };
  return { store, heard };
}

async function open(records: RevocationRecord[] = []) {
  const time = { now: 0 };
  const { store, heard } = fakeStore(records);
  const ports: RevocationPorts = { store, clock: { now: () => time.now }, entryLifeMs: 1_000 };
  const list = createRevocations(ports);
  await list.load();
  return { list, time, heard };
}

test('isRevoked() looks at every level, and each claim hits its own kind only', async () => {
  const { list } = await open();
  list.add('sid:s', 500);
  list.add('jti:j', 500);
  list.add('mid:m', 500);
  list.raiseEpoch('u', 3);
  const cases = [
    [{ sub: 'x' }, false],
    [{ sub: 'x', sid: 's' }, true],
    [{ sub: 'x', jti: 's' }, false],
    [{ sub: 'x', jti: 'j' }, true],
    [{ sub: 'x', mid: 'm' }, true],
    [{ sub: 'u', uv: 2 }, true],
    [{ sub: 'u', uv: 3 }, false],
    [{ sub: 'x', uv: 0 }, false],
    [{ sub: 'u', uv: 3, sid: 's' }, true],
    [{ sub: 's', sid: '__proto__' }, false],
  ] as const;
  for (const [claims, expected] of cases) assert.equal(list.isRevoked(claims), expected, JSON.stringify(claims));
});

// identity 2.2: 98
test('raiseEpoch() keeps the stricter of two cut-offs in either order', async () => {
  const { list } = await open();
  list.raiseEpoch('u', 5);
  list.raiseEpoch('u', 2);
  assert.equal(list.isRevoked({ sub: 'u', uv: 4 }), true);
  assert.equal(list.isRevoked({ sub: 'u', uv: 5 }), false);
});

test('sweep() forgets an entry a minute after its end and not before; a second entry never shortens the first', async () => {
  const { list, time } = await open();
  list.add('sid:s', 1_000);
  list.add('sid:s', 10);
  list.raiseEpoch('u', 1);
  time.now = 60_999;
  await list.sweep();
  assert.equal(list.isRevoked({ sub: 'u', sid: 's', uv: 0 }), true);
  time.now = 61_000;
  await list.sweep();
  assert.equal(list.isRevoked({ sub: 'u', sid: 's', uv: 0 }), false);
});

// identity 2.2: 59
test('isRevoked() calls dead what had expired before the clock was set back, until the store has been asked again', async () => {
  const { list, time } = await open();
  time.now = 3_600_000;
  await list.sweep();
  time.now = 3_545_000;
  assert.equal(list.isRevoked({ sub: 'x', exp: 3_600 }), false, 'a step of less than a minute');
  time.now = 1_000_000;
  assert.equal(list.isRevoked({ sub: 'x', exp: 3_600 }), true);
  assert.equal(list.isRevoked({ sub: 'x', exp: 3_601 }), false, 'it had not expired');
  await list.sweep();
  assert.equal(list.isRevoked({ sub: 'x', exp: 3_600 }), false, 'nothing of it was found');
});

test('revocationLifeMs() outlives the longest token and the leeway of its verifiers', () => {
  assert.equal(revocationLifeMs({ accessTokenLife: 900, connectionTokenLife: 60, connectionLife: 1_200 }), 1_320_000);
});

test('listen() takes over what other nodes ended, and tells each end once; what this node knew is no news', async () => {
  const { list, heard } = await open([{ subject: 'sid:before', expiresAt: 500 }]);
  const ended: unknown[] = [];
  list.listen((end) => ended.push(end));
  list.add('sid:own', 500);
  list.raiseEpoch('ann', 3);
  const records = ['sid:before', 'sid:own', 'sid:new', 'uv:ann:3', 'uv:ann:2', 'uv:bob:1', 'mid:m', 'jti:j', 'odd:x'];
  for (let round = 0; round < 2; round += 1) heard.tell(records.map((subject) => ({ subject, expiresAt: 500 })));
  assert.deepEqual(ended, [
    { kind: 'session', sessionId: 'new' },
    { kind: 'epoch', userId: 'bob', epoch: 1 },
  ]);
  assert.equal(list.isRevoked({ sub: 'x', sid: 'new' }), true);
  assert.equal(list.isRevoked({ sub: 'x', mid: 'm' }), true);
  assert.equal(list.isRevoked({ sub: 'x', jti: 'j' }), true);
  assert.equal(list.isRevoked({ sub: 'bob', uv: 0 }), true);
});

// identity 2.2: 97
test('every token counts as revoked until load() has resolved; who listens before is told so', async () => {
  const list = createRevocations({ store: fakeStore().store, clock: { now: () => 0 }, entryLifeMs: 1_000 });
  assert.equal(list.isRevoked({ sub: 'x' }), true);
  assert.throws(() => list.listen(() => undefined), TypeError);
  await list.load();
  assert.equal(list.isRevoked({ sub: 'x' }), false);
});
