import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../testing/fake-clock.ts';
import { WriteWatch } from './write-watch.ts';

test('WriteWatch tells of a writer when nothing was taken for its whole time-out, once', () => {
  const clock = createFakeClock();
  const stalled: string[] = [];
  const watch = new WriteWatch<{ name: string; writtenBytes: number; bufferedBytes: number; writeTimeoutMs: number }>(
    clock,
    ({ name }) => stalled.push(name),
  );
  const stuck = { name: 'stuck', writtenBytes: 100, bufferedBytes: 50, writeTimeoutMs: 1_000 };
  const slow = { ...stuck, name: 'slow' };
  const quick = { ...stuck, name: 'quick' };
  const gone = { ...stuck, name: 'gone' };
  for (const writer of [stuck, slow, quick, gone]) watch.add(writer);
  watch.remove(gone);
  quick.bufferedBytes = 0;
  clock.tick(900);
  // More is written to both; only from one of them something was taken.
  stuck.writtenBytes += 100;
  stuck.bufferedBytes += 100;
  watch.add(stuck);
  slow.writtenBytes += 100;
  slow.bufferedBytes += 99;
  assert.deepEqual(stalled, []);
  clock.tick(100);
  assert.deepEqual(stalled, ['stuck']);
  clock.tick(900);
  assert.deepEqual(stalled, ['stuck']);
  clock.tick(100);
  assert.deepEqual(stalled, ['stuck', 'slow']);
  clock.tick(10_000);
  assert.deepEqual(stalled, ['stuck', 'slow']);
});
