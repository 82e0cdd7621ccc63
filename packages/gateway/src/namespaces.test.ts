import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readGatewayConfig } from './config.ts';
import { createNamespaces } from './namespaces.ts';

const read = readGatewayConfig({
  channel: {
    without_namespace: { presence: true },
    namespaces: [
      { name: 'chat', history_size: 5, history_ttl: '10s', channel_regex: '^[0-9]+$' },
      { name: 'notes', history_size: 5, history_ttl: '10s', history_meta_ttl: '1h', publication_data_format: 'json' },
    ],
    publication_data_format: 'json_object',
    history_meta_ttl: '48h',
  },
});
assert.ok(read.ok);
const namespaces = createNamespaces(read.config);

test('createNamespaces() takes what stands before the first boundary, without the private prefix', () => {
  for (const [channel, hasPresence, hasHistory, isPrivate] of [
    ['chat', true, false, false],
    ['chat:1', false, true, false],
    ['chat:1:2', false, true, false],
    ['$chat:1', false, true, true],
    ['$free', true, false, true],
  ] as const) {
    const rules = namespaces(channel);
    assert.deepEqual(
      [rules?.options.presence, rules?.hasHistory, rules?.isPrivate],
      [hasPresence, hasHistory, isPrivate],
      channel,
    );
  }
  for (const channel of ['nope:1', ':1', 'chat2:1', '__proto__:1'])
    assert.equal(namespaces(channel), undefined, channel);
});

test('createNamespaces() checks names: by the regex behind the boundary, otherwise for ASCII, and their length', () => {
  for (const [channel, expected] of [
    ['chat:12', true],
    ['chat:1a', false],
    ['chat:', false],
    ['plain name', true],
    ['naïve', false],
    ['x'.repeat(255), true],
    ['x'.repeat(256), false],
    [`chat:${'1'.repeat(251)}`, false],
  ] as const) {
    assert.equal(namespaces(channel)?.isNameValid, expected, channel);
  }
});

test('createNamespaces() falls back to the options of all channels', () => {
  assert.deepEqual(
    ['chat:1', 'notes:1'].map((channel) => [namespaces(channel)?.metaTtlMs, namespaces(channel)?.dataFormat]),
    [
      [48 * 3_600_000, 'json_object'],
      [3_600_000, 'json'],
    ],
  );
});
