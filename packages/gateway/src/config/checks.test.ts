import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GatewayConfigInput, readGatewayConfig } from '../config.ts';

type Namespace = NonNullable<NonNullable<GatewayConfigInput['channel']>['namespaces']>[number];

/** Every input with exactly the problems that it has. */
function assertProblems(cases: readonly (readonly [GatewayConfigInput, readonly string[]])[]): void {
  for (const [input, expected] of cases) {
    const read = readGatewayConfig(input);
    assert.deepEqual(read.ok ? [] : read.problems, expected, JSON.stringify(input));
  }
}

/** Problems of one namespace `ab`, without its path. */
function assertChannelProblems(cases: readonly (readonly [Namespace, readonly string[]])[]): void {
  assertProblems(
    cases.map(([namespace, problems]) => [
      { channel: { namespaces: [{ name: 'ab', ...namespace }] } },
      problems.map((problem) => `channel.namespaces[0].${problem}`),
    ]),
  );
}

test('checkChannels() knows kinds of recovery, delta, data and subscription', () => {
  const history = { history_size: 1, history_ttl: '1s', force_recovery: true };
  assertChannelProblems([
    [{ ...history, force_recovery_mode: 'cache', auto_cache_recover: true }, []],
    [{ auto_cache_recover: true }, ['auto_cache_recover needs force_recovery and force_recovery_mode "cache"']],
    [
      { ...history, auto_cache_recover: true },
      ['auto_cache_recover needs force_recovery and force_recovery_mode "cache"'],
    ],
    [{ allowed_delta_types: ['fossil'] }, []],
    [{ allowed_delta_types: ['vcdiff'] }, ['allowed_delta_types must be a list out of "fossil"']],
    [{ history_size: 1, history_ttl: '721h' }, ['history_meta_ttl must not be below history_ttl']],
  ]);
  for (const [name, choices] of [
    ['force_recovery_mode', '"", "stream", "cache"'],
    ['publication_data_format', '"", "json", "json_object", "binary"'],
    ['subscription_type', '"", "stream", "map", "map_clients", "map_users", "shared_poll"'],
  ] as const) {
    const read = readGatewayConfig({ channel: { without_namespace: { [name]: 'other' } } });
    assert.deepEqual(read.ok ? [] : read.problems, [`channel.without_namespace.${name} must be one of ${choices}`]);
  }
});

test('checkMap() holds the rules of modes, lifetimes, pages and keys', () => {
  const ephemeral = { mode: 'ephemeral', key_ttl: '1m' } as const;
  const recoverable = { mode: 'recoverable', key_ttl: '1m' } as const;
  assertChannelProblems([
    [{ subscription_type: 'map', map: ephemeral }, []],
    [{ subscription_type: 'map', map: recoverable }, []],
    [{ subscription_type: 'map', map: { mode: 'persistent' } }, []],
    [{ map: { mode: 'ephemeral' } }, []],
    [{ subscription_type: 'map' }, ['map.mode must be set: "ephemeral", "recoverable" or "persistent"']],
    [{ subscription_type: 'map', map: { mode: 'ephemeral' } }, ['map.key_ttl must be set for mode "ephemeral"']],
    [{ subscription_type: 'map', map: { mode: 'recoverable' } }, ['map.key_ttl must be set for mode "recoverable"']],
    [
      { subscription_type: 'map', map: { mode: 'persistent', key_ttl: '1s' } },
      ['map.key_ttl is not for mode "persistent"'],
    ],
    [
      { subscription_type: 'map', map: { mode: 'persistent', meta_ttl: '1h' } },
      ['map.meta_ttl is not for mode "persistent"'],
    ],
    [{ subscription_type: 'map_users', map: { mode: 'persistent' } }, ['map.mode "persistent" is not for map_users']],
    [
      { subscription_type: 'map', map: { ...ephemeral, stream_size: 1 } },
      ['map.stream_size is not for mode "ephemeral"'],
    ],
    [
      { subscription_type: 'map', map: { ...ephemeral, stream_ttl: '1s' } },
      ['map.stream_ttl is not for mode "ephemeral"'],
    ],
    [{ subscription_type: 'map', map: { ...ephemeral, meta_ttl: '1s' } }, ['map.meta_ttl is not for mode "ephemeral"']],
    [
      { subscription_type: 'map', map: { ...recoverable, meta_ttl: '30s' } },
      ['map.meta_ttl must not be below stream_ttl', 'map.meta_ttl must not be below key_ttl'],
    ],
    [
      { subscription_type: 'map', map: { ...ephemeral, min_page_size: 10, default_page_size: 5 } },
      ['map.min_page_size, default_page_size and max_page_size must ascend'],
    ],
    [
      { subscription_type: 'map', map: { ...ephemeral, max_page_size: 50 } },
      ['map.min_page_size, default_page_size and max_page_size must ascend'],
    ],
    [
      { map: { remove_client_on_unsubscribe: true } },
      ['map.remove_client_on_unsubscribe needs subscription_type "map"'],
    ],
  ]);
  assertProblems([
    [
      {
        channel: {
          proxy: { map_publish: { endpoint: 'http://backend' } },
          without_namespace: {
            subscription_type: 'map',
            map: { ...ephemeral, client_key: 'user_id', publish_proxy_enabled: true },
          },
        },
      },
      ['channel.without_namespace.map.client_key excludes publish_proxy_enabled and remove_proxy_enabled'],
    ],
  ]);
});

test('checkMap() wants presence prefixes to point to a namespace of the right type', () => {
  const target = {
    name: 'prescli',
    subscription_type: 'map_clients',
    map: { mode: 'ephemeral', key_ttl: '1m' },
  } as const;
  const from = (prefix: string) => ({ name: 'chat', map_clients_presence_channel_prefix: prefix });
  const path = 'channel.namespaces[1].map_clients_presence_channel_prefix:';
  assertProblems([
    [{ channel: { namespaces: [target, from('prescli:')] } }, []],
    [{ channel: { namespaces: [target, from('gone:')] } }, [`${path} no namespace gone`]],
    [
      { channel: { namespaces: [target, from('chat:')] } },
      [`${path} its namespace must have subscription_type "map_clients"`],
    ],
    [
      { channel: { namespaces: [target, from('plain')] } },
      [`${path} its namespace must have subscription_type "map_clients"`],
    ],
  ]);
});

test('checkChannels() wants a secret and a proxy for shared polls', () => {
  const poll = { name: 'poll', subscription_type: 'shared_poll' } as const;
  const proxy = { shared_poll_refresh: { endpoint: 'http://backend' } };
  const secret = { hmac_secret_key: 'x' };
  assertProblems([
    [{ shared_poll: secret, channel: { proxy, namespaces: [poll] } }, []],
    [
      { channel: { proxy, namespaces: [poll] } },
      ['channel.namespaces[0].subscription_type needs shared_poll.hmac_secret_key'],
    ],
    [
      { shared_poll: secret, channel: { namespaces: [poll] } },
      ['channel.proxy.shared_poll_refresh.endpoint is missing'],
    ],
    [
      { shared_poll: secret, channel: { namespaces: [{ ...poll, shared_poll: { proxy_name: 'gone' } }] } },
      ['channel.namespaces[0].shared_poll.proxy_name: no proxy gone'],
    ],
  ]);
  assertChannelProblems([
    [{ shared_poll: { publish_enabled: true } }, ['shared_poll.publish_enabled needs mode "versioned"']],
    [{ shared_poll: { publish_enabled: true, mode: 'versioned' } }, []],
  ]);
});

test('checkProxies() wants names that exist, endpoints and time-outs', () => {
  const endpoint = 'https://backend.example.org/centrifugo';
  assertProblems([
    [{ client: { proxy: { connect: { enabled: true, endpoint } } } }, []],
    [{ client: { proxy: { connect: { enabled: true } } } }, ['client.proxy.connect.endpoint is missing']],
    [
      { client: { proxy: { refresh: { enabled: true, endpoint, timeout: '0s' } } } },
      ['client.proxy.refresh.timeout must be above 0'],
    ],
    [
      { client: { proxy: { connect: { enabled: true, endpoint: 'grpc://backend:1' } } } },
      [
        'client.proxy.connect.endpoint is not supported: only http:// and https:// are; this server does not speak gRPC',
      ],
    ],
    [
      { client: { proxy: { connect: { enabled: true, endpoint: 'http://' } } } },
      ['client.proxy.connect.endpoint is not an address'],
    ],
    [{ rpc: { without_namespace: { proxy_enabled: true } } }, ['rpc.proxy.endpoint is missing']],
    [
      { rpc: { namespaces: [{ name: 'ab', proxy_enabled: true, proxy_name: 'gone' }] } },
      ['rpc.namespaces[0].proxy_name: no proxy gone'],
    ],
    [
      { channel: { without_namespace: { subscribe_proxy_enabled: true, publish_proxy_enabled: true } } },
      ['channel.proxy.subscribe.endpoint is missing', 'channel.proxy.publish.endpoint is missing'],
    ],
    [
      {
        channel: { without_namespace: { sub_refresh_proxy_enabled: true, sub_refresh_proxy_name: 'mine' } },
        proxies: [{ name: 'mine', endpoint }],
      },
      [],
    ],
    [{ proxies: [{ name: 'mine' }, { name: 'mine' }] }, ['proxies[1].name: mine is already taken']],
    [{ proxies: [{ name: 'default' }] }, ['proxies[0].name: "default" is taken']],
    [
      { proxies: [{ name: 'x' }] },
      ['proxies[0].name must be a name of at least 2 of a-z A-Z 0-9 - _ .', 'proxies[0].name is missing'],
    ],
    [{ rpc: { namespaces: [{ name: 'ab' }, { name: 'ab' }] } }, ['rpc.namespaces[1].name: ab is already taken']],
    [{ consumers: [{ name: 'ab' }, { name: 'ab' }] }, ['consumers[1].name: ab is already taken']],
    [
      { consumers: [{ name: 'a-b' }] },
      ['consumers[0].name must be a name of at least 2 of a-z A-Z 0-9 _', 'consumers[0].name is missing'],
    ],
  ]);
});

test('checkChannels() lets a stream proxy stand alone', () => {
  for (const kind of ['subscribe', 'publish', 'sub_refresh']) {
    const namespace = { name: 'ab', subscribe_stream_proxy_enabled: true, [`${kind}_proxy_enabled`]: true };
    const read = readGatewayConfig({ channel: { namespaces: [namespace] } });
    assert.ok(!read.ok);
    assert.ok(
      read.problems.includes(`channel.namespaces[0].subscribe_stream_proxy_enabled excludes ${kind}_proxy_enabled`),
    );
  }
});

test('checkProxies() wants one good target for a status', () => {
  const path = 'rpc.proxy.http.status_to_code_transforms[0].';
  const error = { code: 1_000, message: 'gone' };
  const disconnect = { code: 4_001, reason: 'gone' };
  for (const [transform, problems] of [
    [{ status_code: 404, to_error: error }, []],
    [{ status_code: 404, to_disconnect: disconnect }, []],
    [{ to_error: error }, ['status_code is missing']],
    [{ status_code: 404 }, ['needs one of to_error.code and to_disconnect.code']],
    [
      { status_code: 404, to_error: error, to_disconnect: disconnect },
      ['needs one of to_error.code and to_disconnect.code'],
    ],
    [
      { status_code: 404, to_error: { code: 1_000, message: 'é' } },
      ['to_error.message must be ASCII of at most 123 characters'],
    ],
    [
      { status_code: 404, to_disconnect: { code: 4_001, reason: 'x'.repeat(124) } },
      ['to_disconnect.reason must be ASCII of at most 123 characters'],
    ],
  ] as const) {
    const input = { rpc: { proxy: { http: { status_to_code_transforms: [transform] } } } };
    assertProblems([[input, problems.map((problem) => path + problem)]]);
  }
});

test('checkClient() wants personal channels and codes that work', () => {
  const personal = { enabled: true, personal_channel_namespace: 'me', single_connection: true };
  const transforms = (to: { code?: number; reason?: string }, code = 109): GatewayConfigInput => ({
    client: { connect_code_to_unidirectional_disconnect: { transforms: [{ code, to }] } },
  });
  const path = 'client.connect_code_to_unidirectional_disconnect.transforms[0].';
  assertProblems([
    [
      {
        client: { subscribe_to_user_personal_channel: personal },
        channel: { namespaces: [{ name: 'me', presence: true }] },
      },
      [],
    ],
    [
      { client: { subscribe_to_user_personal_channel: personal }, channel: { namespaces: [{ name: 'me' }] } },
      [
        'client.subscribe_to_user_personal_channel.single_connection needs presence in the namespace of personal channels',
      ],
    ],
    [transforms({ code: 4_000, reason: 'expired' }), []],
    [transforms({ code: 4_000 }, 0), [`${path}code is missing`]],
    [transforms({}), [`${path}to.code is missing`]],
    [transforms({ code: 4_000, reason: 'vorüber' }), [`${path}to.reason must be ASCII of at most 123 characters`]],
    [
      { uni_sse: { connect_code_to_http_response: { transforms: [{ to: { status_code: 42 } }] } } },
      [
        'uni_sse.connect_code_to_http_response.transforms[0].code is missing',
        'uni_sse.connect_code_to_http_response.transforms[0].to.status_code must be 200 to 599',
      ],
    ],
    [{ client: { token: { user_id_claim: 'a.b' } } }, ['client.token.user_id_claim must be a claim of a-z A-Z _']],
  ]);
});

test('checkServer() wants certificates for TLS, and paths that differ', () => {
  assertProblems([
    [
      { http_server: { tls: { enabled: true } } },
      ['http_server.tls.cert_pem is missing', 'http_server.tls.key_pem is missing'],
    ],
    [{ websocket: { compression_level: 10 } }, ['websocket.compression_level must be 1 to 9']],
    [{ sse: { enabled: true, handler_prefix: '/connection/websocket' } }, ['sse.handler_prefix is that of websocket']],
    [{ sse: { enabled: false, handler_prefix: '/connection/websocket' } }, []],
    [{ sse: { enabled: true, handler_prefix: '/connection/websocket/' } }, ['sse.handler_prefix is that of websocket']],
    [{ sse: { handler_prefix: '/' } }, ['sse.handler_prefix must be a path such as "/connection/sse"']],
  ]);
});
