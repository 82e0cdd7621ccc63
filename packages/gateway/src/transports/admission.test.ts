import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { Admission } from './admission.ts';

const bounds = { maxUpgradesPerTurn: 2, maxWaitingUpgrades: 4 };

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function pass(admission: Admission, admitted: string[], name: string): PassThrough {
  const socket = new PassThrough();
  assert.equal(
    admission.pass(socket, () => void admitted.push(name)),
    true,
    name,
  );
  return socket;
}

test('Admission.pass() lets so many through at once, the others in order in later turns', async () => {
  const admission = new Admission(bounds);
  const admitted: string[] = [];
  for (const name of ['a', 'b', 'c', 'd', 'e']) pass(admission, admitted, name);
  assert.deepEqual(admitted, ['a', 'b']);
  await nextTurn();
  assert.deepEqual(admitted, ['a', 'b', 'c', 'd']);
  pass(admission, admitted, 'f');
  assert.deepEqual(admitted, ['a', 'b', 'c', 'd']);
  await nextTurn();
  assert.deepEqual(admitted, ['a', 'b', 'c', 'd', 'e', 'f']);
  await nextTurn();
  pass(admission, admitted, 'g');
  assert.deepEqual(admitted, ['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'the next turn has room again');
});

test('Admission.pass() refuses when too many wait, and takes some again when they are fewer', async () => {
  const admission = new Admission(bounds);
  const admitted: string[] = [];
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) pass(admission, admitted, name);
  assert.equal(
    admission.pass(new PassThrough(), () => assert.fail('refused')),
    false,
  );
  await nextTurn();
  pass(admission, admitted, 'g');
  await nextTurn();
  await nextTurn();
  assert.deepEqual(admitted, ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
});

test('Admission forgets a socket that ends while it waits, and goes on with the others', async () => {
  const admission = new Admission(bounds);
  const admitted: string[] = [];
  const [, , c, d] = ['a', 'b', 'c', 'd', 'e'].map((name) => pass(admission, admitted, name));
  c?.destroy(new Error('reset by peer'));
  d?.destroy();
  await nextTurn();
  assert.deepEqual(admitted, ['a', 'b']);
  await nextTurn();
  assert.deepEqual(admitted, ['a', 'b', 'e']);
});

test('Admission.pass() lets nobody overtake, even where one who waited left room', async () => {
  const admission = new Admission(bounds);
  const admitted: string[] = [];
  const [, , , d] = ['a', 'b', 'c', 'd', 'e'].map((name) => pass(admission, admitted, name));
  d?.destroy();
  await nextTurn();
  pass(admission, admitted, 'f');
  assert.deepEqual(admitted, ['a', 'b', 'c']);
  await nextTurn();
  assert.deepEqual(admitted, ['a', 'b', 'c', 'e', 'f']);
});
