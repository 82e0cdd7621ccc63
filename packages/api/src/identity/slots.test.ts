// Checks how much costly work runs at once: the slots, the queue, the wait.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createSlots } from './slots.ts';

test('run() never has more at once than there are slots, refuses beyond the queue, serves in order', async () => {
  const slots = createSlots({ parallel: 2, maxWaiting: 3, maxWaitMs: 60_000 });
  const finish: (() => void)[] = [];
  const started: number[] = [];
  const work = (id: number) => () => {
    started.push(id);
    return new Promise<number>((resolve) => finish.push(() => resolve(id)));
  };
  const runs = [1, 2, 3, 4, 5, 6].map((id) => slots.run(work(id)));
  assert.deepEqual(await runs[5], { ok: false });
  assert.deepEqual(started, [1, 2]);
  for (let index = 0; index < 5; index++) {
    finish[index]?.();
    assert.deepEqual(await runs[index], { ok: true, value: index + 1 });
    assert.ok(started.length - (index + 1) <= 2);
  }
  assert.deepEqual(started, [1, 2, 3, 4, 5]);
});

test('run() refuses what has waited too long, and a failure frees its slot', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const slots = createSlots({ parallel: 1, maxWaiting: 5, maxWaitMs: 2_000 });
  const held: { fail: (error: Error) => void } = { fail: () => {} };
  const first = slots.run(() => new Promise((_resolve, reject) => (held.fail = reject)));
  const second = slots.run(() => Promise.resolve('late'));
  t.mock.timers.tick(2_000);
  assert.deepEqual(await second, { ok: false });
  held.fail(new Error('broken'));
  await assert.rejects(first, /broken/);
  assert.deepEqual(await slots.run(() => Promise.resolve('fine')), { ok: true, value: 'fine' });
});
