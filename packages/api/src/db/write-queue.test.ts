import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWriteQueue } from './write-queue.ts';

test('run() runs one task at a time, in order, also after one has failed', async () => {
  const queue = createWriteQueue(10);
  const events: string[] = [];
  const task = (name: string) => async () => {
    events.push(`${name} starts`);
    await new Promise((resolve) => setImmediate(resolve));
    events.push(`${name} ends`);
    if (name === 'b') throw new Error('b failed');
    return name;
  };
  const results = await Promise.allSettled([queue.run(task('a')), queue.run(task('b')), queue.run(task('c'))]);
  assert.deepEqual(events, ['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
  assert.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});

test('run() refuses a task when the queue is full, and takes one again when there is room', async () => {
  const queue = createWriteQueue(2);
  const tasks = [queue.run(() => Promise.resolve(1)), queue.run(() => Promise.resolve(2))];
  await assert.rejects(
    queue.run(() => Promise.resolve(3)),
    { name: 'StorageError', code: 'storage.unavailable' },
  );
  assert.deepEqual(await Promise.all(tasks), [1, 2]);
  assert.equal(await queue.run(() => Promise.resolve(4)), 4);
});

test('a long run of tasks lets the event loop turn', async () => {
  const queue = createWriteQueue(1_000);
  const busyForMs = 1;
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const spin = (): Promise<void> => {
    const until = performance.now() + busyForMs;
    while (performance.now() < until);
    return Promise.resolve();
  };
  await Promise.all(Array.from({ length: 40 }, () => queue.run(spin)));
  isDone = true;
  assert.ok(turns >= 5, `${turns} turns in 40 ms of work`);
});

test('drained() resolves when what was queued has ended', async () => {
  const queue = createWriteQueue(10);
  let ended = 0;
  const results = [1, 2, 3].map(() =>
    queue.run(() => {
      ended += 1;
      return Promise.resolve();
    }),
  );
  await queue.drained();
  assert.equal(ended, 3);
  await Promise.all(results);
});
