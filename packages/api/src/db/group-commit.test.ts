import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createGroupCommit } from './group-commit.ts';

/** A disk whose flushes end when the test says so. */
function createHeldDisk() {
  const flushes: { finish(): void; fail(error: Error): void }[] = [];
  return {
    flushes,
    flush: () =>
      new Promise<void>((resolve, reject) => {
        flushes.push({ finish: resolve, fail: reject });
      }),
  };
}

async function settled(promise: Promise<unknown>): Promise<'pending' | 'resolved' | 'rejected'> {
  const turn = new Promise<'pending'>((resolve) => setImmediate(resolve, 'pending'));
  return Promise.race([
    promise.then(
      () => 'resolved' as const,
      () => 'rejected' as const,
    ),
    turn,
  ]);
}

test('durable() resolves only when a flush that began after the commit has ended', async () => {
  const disk = createHeldDisk();
  const group = createGroupCommit(disk.flush);
  group.committed();
  const first = group.durable();
  group.committed();
  const second = group.durable();
  assert.equal(disk.flushes.length, 1);
  assert.equal(await settled(first), 'pending');
  disk.flushes[0]!.finish();
  assert.equal(await settled(first), 'resolved');
  assert.equal(await settled(second), 'pending');
  assert.equal(disk.flushes.length, 2);
  disk.flushes[1]!.finish();
  assert.equal(await settled(second), 'resolved');
});

test('durable() shares one flush among all who came while another ran', async () => {
  const disk = createHeldDisk();
  const group = createGroupCommit(disk.flush);
  const waiters = Array.from({ length: 100 }, () => {
    group.committed();
    return group.durable();
  });
  disk.flushes[0]!.finish();
  assert.equal(await settled(waiters[0]!), 'resolved');
  disk.flushes[1]!.finish();
  assert.equal(await settled(Promise.all(waiters)), 'resolved');
  assert.equal(disk.flushes.length, 2);
});

test('durable() does not touch the disk when nothing was committed since the last flush', async () => {
  const disk = createHeldDisk();
  const group = createGroupCommit(disk.flush);
  await group.durable();
  assert.equal(disk.flushes.length, 0);
});

test(
  'a failed flush is final: who waits and who comes later is refused, with what to do',
  { timeout: 5_000 },
  async () => {
    for (const [code, expected] of [
      ['EIO', 'storage.unavailable'],
      ['ENOSPC', 'storage.full'],
    ] as const) {
      const disk = createHeldDisk();
      const group = createGroupCommit(disk.flush);
      group.committed();
      const first = group.durable();
      group.committed();
      const second = group.durable();
      disk.flushes[0]!.fail(Object.assign(new Error('disk'), { code }));
      const refusal = { name: 'StorageError', code: expected, message: /start Parley again/ };
      await assert.rejects(first, refusal);
      await assert.rejects(second, refusal);
      await assert.rejects(group.durable(), refusal);
      assert.equal(group.failure()?.code, expected);
      assert.equal(disk.flushes.length, 1);
    }
  },
);

test('a flush that ends well after fail() still refuses its waiters', async () => {
  const disk = createHeldDisk();
  const group = createGroupCommit(disk.flush);
  group.committed();
  const waiter = group.durable();
  group.fail(new Error('a checkpoint could not flush'));
  disk.flushes[0]!.finish();
  await assert.rejects(waiter, { name: 'StorageError' });
});

test('durable() never resolves before its commit is on the disk, whatever the order of events', async () => {
  const event = fc.constantFrom('commit' as const, 'wait' as const, 'finish' as const, 'turn' as const);
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
      let written = 0;
      let onDisk = 0;
      const running: (() => void)[] = [];
      const group = createGroupCommit(() => {
        const covers = written;
        assert.equal(running.length, 0, 'two flushes at once');
        return new Promise<void>((resolve) => {
          running.push(() => {
            onDisk = covers;
            resolve();
          });
        });
      });
      const waits: Promise<void>[] = [];
      for (const step of events) {
        if (step === 'commit') {
          written += 1;
          group.committed();
        } else if (step === 'wait') {
          const mine = written;
          waits.push(group.durable().then(() => assert.ok(onDisk >= mine, `${onDisk} < ${mine}`)));
        } else if (step === 'finish') running.shift()?.();
        else await new Promise((resolve) => setImmediate(resolve));
      }
      const all = Promise.all(waits);
      while ((await settled(all)) === 'pending') running.shift()?.();
      await all;
    }),
    { numRuns: 200 },
  );
});
