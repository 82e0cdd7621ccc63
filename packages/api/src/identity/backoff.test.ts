// Checks the waits of one source at one name.
import assert from 'node:assert/strict';
import test from 'node:test';
import { LIMITS } from '../http/limits.ts';
import { createBackoff } from './backoff.ts';

function open() {
  const time = { now: Date.UTC(2026, 0, 1) };
  const backoff = createBackoff({ now: () => time.now });
  return { backoff, tick: (ms: number) => (time.now += ms), wait: (pair = 'a') => backoff.begin(pair).waitMs };
}

test('begin() lets five through, then each further one after a wait that doubles up to 15 minutes', () => {
  const { wait, tick } = open();
  assert.deepEqual([wait(), wait(), wait(), wait(), wait()], [0, 0, 0, 0, 0]);
  const waits: number[] = [];
  for (let at = 0; at < 12; at++) {
    const waitMs = wait();
    waits.push(waitMs / 1_000);
    tick(waitMs - 1);
    // What is refused during the wait does not make it longer.
    assert.equal(wait(), 1);
    tick(1);
    assert.equal(wait(), 0);
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
});

test('begin() forgets a pair after a day, and counts each pair for itself', () => {
  const { wait, tick } = open();
  for (let at = 0; at < 6; at++) wait();
  assert.equal(wait('b'), 0);
  assert.equal(wait(), 1_000);
  tick(LIMITS.lockout.forgetMs);
  assert.deepEqual([wait(), wait(), wait(), wait(), wait(), wait()], [0, 0, 0, 0, 0, 1_000]);
});

test('giveBack() lets the wait run from the try before; forget() says how many failed before', () => {
  const { backoff, wait, tick } = open();
  for (let at = 0; at < 5; at++) wait();
  tick(1_000);
  const { previousAt } = backoff.begin('a');
  backoff.giveBack('a', previousAt);
  assert.equal(wait(), 0);
  assert.equal(backoff.forget('a'), 5);
  assert.equal(wait(), 0);
});

test('begin() keeps no more than its bound of pairs, and a clock that goes back lengthens no wait', () => {
  const { wait, tick } = open();
  for (let at = 0; at < 6; at++) wait('first');
  tick(-10_000_000);
  assert.equal(wait('first'), 1_000);
  for (let at = 0; at < LIMITS.lockout.pairs; at++) wait(`p${at}`);
  assert.equal(wait('first'), 0);
});
