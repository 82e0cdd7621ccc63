// Holds the options of channels: of names, of namespaces, of history, presence, maps and shared polls.
import { choice, duration, flag, integer, list, text, texts, unsupported } from './fields.ts';
import { itemName, separator } from './options-common.ts';
import { proxy, proxyName } from './options-proxy.ts';

const dataFormat = choice(
  'What data of publications must be: anything that is not empty, JSON, a JSON object, or bytes.',
  ['', 'json', 'json_object', 'binary'],
);

const streamProxyReason = 'it needs a backend that speaks gRPC; use subscribe_proxy_enabled and the server API instead';

const map = {
  mode: choice('How the state is kept; required for maps.', ['', 'ephemeral', 'recoverable', 'persistent']),
  key_ttl: duration('How long a key lives after its last publication.'),
  stream_size: integer('Length of the stream of changes; 0 is 100. Not for ephemeral maps.'),
  stream_ttl: duration('Lifetime of the stream; 0 is 1m. Not for ephemeral maps.'),
  meta_ttl: duration(
    'Lifetime of offset and epoch; 0 is ten times stream_ttl, at least key_ttl; unlimited for persistent maps.',
  ),
  remove_client_on_unsubscribe: flag('Remove the key that equals the client id when the client leaves.'),
  client_key: choice('The key that publications of clients are forced to.', ['', 'client_id', 'user_id']),
  allow_publish_for_client: flag('Clients may publish keys.'),
  allow_publish_for_subscriber: flag('Subscribers may publish keys.'),
  allow_publish_for_anonymous: flag('Anonymous clients may publish keys.'),
  allow_remove_for_client: flag('Clients may remove keys.'),
  allow_remove_for_subscriber: flag('Subscribers may remove keys.'),
  allow_remove_for_anonymous: flag('Anonymous clients may remove keys.'),
  publish_proxy_enabled: flag('Ask the backend before a client publishes a key.'),
  publish_proxy_name: proxyName(),
  remove_proxy_enabled: flag('Ask the backend before a client removes a key.'),
  remove_proxy_name: proxyName(),
  default_page_size: integer('Keys of a page when the client names no number.', 100, 1),
  min_page_size: integer('The fewest keys of a page; smaller wishes are raised.', 100, 1),
  max_page_size: integer('The most keys of a page; larger wishes are cut.', 1_000, 1),
  live_transition_max_publication_limit: integer(
    'Changes that may be sent when a client goes live; 0 is max_page_size.',
  ),
  subscribe_catch_up_timeout: duration('How long a client may take to read all pages; negative is for ever.', '5s', {
    mayBeNegative: true,
  }),
};

const sharedPoll = {
  proxy_name: proxyName(),
  refresh_interval: duration('How often the backend is asked.', '10s'),
  refresh_batch_size: integer('Keys in one question to the backend.', 1_000, 1),
  max_keys_per_connection: integer('Keys that one connection may track in one channel.', 5_000, 1),
  mode: choice('Whether the backend gives versions, or changes are seen by their data.', ['versionless', 'versioned']),
  channel_shutdown_delay: duration('How long the state outlives the last tracked key.', '1s'),
  track_expired_extra_delay: duration('How much longer an expired track is kept.', '25s'),
  publish_enabled: flag('Allow shared_poll_publish in the server API; versioned only.'),
};

const history = {
  history_size: integer('Publications that are kept; goes together with history_ttl.'),
  history_ttl: duration('How long publications are kept; whole seconds.'),
  history_meta_ttl: duration('How long offset and epoch are kept; 0 takes channel.history_meta_ttl.'),
  force_positioning: flag('All subscriptions notice lost publications.'),
  allow_positioning: flag('Clients may ask for positioning.'),
  force_recovery: flag('All subscriptions recover missed publications.'),
  allow_recovery: flag('Clients may ask for recovery.'),
  force_recovery_mode: choice('What is recovered: the stream (also ""), or the latest publication only.', [
    '',
    'stream',
    'cache',
  ]),
  auto_cache_recover: flag('Deliver the latest publication without being asked; with force_recovery and mode cache.'),
};

const permissions = {
  allow_subscribe_for_client: flag('Clients with a user may subscribe.'),
  allow_subscribe_for_anonymous: flag('With allow_subscribe_for_client: anonymous clients too.'),
  allow_publish_for_client: flag('Clients may publish.'),
  allow_publish_for_subscriber: flag('Subscribers may publish.'),
  allow_publish_for_anonymous: flag('Anonymous clients may publish where the other two allow it.'),
  allow_presence_for_client: flag('Clients may ask who is there.'),
  allow_presence_for_subscriber: flag('Subscribers may ask who is there.'),
  allow_presence_for_anonymous: flag('Anonymous clients may ask where the other two allow it.'),
  allow_history_for_client: flag('Clients may read history.'),
  allow_history_for_subscriber: flag('Subscribers may read history.'),
  allow_history_for_anonymous: flag('Anonymous clients may read it where the other two allow it.'),
  allow_user_limited_channels: flag('The part of the name behind `#` lists the users that may subscribe.'),
};

const proxies = {
  subscribe_proxy_enabled: flag('Ask the backend before a client subscribes.'),
  subscribe_proxy_name: proxyName(),
  publish_proxy_enabled: flag('Ask the backend before a client publishes.'),
  publish_proxy_name: proxyName(),
  sub_refresh_proxy_enabled: flag('Ask the backend when a subscription expires.'),
  sub_refresh_proxy_name: proxyName(),
  unsubscribe_proxy_enabled: flag('Tell the backend of subscriptions that ended.'),
  unsubscribe_proxy_name: proxyName(),
  state_proxy_enabled: flag('Tell the backend when a channel gets its first subscriber and loses its last.'),
  state_proxy_name: proxyName(),
  subscribe_stream_proxy_enabled: unsupported(flag('Let the backend stream to each subscription.'), streamProxyReason),
  subscribe_stream_proxy_name: proxyName(),
  subscribe_stream_proxy_bidirectional: flag('Let the client stream to the backend too.'),
};

/** What can be said about the channels of one namespace. */
export const channelOptions = {
  presence: flag('Keep who is there.'),
  join_leave: flag('Announce who comes and goes.'),
  force_push_join_leave: flag('Announce it to all subscribers without being asked.'),
  ...history,
  allowed_delta_types: texts('Delta compression that clients may ask for.', ['fossil']),
  delta_publish: flag('Compute deltas for every publication.'),
  allow_tags_filter: flag('Clients may filter publications by tags.'),
  ...permissions,
  channel_regex: text('What the name behind the boundary must match; "" is any ASCII.'),
  publication_data_format: dataFormat,
  ...proxies,
  subscription_type: choice('The kind of the channels; "" is stream.', [
    '',
    'stream',
    'map',
    'map_clients',
    'map_users',
    'shared_poll',
  ]),
  map_clients_presence_channel_prefix: text('Prefix of the map channel that holds a key for each subscribed client.'),
  map_users_presence_channel_prefix: text('Prefix of the map channel that holds a key for each subscribed user.'),
  client_publish_debounce_interval: duration(
    'How long clients collect changes of one key before they publish; told to them.',
  ),
  map,
  shared_poll: sharedPoll,
};

/** Everything under `channel`. */
export const channel = {
  proxy: {
    subscribe: proxy,
    publish: proxy,
    sub_refresh: proxy,
    subscribe_stream: proxy,
    map_publish: proxy,
    map_remove: proxy,
    shared_poll_refresh: proxy,
    unsubscribe: proxy,
    state: proxy,
  },
  without_namespace: channelOptions,
  namespaces: list('Options of the channels whose name begins with the name of the namespace.', {
    name: itemName('Name of the namespace.'),
    ...channelOptions,
  }),
  history_meta_ttl: duration('How long offset and epoch of a channel are kept.', '720h'),
  publication_data_format: dataFormat,
  max_length: integer('Bytes of the longest channel name.', 255, 1),
  private_prefix: text('Channels that begin with it need a token.', '$'),
  namespace_boundary: separator('Ends the name of the namespace.', ':'),
  user_boundary: separator('Begins the list of users in a channel name.', '#'),
  user_separator: separator('Separates the users of that list.', ','),
};

/** Everything under `shared_poll`. */
export const sharedPollGlobal = {
  hmac_secret_key: text('Secret that signs which keys a client may track.'),
  hmac_previous_secret_key: text('The secret before, while it is replaced.'),
  hmac_previous_secret_key_valid_until: integer('Unix seconds until which the previous secret is good; 0 is no limit.'),
  concurrency_limit: integer(
    'Questions to the backend at the same time. Each of several workers asks for itself.',
    64,
    1,
  ),
};
