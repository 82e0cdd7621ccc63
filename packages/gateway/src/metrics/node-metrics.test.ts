import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ask, Backend } from '../backend/backend.ts';
import { readGatewayConfig } from '../config.ts';
import { createTestMetrics } from '../testing/test-metrics.ts';
import { measureBackend } from './measured-backend.ts';
import { takeSnapshot } from './node-metrics.ts';

test('takeSnapshot() has how things stand', () => {
  const present = {
    connections: 1,
    users: 2,
    subscriptions: 3,
    channels: 4,
    polledChannels: 5,
    polledKeys: 6,
    sockets: 7,
    queuedBytes: 8,
    hookEvents: { waiting: 9, delivered: 10, dropped: 11 },
  };
  const snapshot = takeSnapshot(createTestMetrics(), present, '1.2.3');
  for (const [name, value, labels] of [
    ['centrifugo_node_num_clients', 1, []],
    ['centrifugo_node_num_users', 2, []],
    ['centrifugo_node_num_subscriptions', 3, []],
    ['centrifugo_node_num_channels', 4, []],
    ['centrifugo_shared_poll_num_channels', 5, []],
    ['centrifugo_shared_poll_num_keys', 6, []],
    ['parley_sockets', 7, []],
    ['parley_queued_bytes', 8, []],
    ['parley_hook_events_waiting', 9, []],
    ['parley_hook_events_delivered_total', 10, []],
    ['parley_hook_events_dropped_total', 11, []],
    ['centrifugo_node_build', 1, ['1.2.3']],
  ] as const) {
    assert.deepEqual(snapshot[name], [{ labels, value }], name);
  }
});

test('measureBackend() counts the keys of shared polls, and every question under its own type', async () => {
  const metrics = createTestMetrics();
  const read = readGatewayConfig({});
  assert.ok(read.ok);
  const answers: Ask<'sharedPollRefresh'> = () =>
    Promise.resolve({ ok: true, result: { items: [{ key: 'a', version: 1 }], epoch: '' } });
  const nobody = () => Promise.reject(new Error('nobody'));
  const events = ['connect', 'refresh', 'subscribe', 'publish', 'subRefresh', 'rpc', 'mapPublish', 'mapRemove'];
  const all = [...events, 'disconnect', 'unsubscribe', 'channelState'];
  const backend = { ...Object.fromEntries(all.map((event) => [event, nobody])), sharedPollRefresh: answers };
  const measured = measureBackend(backend as unknown as Backend, metrics, read.config);
  const items = ['a', 'b', 'c'].map((key) => ({ key, version: 0 }));
  await measured.sharedPollRefresh('default', { channel: 'p', items });
  await assert.rejects(measured.channelState('default', { events: [] }), /nobody/);
  const snapshot = metrics.store.snapshot();
  const sums = (name: string) => snapshot[name]?.map((sample) => 'sum' in sample && sample.sum);
  assert.deepEqual(sums('centrifugo_shared_poll_proxy_request_items'), [3]);
  assert.deepEqual(sums('centrifugo_shared_poll_proxy_response_items'), [1]);
  const failed = [{ labels: ['http', 'channel_state', 'default'], value: 1 }];
  assert.deepEqual(snapshot['centrifugo_proxy_errors'], failed);
  const types = snapshot['centrifugo_proxy_duration_seconds']?.map(({ labels }) => labels[1]);
  assert.deepEqual(types, ['shared_poll_refresh', 'channel_state']);
});
