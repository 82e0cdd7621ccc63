import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestMetrics } from '../testing/test-metrics.ts';
import { createPollMeter } from './measured-polls.ts';

test('createPollMeter() counts by trigger, result and namespace, durations in seconds', () => {
  const metrics = createTestMetrics();
  const meter = createPollMeter(metrics);
  meter.asked('p', { trigger: 'cycle', waitedMs: 500, tookMs: 2_000, items: { changed: 3, unchanged: 4 } });
  meter.asked('p', { trigger: 'track', waitedMs: 0, tookMs: 1_000, items: undefined });
  meter.cycled('p', { tookMs: 4_000, workedMs: 2_000 });
  meter.told('p', 7);
  meter.published('p', true);
  meter.published('p', false);
  const snapshot = metrics.store.snapshot();
  const of = (name: string) =>
    snapshot[`centrifugo_shared_poll_${name}`]?.map((sample) => [
      ...sample.labels,
      'sum' in sample ? sample.sum : sample.value,
    ]);
  assert.deepEqual(of('sem_wait_duration_seconds'), [
    ['cycle', '', 0.5],
    ['track', '', 0],
  ]);
  assert.deepEqual(of('handler_duration_seconds'), [
    ['cycle', '', 2],
    ['track', '', 1],
  ]);
  assert.deepEqual(of('handler_error_count'), [['track', '', 1]]);
  assert.deepEqual(of('items_count'), [
    ['cycle', 'changed', '', 3],
    ['cycle', 'unchanged', '', 4],
    ['track', 'changed', '', 0],
    ['track', 'unchanged', '', 0],
  ]);
  assert.deepEqual(of('cycle_duration_seconds'), [['', 4]]);
  assert.deepEqual(of('cycle_work_duration_seconds'), [['', 2]]);
  assert.deepEqual(of('notify_count'), [['', 7]]);
  assert.deepEqual(of('publish_count'), [
    ['applied', '', 1],
    ['ignored', '', 1],
  ]);
});
