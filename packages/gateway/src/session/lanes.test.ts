import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Lanes } from './lanes.ts';

test('Lanes runs tasks of one lane in their order, others side by side, and never more than it may', async () => {
  const task = fc.record({ lane: fc.constantFrom('a', 'b', 'c', undefined), turns: fc.nat(6), fails: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(task, { maxLength: 40 }), fc.integer({ min: 1, max: 8 }), async (tasks, max) => {
      const lanes = new Lanes(max);
      const done = new Map<string | undefined, number[]>();
      let running = 0;
      const runs: Promise<unknown>[] = [];
      for (const [index, { lane, turns, fails }] of tasks.entries()) {
        while (lanes.isFull) await lanes.free();
        const run = lanes.run(lane, async () => {
          running += 1;
          assert.ok(running <= max);
          for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
          done.set(lane, [...(done.get(lane) ?? []), index]);
          running -= 1;
          if (fails) throw new Error('the task says so');
        });
        runs.push(run.catch(() => {}));
      }
      await Promise.all(runs);
      for (const lane of ['a', 'b', 'c']) {
        const expected = tasks.flatMap((one, index) => (one.lane === lane ? [index] : []));
        assert.deepEqual(done.get(lane) ?? [], expected);
        assert.equal(lanes.isBusy(lane), false);
      }
      assert.equal(lanes.isFull, false);
    }),
  );
});

test('Lanes.isBusy() tells whether a task would wait', async () => {
  const lanes = new Lanes(2);
  const held = Promise.withResolvers<void>();
  const run = lanes.run('a', () => held.promise);
  assert.deepEqual([lanes.isBusy('a'), lanes.isBusy('b'), lanes.isBusy(undefined)], [true, false, false]);
  held.resolve();
  await run;
  assert.equal(lanes.isBusy('a'), false);
});
