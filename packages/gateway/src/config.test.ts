import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readGatewayConfig } from './config.ts';

function problemsOf(input: unknown): readonly string[] {
  const read = readGatewayConfig(input);
  return read.ok ? [] : read.problems;
}

test('readGatewayConfig() has the defaults of Centrifugo', () => {
  const read = readGatewayConfig({});
  assert.ok(read.ok);
  const { client, channel, websocket, http_api: api } = read.config;
  assert.deepEqual(
    [client.ping_interval, client.pong_timeout, client.stale_close_delay, client.expired_close_delay],
    [25_000, 8_000, 10_000, 25_000],
  );
  assert.deepEqual(
    [client.channel_limit, client.queue_max_size, client.recovery_max_publication_limit],
    [128, 1_048_576, 300],
  );
  assert.deepEqual([channel.max_length, channel.private_prefix, channel.history_meta_ttl], [255, '$', 2_592_000_000]);
  assert.deepEqual(
    [websocket.handler_prefix, websocket.message_size_limit, api.handler_prefix],
    ['/connection/websocket', 65_536, '/api'],
  );
});

test('readGatewayConfig() reads durations as Go writes them', () => {
  const read = readGatewayConfig({
    client: { ping_interval: '1m30s', pong_timeout: '300ms', stale_close_delay: '1.5h' },
  });
  assert.ok(read.ok);
  const { ping_interval: ping, pong_timeout: pong, stale_close_delay: stale } = read.config.client;
  assert.deepEqual([ping, pong, stale], [90_000, 300, 5_400_000]);
});

test('readGatewayConfig() refuses by name', () => {
  for (const [input, expected] of [
    [{ clint: {} }, ['clint is not an option that this server supports']],
    [{ client: { concurrency: 8 } }, ['client.concurrency is not an option that this server supports']],
    [{ client: 5 }, ['client must be an object']],
    [{ client: { ping_interval: 25 } }, ['client.ping_interval must be a duration such as "25s" or "720h"']],
    [{ client: { ping_interval: '25 s' } }, ['client.ping_interval must be a duration such as "25s" or "720h"']],
    [{ client: { insecure: 'yes' } }, ['client.insecure must be true or false']],
    [{ client: { channel_limit: 0 } }, ['client.channel_limit must be a whole number of at least 1']],
    [
      { client: { allowed_origins: ['https://{a,b}'] } },
      ['client.allowed_origins: https://{a,b} uses more than * and ?'],
    ],
    [
      { client: { ping_interval: '5s', pong_timeout: '5s' } },
      ['client.pong_timeout must be smaller than client.ping_interval'],
    ],
    [
      { client: { subscribe_to_user_personal_channel: { enabled: true, personal_channel_namespace: 'me' } } },
      ['client.subscribe_to_user_personal_channel.personal_channel_namespace: no namespace me'],
    ],
    [
      { channel: { without_namespace: { history_size: 5 } } },
      ['channel.without_namespace.history_size and history_ttl go together'],
    ],
    [
      { channel: { without_namespace: { force_recovery: true } } },
      ['channel.without_namespace.force_recovery needs history_size and history_ttl'],
    ],
    [
      { channel: { namespaces: [{ name: 'ab', history_size: 5, history_ttl: '1500ms' }] } },
      ['channel.namespaces[0].history_ttl must be whole seconds'],
    ],
    [
      { channel: { namespaces: [{ name: 'ab', history_size: 5, history_ttl: '10s', history_meta_ttl: '9s' }] } },
      ['channel.namespaces[0].history_meta_ttl must not be below history_ttl'],
    ],
    [
      { channel: { namespaces: [{ name: 'ab', channel_regex: '(' }] } },
      ['channel.namespaces[0].channel_regex is not a regular expression'],
    ],
    [
      { channel: { namespaces: [{ name: 'ab' }, { name: 'ab' }] } },
      ['channel.namespaces[1].name: ab is already taken'],
    ],
    [{ channel: { namespaces: [{}] } }, ['channel.namespaces[0].name is missing']],
    [{ channel: { namespaces: {} } }, ['channel.namespaces must be a list']],
    [
      { channel: { without_namespace: { force_recovery_mode: 'half' } } },
      ['channel.without_namespace.force_recovery_mode must be "", "stream" or "cache"'],
    ],
  ] as const) {
    assert.deepEqual(problemsOf(input), expected, JSON.stringify(input));
  }
});

test('readGatewayConfig() reports every problem at once', () => {
  assert.equal(problemsOf({ client: { insecure: 1 }, channel: { max_length: 0 }, x: 1 }).length, 3);
});
