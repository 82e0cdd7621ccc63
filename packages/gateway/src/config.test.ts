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
    client: { ping_interval: '1m30s', pong_timeout: '300ms', stale_close_delay: '1.5h', expired_close_delay: '1us' },
    channel: { without_namespace: { map: { subscribe_catch_up_timeout: '-1s' } } },
    shutdown: { timeout: 2_000_000_000 },
  });
  assert.ok(read.ok);
  const { client, shutdown, channel } = read.config;
  const { ping_interval: ping, pong_timeout: pong, stale_close_delay: stale, expired_close_delay: expired } = client;
  assert.deepEqual([ping, pong, stale, expired], [90_000, 300, 5_400_000, 1]);
  assert.deepEqual([shutdown.timeout, channel.without_namespace.map.subscribe_catch_up_timeout], [2_000, -1_000]);
});

test('readGatewayConfig() refuses by name', () => {
  for (const [input, expected] of [
    [5, ['the configuration must be an object']],
    [[], ['the configuration must be an object']],
    [{ client: 5 }, ['client must be an object']],
    [{ client: { ping_interval: 25 } }, ['client.ping_interval must be a duration such as "25s" or "720h"']],
    [{ client: { ping_interval: '-25s' } }, ['client.ping_interval must be a duration such as "25s" or "720h"']],
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
      ['channel.namespaces[0].channel_regex does not compile; write it in the syntax of RE2'],
    ],
    [
      { channel: { namespaces: [{ name: 'ab', channel_regex: '^([a-z]+)*$' }] } },
      [
        'channel.namespaces[0].channel_regex takes too long for some names; anchor it with ^, and repeat at most 3 things, none of which varies',
      ],
    ],
    [
      { channel: { namespaces: [{ name: 'ab' }, { name: 'ab' }] } },
      ['channel.namespaces[1].name: ab is already taken'],
    ],
    [{ channel: { namespaces: [{}] } }, ['channel.namespaces[0].name is missing']],
    [{ channel: { namespaces: {} } }, ['channel.namespaces must be a list']],
  ] as const) {
    assert.deepEqual(problemsOf(input), expected, JSON.stringify(input));
  }
});

test('readGatewayConfig() reports every problem at once', () => {
  assert.equal(problemsOf({ client: { insecure: 1 }, channel: { max_length: 0, namespaces: [{}] } }).length, 3);
});

test('readGatewayConfig() warns of unknown options by name, in lists too, and starts', () => {
  const read = readGatewayConfig({
    clint: {},
    client: { token: { hmac_secret: 'canary-secret' } },
    channel: { namespaces: [{ name: 'ab', allow_channel_compaction: true }] },
  });
  assert.ok(read.ok);
  assert.deepEqual(read.warnings, [
    'clint is not an option of this server',
    'client.token.hmac_secret is not an option of this server',
    'channel.namespaces[0].allow_channel_compaction is not an option of this server',
  ]);
});

test('readGatewayConfig() refuses what is known and not supported, by name and with the reason, when it is switched on', () => {
  for (const [input, expected] of [
    [{ grpc_api: { enabled: true } }, /^grpc_api\.enabled is not supported: .*gRPC; use the HTTP API$/],
    [{ uni_grpc: { enabled: true } }, /^uni_grpc\.enabled is not supported: .*gRPC/],
    [{ webtransport: { enabled: true } }, /^webtransport\.enabled is not supported: .*HTTP\/3/],
    [{ http_server: { http3: { enabled: true } } }, /^http_server\.http3\.enabled is not supported: /],
    [{ http_server: { h2c_external: true } }, /^http_server\.h2c_external is not supported: /],
    [{ http_server: { tls_autocert: { enabled: true } } }, /^http_server\.tls_autocert\.enabled is not supported: /],
    [{ consumers: [{ name: 'ab', enabled: true, type: 'kafka' }] }, /^consumers\[0\]\.enabled is not supported: /],
    [{ engine: { type: 'redis' } }, /^engine\.type is not supported: .*memory.*--workers/],
    [{ broker: { type: 'nats' } }, /^broker\.type is not supported: .*memory/],
    [{ presence_manager: { type: 'redis' } }, /^presence_manager\.type is not supported: .*memory/],
    [{ map_broker: { type: 'postgres' } }, /^map_broker\.type is not supported: .*memory/],
    [{ controller: { enabled: true } }, /^controller\.enabled is not supported: /],
    [{ graphite: { enabled: true } }, /^graphite\.enabled is not supported: /],
    [{ opentelemetry: { enabled: true } }, /^opentelemetry\.enabled is not supported: /],
    [{ admin: { enabled: true } }, /^admin\.enabled is not supported: /],
    [{ swagger: { enabled: true } }, /^swagger\.enabled is not supported: /],
    [{ debug: { enabled: true } }, /^debug\.enabled is not supported: .*--cpu-prof/],
    [
      { channel: { without_namespace: { subscribe_stream_proxy_enabled: true } } },
      /^channel\.without_namespace\.subscribe_stream_proxy_enabled is not supported: .*gRPC/,
    ],
  ] as const) {
    const problems = problemsOf(input);
    assert.equal(problems.length, 1, JSON.stringify(input));
    assert.match(problems[0] ?? '', expected);
  }
});

test('readGatewayConfig() accepts what is not supported while it is switched off', () => {
  const read = readGatewayConfig({
    grpc_api: { enabled: false, port: 10_001 },
    engine: { type: 'memory', redis: { address: ['redis://127.0.0.1:6379'], prefix: 'x' } },
    consumers: [{ name: 'ab', enabled: false, type: 'kafka', kafka: { brokers: ['x:1'] } }],
    admin: { enabled: false, password: 'x', secret: 'y' },
    http_server: { tls_autocert: { enabled: false, host_whitelist: [] } },
  });
  assert.deepEqual([read.ok, read.warnings], [true, []]);
});
