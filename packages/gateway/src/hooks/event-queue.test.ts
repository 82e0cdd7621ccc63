import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFakeClock } from '../testing/fake-clock.ts';
import { EventQueue } from './event-queue.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

interface Turn {
  isBroken?: boolean;
  isHeld?: boolean;
}

function start(options: { maxEvents?: number; batchSize?: number; refill?: () => number[] } = {}) {
  const { maxEvents = 100, batchSize = 3, refill } = options;
  const clock = createFakeClock();
  const attempts: number[][] = [];
  const taken: number[] = [];
  const counts = { delivered: 0, dropped: 0, logged: [] as string[] };
  const turn: Turn = {};
  const held: (() => void)[] = [];
  const log = (_fields: object, message: string) => void counts.logged.push(message);
  const queue = new EventQueue<number>({
    name: 'test',
    clock,
    random: () => 1,
    log: { debug: log, info: log, warn: log, error: log },
    batchSize,
    minRetryMs: 100,
    maxRetryMs: 1_000,
    maxEvents: () => maxEvents,
    makeRoom: (waiting) => waiting.slice(2),
    ...(refill === undefined ? {} : { refill }),
    async send(events) {
      attempts.push([...events]);
      if (turn.isHeld === true) await new Promise<void>((resolve) => held.push(resolve));
      if (turn.isBroken === true) throw new Error('down');
      taken.push(...events);
    },
    delivered: (count) => void (counts.delivered += count),
    dropped: (count) => void (counts.dropped += count),
  });
  const add = (...events: number[]) => events.forEach((event) => queue.add(event));
  const tick = async (ms: number) => {
    clock.tick(ms);
    await settle();
  };
  return { queue, clock, attempts, taken, counts, turn, held, add, tick };
}

test('events are sent in order, one batch after another, and the second waits for the answer to the first', async () => {
  const { queue, attempts, held, turn, add, counts } = start();
  turn.isHeld = true;
  add(1, 2, 3, 4, 5);
  await settle();
  assert.deepEqual(attempts, [[1]]);
  turn.isHeld = false;
  held.shift()?.();
  await settle();
  assert.deepEqual(attempts, [[1], [2, 3, 4], [5]]);
  assert.deepEqual([queue.size, counts.delivered], [0, 5]);
});

test('a batch that was not taken is sent again, later each time and at most so late, and what follows waits', async () => {
  const { attempts, turn, add, tick, taken, counts } = start();
  turn.isBroken = true;
  add(1);
  await settle();
  add(2);
  const at: number[] = [];
  for (let time = 0; time < 4_000; time += 100) {
    const before = attempts.length;
    await tick(100);
    if (attempts.length > before) at.push(time + 100);
  }
  assert.deepEqual(at, [100, 300, 700, 1_500, 2_500, 3_500]);
  turn.isBroken = false;
  await tick(1_000);
  assert.deepEqual(taken, [1, 2]);
  assert.deepEqual([counts.delivered, counts.dropped], [2, 0]);
  turn.isBroken = true;
  add(3);
  await settle();
  const { length } = attempts;
  await tick(100);
  assert.equal(attempts.length, length + 1, 'a success makes the waiting short again');
});

test('too many events drop the oldest that wait, never those on their way, and each is counted', async () => {
  const { queue, held, turn, add, taken, counts } = start({ maxEvents: 4, batchSize: 10 });
  turn.isHeld = true;
  add(1, 2, 3, 4, 5, 6, 7);
  await settle();
  assert.deepEqual([queue.size, counts.dropped], [3, 4]);
  turn.isHeld = false;
  held.shift()?.();
  await settle();
  assert.deepEqual(taken, [1, 6, 7]);
});

test('close() delivers what waits, also from a pause, and counts what it cannot deliver', async () => {
  const good = start();
  good.turn.isBroken = true;
  good.add(1, 2);
  await settle();
  good.turn.isBroken = false;
  await good.queue.close(1_000);
  assert.deepEqual([good.taken, good.counts.dropped], [[1, 2], 0]);
  good.add(3);
  await settle();
  assert.deepEqual(good.taken, [1, 2]);

  const bad = start();
  bad.turn.isBroken = true;
  bad.add(1, 2);
  await settle();
  await bad.queue.close(1_000);
  assert.deepEqual([bad.taken, bad.counts.dropped], [[], 2]);
  assert.equal(bad.counts.logged.at(-1), 'events were not delivered before the end');

  const slow = start();
  slow.turn.isHeld = true;
  slow.add(1, 2);
  await settle();
  const closed = slow.queue.close(1_000);
  await slow.tick(1_000);
  await closed;
  assert.equal(slow.counts.dropped, 2);

  const empty = start();
  await empty.queue.close(1_000);
  assert.equal(empty.counts.dropped, 0);
});

test('refill() gives what is to be said when nothing waits, again and again until there is nothing', async () => {
  const rest = [[10, 11, 12, 13], [14]];
  const { queue, attempts } = start({ refill: () => rest.shift() ?? [] });
  queue.wake();
  await settle();
  assert.deepEqual(attempts, [[10, 11, 12], [13], [14]]);
});

test('EventQueue: whatever fails in between, what is taken at last is every event once and in order', async () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ isBroken: fc.boolean() }),
    fc.record({ wait: fc.integer({ min: 1, max: 1_500 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { add, turn, tick, taken } = start({ maxEvents: 1_000 });
      let last = 0;
      for (const one of steps) {
        if ('add' in one) for (let count = 0; count < one.add; count += 1) add((last += 1));
        else if ('wait' in one) await tick(one.wait);
        else turn.isBroken = one.isBroken;
        await settle();
      }
      turn.isBroken = false;
      for (let count = 0; count < 3; count += 1) await tick(1_000);
      assert.deepEqual(
        taken,
        Array.from({ length: last }, (_, index) => index + 1),
      );
    }),
    { numRuns: 100 },
  );
});
