import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createClientLabels } from './client-labels.ts';
import { mergeSnapshots } from './snapshot.ts';
import { MetricStore } from './store.ts';
import { metricTable } from './table.ts';

test('MetricStore counts by labels; what would be one set of labels too many is counted as other', () => {
  const store = new MetricStore(createFakeClock());
  for (let code = 0; code < 5_000; code += 1) store.count('centrifugo_client_num_server_disconnects', String(code));
  store.count('centrifugo_client_num_server_disconnects', '7');
  const samples = store.snapshot()['centrifugo_client_num_server_disconnects'] ?? [];
  assert.equal(samples.length, 1_001);
  assert.deepEqual(samples[7], { labels: ['7'], value: 2 });
  assert.deepEqual(samples.at(-1), { labels: ['other'], value: 4_000 });
});

test('MetricStore: a value is in the first bucket whose bound is not below it', () => {
  const store = new MetricStore(createFakeClock());
  const spread = store.spread('centrifugo_client_recovered_publications', 'chat');
  for (const value of [0, 1, 4, 5, 1_001]) spread.observe(value, 2);
  const [sample] = store.snapshot()['centrifugo_client_recovered_publications'] ?? [];
  const buckets = [2, 2, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 2];
  assert.deepEqual(sample, { labels: ['chat'], sum: 2_022, count: 10, buckets });
});

test('mergeSnapshots() adds counters, gauges and buckets, and takes what all have the same once', () => {
  const snapshots = [1, 2].map((times) => {
    const store = new MetricStore(createFakeClock());
    store.cell('centrifugo_node_num_clients').value = 10 * times;
    store.cell('centrifugo_node_build', '1.0.0').value = 1;
    for (let time = 0; time < times; time += 1) {
      store.count('parley_deliveries_total', 'chat');
      store.took('centrifugo_api_command_duration_seconds', 0.01, 'http', 'publish');
    }
    store.count('parley_deliveries_total', `only ${times}`);
    return store.snapshot();
  });
  const merged = mergeSnapshots(snapshots, metricTable);
  assert.deepEqual(merged['centrifugo_node_num_clients'], [{ labels: [], value: 30 }]);
  assert.deepEqual(merged['centrifugo_node_build'], [{ labels: ['1.0.0'], value: 1 }]);
  assert.deepEqual(merged['parley_deliveries_total'], [
    { labels: ['chat'], value: 3 },
    { labels: ['only 1'], value: 1 },
    { labels: ['only 2'], value: 1 },
  ]);
  const [spread] = merged['centrifugo_api_command_duration_seconds'] ?? [];
  assert.ok(spread !== undefined && 'buckets' in spread);
  assert.equal(spread.count, 3);
  assert.equal(spread.buckets[6], 3);
  assert.equal(
    spread.recent?.reduce((sum, count) => sum + count, 0),
    3,
  );
});

test('createClientLabels() makes labels of known things only, and not of too many', () => {
  const labelsOf = createClientLabels();
  for (const [name, version, expectedName, expectedVersion] of [
    ['js', '5.8.0', 'js', '5.8.0'],
    ['', '', '', ''],
    ['js', '', 'js', ''],
    ['', '1.0.0', '', 'other'],
    ['evil"}\n', '1.0.0', 'other', 'other'],
    ['js', '5.8.0"} 1\n', 'js', 'other'],
    ['JS', '5.8.0', 'other', 'other'],
  ] as const) {
    assert.deepEqual(labelsOf(name, version), { name: expectedName, version: expectedVersion });
  }
  const seen = new Set<string>();
  for (let patch = 0; patch < 500; patch += 1) seen.add(labelsOf('go', `1.0.${patch}`).version);
  // One of the hundred is 5.8.0; the last is `other`.
  assert.equal(seen.size, 100);
  assert.ok(seen.has('other'));
});
