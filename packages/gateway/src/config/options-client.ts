// Holds the options of connections: tokens, times, limits and who may come in.
import { duration, flag, integer, list, text, texts } from './fields.ts';
import { pem } from './field-pem.ts';
import { itemName, separator } from './options-common.ts';
import { proxy, proxyName, switchedProxy } from './options-proxy.ts';
import { rateLimit } from './options-rate-limit.ts';

const token = {
  hmac_secret_key: text('Secret of HS256, HS384 and HS512 tokens.'),
  hmac_previous_secret_key: text('The secret before, while it is replaced.'),
  hmac_previous_secret_key_valid_until: integer(
    'Tokens issued until this Unix second pass with the previous secret; 0 is no limit.',
  ),
  rsa_public_key: pem('Public key of RS256, RS384 and RS512 tokens.'),
  ecdsa_public_key: pem('Public key of ES256, ES384 and ES512 tokens.'),
  jwks_public_endpoint: text('Address of a key set; replaces the keys above.'),
  audience: text('What `aud` must be or contain.'),
  audience_regex: text('What a value of `aud` must match.'),
  issuer: text('What `iss` must be.'),
  issuer_regex: text('What `iss` must match.'),
  user_id_claim: text('The claim that names the user, instead of `sub`.', '', {
    pattern: /^[a-zA-Z_]*$/,
    wanted: 'a claim of a-z A-Z _',
  }),
  jwks_allow_http: flag('Parley: the address of the key set may be http.'),
  jwks_allow_private_addresses: flag('Parley: the key set may be at a private, loopback or link-local address.'),
  insecure_skip_jwks_endpoint_safety_check: flag(
    'Accept placeholders in the address of the key set that tokens could abuse.',
  ),
};

const disconnectTransform = {
  code: integer('Error code of the connect.'),
  to: {
    code: integer('Code that the connection ends with.'),
    reason: text('Reason; ASCII, at most 123 characters.'),
  },
};

/** Everything under `client`. */
export const client = {
  proxy: { connect: switchedProxy, refresh: switchedProxy, disconnect: switchedProxy },
  allowed_origins: texts('Sites whose pages may connect; `*` and `?` are wildcards. Without an Origin header all may.'),
  token,
  subscription_token: {
    enabled: flag('Judge tokens of subscriptions by the following, not by client.token.'),
    ...token,
  },
  allow_anonymous_connect_without_token: flag('Let clients in without a token, as anonymous.'),
  disallow_anonymous_connection_tokens: flag('Refuse tokens without a user.'),
  ping_interval: duration('How often clients are pinged; 0 is never.', '25s'),
  pong_timeout: duration('How long a client may take to answer a ping; 0 does not ask for an answer.', '8s'),
  expired_close_delay: duration('How long an expired connection has to refresh.', '25s'),
  expired_sub_close_delay: duration('How long an expired subscription has to refresh.', '25s'),
  stale_close_delay: duration('How long a client may take to authenticate.', '10s'),
  channel_limit: integer('Subscriptions of one connection.', 128, 1),
  queue_max_size: integer('Bytes that may wait for one connection; above it the client is too slow.', 1_048_576, 1),
  presence_update_interval: duration('How often presence is renewed.', '27s'),
  concurrency: integer('Commands of one connection that run at the same time; 0 and 1 are one after another.'),
  channel_position_check_delay: duration('How often the position of a subscription is checked.', '40s'),
  channel_position_max_time_lag: duration('How late a publication may arrive at this node; 0 is not checked.'),
  connection_limit: integer('Connections of this node; 0 is no limit. Each of several workers has its own.'),
  user_connection_limit: integer(
    'Connections of one user to this node; 0 is no limit. Each of several workers counts its own.',
  ),
  rate_limit: rateLimit,
  connection_rate_limit: integer('New connections per second; 0 is no limit. Each of several workers has its own.'),
  connect_include_server_time: flag('Tell clients the time of the server.'),
  history_max_publication_limit: integer('Publications in one answer to a history command.', 300, 1),
  recovery_max_publication_limit: integer('Publications that can be recovered at once.', 300, 1),
  insecure_skip_token_signature_verify: flag('Believe every token. For development only.'),
  user_id_http_header: text('Header in which a trusted proxy names the user.'),
  insecure: flag('Let everybody do everything, without tokens. For development only.'),
  subscribe_to_user_personal_channel: {
    enabled: flag('Subscribe each user to a channel of their own.'),
    personal_channel_namespace: text('Namespace of those channels.'),
    single_connection: flag('Let a user have one connection; an older one ends. Needs presence in that namespace.'),
  },
  connect_code_to_unidirectional_disconnect: {
    enabled: flag('Choose the code that a failed unidirectional connect ends with.'),
    transforms: list('The choices.', disconnectTransform),
  },
};

const rpcOptions = {
  proxy_enabled: flag('Ask the backend.'),
  proxy_name: proxyName(),
};

/** Everything under `rpc`. */
export const rpc = {
  proxy,
  without_namespace: rpcOptions,
  namespaces: list('Options of methods whose name begins with the name of the namespace.', {
    name: itemName('Name of the namespace.'),
    ...rpcOptions,
  }),
  ping: { enabled: flag('Answer a method for measuring round trips.'), method: text('Name of that method.', 'ping') },
  namespace_boundary: separator('Ends the name of the namespace.', ':'),
};
