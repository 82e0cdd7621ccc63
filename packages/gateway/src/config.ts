// Decides the gateway's options, their defaults, and which combinations it refuses to start with.
import { isUnsupportedGlob } from './glob.ts';
import { limits } from './limits.ts';
import {
  duration,
  flag,
  integer,
  list,
  readSettings,
  type Settings,
  type SettingsInput,
  text,
  texts,
} from './settings.ts';

const channelOptions = {
  presence: flag(false),
  join_leave: flag(false),
  force_push_join_leave: flag(false),
  history_size: integer(0),
  history_ttl: duration('0s'),
  /** 0 takes `channel.history_meta_ttl`. */
  history_meta_ttl: duration('0s'),
  force_positioning: flag(false),
  allow_positioning: flag(false),
  force_recovery: flag(false),
  allow_recovery: flag(false),
  allow_subscribe_for_client: flag(false),
  allow_subscribe_for_anonymous: flag(false),
  allow_publish_for_client: flag(false),
  allow_publish_for_subscriber: flag(false),
  allow_publish_for_anonymous: flag(false),
  allow_presence_for_client: flag(false),
  allow_presence_for_subscriber: flag(false),
  allow_presence_for_anonymous: flag(false),
  allow_history_for_client: flag(false),
  allow_history_for_subscriber: flag(false),
  allow_history_for_anonymous: flag(false),
  force_recovery_mode: text('', /^(stream|cache|)$/, '"", "stream" or "cache"'),
  auto_cache_recover: flag(false),
  allowed_delta_types: texts([]),
  delta_publish: flag(false),
  allow_tags_filter: flag(false),
  allow_user_limited_channels: flag(false),
  channel_regex: text(''),
  publication_data_format: text('', /^(json|json_object|binary|)$/, '"", "json", "json_object" or "binary"'),
};

const one = /^[\s\S]$/;

const spec = {
  client: {
    allowed_origins: texts([]),
    insecure: flag(false),
    allow_anonymous_connect_without_token: flag(false),
    disallow_anonymous_connection_tokens: flag(false),
    ping_interval: duration('25s'),
    pong_timeout: duration('8s'),
    expired_close_delay: duration('25s'),
    expired_sub_close_delay: duration('25s'),
    stale_close_delay: duration('10s'),
    channel_limit: integer(128, 1),
    queue_max_size: integer(1_048_576, 1),
    presence_update_interval: duration('27s'),
    channel_position_check_delay: duration('40s'),
    channel_position_max_time_lag: duration('0s'),
    connection_limit: integer(0),
    user_connection_limit: integer(0),
    connect_include_server_time: flag(false),
    history_max_publication_limit: integer(300, 1),
    recovery_max_publication_limit: integer(300, 1),
    subscribe_to_user_personal_channel: { enabled: flag(false), personal_channel_namespace: text('') },
  },
  channel: {
    without_namespace: channelOptions,
    namespaces: list({
      name: text('', /^[-a-zA-Z0-9_.]{2,}$/, 'a name of at least 2 of a-z A-Z 0-9 - _ .'),
      ...channelOptions,
    }),
    history_meta_ttl: duration('720h'),
    publication_data_format: channelOptions.publication_data_format,
    max_length: integer(255, 1),
    private_prefix: text('$'),
    namespace_boundary: text(':', one, 'one character'),
    user_boundary: text('#', one, 'one character'),
    user_separator: text(',', one, 'one character'),
  },
  http_api: {
    handler_prefix: text('/api', /^\/[\w/-]*[\w-]$/, 'a path such as "/api"'),
    key: text(''),
    insecure: flag(false),
    error_mode: text('', /^(transport|)$/, '"" or "transport"'),
    max_request_body_size: integer(limits.defaultApiBodyBytes, 1),
  },
  websocket: {
    handler_prefix: text('/connection/websocket', /^\/[\w/-]*[\w-]$/, 'a path such as "/connection/websocket"'),
    message_size_limit: integer(65_536, 1),
  },
  shutdown: { timeout: duration('30s') },
};

/** All options of the gateway under Centrifugo's names; durations in milliseconds, sizes in bytes. */
export type GatewayConfig = Settings<typeof spec>;

/** Any part of the options as a person writes them; durations as text (`"25s"`). */
export type GatewayConfigInput = SettingsInput<typeof spec>;

/** Options of one namespace, or of channels without one. */
export type ChannelOptions = Settings<typeof channelOptions>;

/** A configuration that is good to start with, or every reason why it is not, each naming its option. */
export type ReadConfig = { ok: true; config: GatewayConfig } | { ok: false; problems: readonly string[] };

/** Reads options, fills in the defaults and looks for combinations that cannot work. */
export function readGatewayConfig(input: unknown): ReadConfig {
  const problems: string[] = [];
  const config = readSettings(spec, input, problems);
  checkClient(config, problems);
  checkNamespaces(config, problems);
  return problems.length === 0 ? { ok: true, config } : { ok: false, problems };
}

function checkClient({ client, channel }: GatewayConfig, problems: string[]): void {
  if (client.ping_interval > 0 && client.pong_timeout >= client.ping_interval) {
    problems.push('client.pong_timeout must be smaller than client.ping_interval');
  }
  for (const origin of client.allowed_origins.filter(isUnsupportedGlob)) {
    problems.push(`client.allowed_origins: ${origin} uses more than * and ?`);
  }
  const personal = client.subscribe_to_user_personal_channel;
  const namespace = personal.personal_channel_namespace;
  if (personal.enabled && namespace !== '' && !channel.namespaces.some(({ name }) => name === namespace)) {
    problems.push(`client.subscribe_to_user_personal_channel.personal_channel_namespace: no namespace ${namespace}`);
  }
}

function checkNamespaces({ channel }: GatewayConfig, problems: string[]): void {
  const places = [
    { path: 'channel.without_namespace', options: channel.without_namespace },
    ...channel.namespaces.map((options, index) => ({ path: `channel.namespaces[${index}]`, options })),
  ];
  for (const { path, options } of places)
    checkChannelOptions(channel.history_meta_ttl, options, (problem) => problems.push(`${path}.${problem}`));
  const names = channel.namespaces.map(({ name }) => name);
  names.forEach((name, index) => {
    if (name === '') problems.push(`channel.namespaces[${index}].name is missing`);
    else if (names.indexOf(name) !== index)
      problems.push(`channel.namespaces[${index}].name: ${name} is already taken`);
  });
}

function checkChannelOptions(metaTtl: number, options: ChannelOptions, report: (problem: string) => void): void {
  const hasHistory = options.history_size > 0 && options.history_ttl > 0;
  if (options.history_size > 0 !== options.history_ttl > 0) report('history_size and history_ttl go together');
  if (options.history_ttl % 1_000 !== 0) report('history_ttl must be whole seconds');
  if (options.history_meta_ttl % 1_000 !== 0) report('history_meta_ttl must be whole seconds');
  if (options.force_recovery && !hasHistory) report('force_recovery needs history_size and history_ttl');
  if (options.force_positioning && !hasHistory) report('force_positioning needs history_size and history_ttl');
  if ((options.history_meta_ttl || metaTtl) < options.history_ttl)
    report('history_meta_ttl must not be below history_ttl');
  try {
    new RegExp(options.channel_regex);
  } catch {
    report('channel_regex is not a regular expression');
  }
}
