import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createCheckpointer } from './checkpointer.ts';
import type { CheckpointResult } from './checkpoint-worker.ts';
import { createWriteQueue } from './write-queue.ts';

const log = pino({ level: 'silent' });
const moved: CheckpointResult = { ok: true, complete: true };
const moving: CheckpointResult = { ok: true, complete: false };

/** A checkpointer with bounds of 10 and 40 bytes, whose thread answers from a list. */
function createSubject(answers: CheckpointResult[]) {
  const asked: string[] = [];
  const failures: string[] = [];
  const queue = createWriteQueue(100);
  const checkpointer = createCheckpointer({
    queue,
    log,
    passiveBytes: 10,
    gateBytes: 40,
    onFailure: (failure) => failures.push(failure.message),
    thread: {
      checkpoint(mode) {
        asked.push(mode);
        return Promise.resolve(answers.shift() ?? moved);
      },
      close: () => Promise.resolve(),
    },
  });
  const walIs = async (bytes: number): Promise<void> => {
    checkpointer.walIs(bytes);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { asked, failures, queue, checkpointer, walIs };
}

test('walIs() asks for a passive checkpoint each time the log has grown by the bound', async () => {
  const { asked, walIs } = createSubject([moving, moving]);
  for (const bytes of [9, 10, 19, 20, 29]) await walIs(bytes);
  assert.deepEqual(asked, ['passive', 'passive']);
});

test('walIs() counts anew when the log starts from its beginning', async () => {
  const { asked, walIs } = createSubject([]);
  for (const bytes of [12, 2, 9, 11]) await walIs(bytes);
  assert.deepEqual(asked, ['passive', 'passive']);
});

test('walIs() pauses writers for a restarting checkpoint when the log is too long', async () => {
  const { asked, queue, walIs } = createSubject([moving]);
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const writer = queue.run(() => promise.then(() => order.push(`writer after ${asked.join()}`)));
  await walIs(41);
  const later = queue.run(() => Promise.resolve(order.push(`later after ${asked.join()}`)));
  assert.deepEqual(asked, ['passive']);
  resolve();
  await Promise.all([writer, later]);
  assert.deepEqual(order, ['writer after passive', 'later after passive,restart']);
});

test('walIs() lets writers go on when the log cannot start anew, and tries again after as much growth', async () => {
  const failed: CheckpointResult = { ok: false, message: 'disk is full', errcode: 13 };
  const { asked, failures, queue, walIs } = createSubject([moving, failed, moving, moving, moved]);
  await walIs(41);
  assert.equal(await queue.run(() => Promise.resolve('written')), 'written');
  await walIs(60);
  await walIs(82);
  assert.deepEqual(asked, ['passive', 'restart', 'passive', 'passive', 'restart']);
  assert.deepEqual(failures, ['disk is full']);
});

test('close() waits for the running checkpoint and starts no other', async () => {
  const { asked, checkpointer, walIs } = createSubject([]);
  checkpointer.walIs(10);
  await checkpointer.close();
  await walIs(100);
  assert.deepEqual(asked, ['passive']);
});
