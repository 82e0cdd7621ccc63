// Checks the revocation list in memory.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Database } from '../db/database.ts';
import { createRevocations, revocationLifeMs, type RevocationPorts } from './revocation.ts';

const noDatabase = {
  read: { selectFrom: () => ({ selectAll: () => ({ where: () => ({ execute: () => Promise.resolve([]) }) }) }) },
  transact: () => Promise.resolve(),
} as unknown as Pick<Database, 'read' | 'transact'>;

async function open() {
  const time = { now: 0 };
  const ports: RevocationPorts = { database: noDatabase, clock: { now: () => time.now }, entryLifeMs: 1_000 };
  const list = createRevocations(ports);
  await list.load();
  return { list, time };
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

test('raiseEpoch() keeps the stricter of two cut-offs in either order', async () => {
  const { list } = await open();
  list.raiseEpoch('u', 5);
  list.raiseEpoch('u', 2);
  assert.equal(list.isRevoked({ sub: 'u', uv: 4 }), true);
  assert.equal(list.isRevoked({ sub: 'u', uv: 5 }), false);
});

test('sweep() forgets an entry at its end and not before; a second entry never shortens the first', async () => {
  const { list, time } = await open();
  list.add('sid:s', 1_000);
  list.add('sid:s', 10);
  list.raiseEpoch('u', 1);
  time.now = 999;
  await list.sweep();
  assert.equal(list.isRevoked({ sub: 'u', sid: 's', uv: 0 }), true);
  time.now = 1_000;
  await list.sweep();
  assert.equal(list.isRevoked({ sub: 'u', sid: 's', uv: 0 }), false);
});

test('revocationLifeMs() outlives the longest token and the leeway of its verifiers', () => {
  assert.equal(revocationLifeMs({ accessTokenLife: 900, connectionTokenLife: 60, connectionLife: 1_200 }), 1_320_000);
});
