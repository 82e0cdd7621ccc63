// Proves what the runner remembers: a publication is not repeated while its row waits for something else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import type { OutboxRow } from '../db/schema.ts';
import type { Delivered, Delivery } from '../realtime/realtime.ts';
import type { Step } from './deliveries.ts';
import { createStreamRunner } from './run-stream.ts';

const row: OutboxRow = {
  position: 7,
  id: 'e7',
  stream: 's',
  type: 't',
  payload: '{}',
  attempts: 0,
  next_attempt_at: 0,
  created_at: 0,
};
const own: Delivery = { kind: 'publish', channel: 's', data: {}, key: 'e7' };
const signal: Delivery = { kind: 'broadcast', channels: ['a', 'b'], data: {}, key: 'e7' };
const step: Step = { row, own, others: [signal] };

function runnerOver(deliver: (delivery: Delivery) => Promise<Delivered>) {
  const counters = { retried: 0, failed: 0, lost: 0 };
  const log = pino({ level: 'silent' });
  return { counters, runner: createStreamRunner({ realtime: { deliver }, log, counters }, { refusals: 2 }) };
}

void test('StreamRunner.run() does not publish again when only the signal to members failed, until told to forget', async () => {
  const kinds: string[] = [];
  const state = { isAway: true };
  const { runner, counters } = runnerOver((delivery) => {
    kinds.push(delivery.kind);
    if (delivery.kind === 'broadcast' && state.isAway) return Promise.reject(new Error('away'));
    return Promise.resolve({ ok: true, lost: delivery.kind === 'broadcast' ? 1 : 0 });
  });
  assert.deepEqual(await runner.run([step]), { done: [], doneIds: [], stuck: { row, isUnreachable: true } });
  assert.deepEqual((await runner.run([step])).stuck, { row, isUnreachable: true });
  state.isAway = false;
  assert.deepEqual(await runner.run([step]), { done: [7], doneIds: ['e7'] });
  assert.deepEqual(kinds, ['publish', 'broadcast', 'broadcast', 'broadcast']);
  assert.deepEqual(counters, { retried: 2, failed: 0, lost: 1 });
  runner.forget(['e7']);
  await runner.run([step]);
  assert.deepEqual(kinds.slice(4), ['publish', 'broadcast']);
});

void test('StreamRunner.run() gives up after the given refusals, but never for an error that may pass', async () => {
  const code = { now: 107 };
  const { runner, counters } = runnerOver(() =>
    Promise.resolve({ ok: false, error: { code: code.now, message: 'm' } }),
  );
  const alone: Step = { row, own, others: [] };
  assert.deepEqual((await runner.run([alone])).stuck, { row, isUnreachable: false });
  code.now = 100;
  const tried: Step = { ...alone, row: { ...row, attempts: 1_000 } };
  assert.equal((await runner.run([tried])).stuck?.isUnreachable, false);
  code.now = 107;
  assert.deepEqual(await runner.run([{ ...alone, row: { ...row, attempts: 1 } }]), { done: [7], doneIds: ['e7'] });
  assert.deepEqual(counters, { retried: 2, failed: 1, lost: 0 });
});
