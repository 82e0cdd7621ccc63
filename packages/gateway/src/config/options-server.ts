// Holds the options of the process: listeners, log, server API, observation, and the end.
import { choice, duration, flag, integer, opaque, port, text, texts, unsupported } from './fields.ts';
import { limits } from '../limits.ts';
import { endpointPath, tls } from './options-common.ts';

/** Everything under `http_server`. */
export const httpServer = {
  address: text('Address to listen on; "" is every address of the machine.'),
  port: port('Port to listen on.', 8_000),
  internal_address: text('Address of the internal listener; "" is that of the external one.'),
  internal_port: port('Port of the internal listener; 0 and "" are that of the external one.', 0),
  tls,
  tls_autocert: {
    enabled: unsupported(
      flag('Get certificates by ACME.'),
      'this server does not get certificates; give them in http_server.tls, or put a proxy such as Caddy in front',
    ),
    host_whitelist: texts('Hosts that certificates are got for.'),
    cache_dir: text('Folder that certificates are kept in.'),
    email: text('Address for the authority.'),
    server_name: text('Name for clients that send none.'),
    http: flag('Answer the challenge on http_addr.'),
    http_addr: text('Where the challenge is answered.', ':80'),
  },
  tls_external: flag('Use http_server.tls on the external listener only.'),
  internal_tls: tls,
  http3: {
    enabled: unsupported(flag('Serve HTTP/3.'), 'the runtime has no HTTP/3; a proxy in front can offer it'),
  },
  h2c_external: unsupported(
    flag('Serve HTTP/2 without TLS.'),
    'this server speaks HTTP/1.1; a proxy in front can offer HTTP/2',
  ),
};

/** Everything under `log`. */
export const log = {
  level: choice('How much is logged.', ['info', 'trace', 'debug', 'warn', 'error', 'fatal', 'none']),
  file: text('File that the log is appended to; "" is the standard output.'),
};

/** Everything under `http_api`. */
export const httpApi = {
  disabled: flag('Do not serve the API.'),
  handler_prefix: endpointPath('/api'),
  key: text('Key that callers must show.'),
  error_mode: choice('"transport" shows errors as HTTP status.', ['', 'transport']),
  external: flag('Serve it on the external listener.'),
  insecure: flag('Answer everybody without a key. For development only.'),
  max_request_body_size: integer('Bytes of the largest request.', limits.defaultApiBodyBytes, 1),
};

/** Everything under `grpc_api`. */
export const grpcApi = {
  enabled: unsupported(flag('Serve it.'), 'this server does not speak gRPC; use the HTTP API'),
  error_mode: choice('"transport" shows errors as gRPC status.', ['', 'transport']),
  address: text('Address to listen on.'),
  port: port('Port to listen on.', 10_000),
  key: text('Key that callers must show.'),
  tls,
  reflection: flag('Describe the service to callers.'),
  max_receive_message_size: integer('Bytes of the largest message.'),
};

/** Everything under `admin`. */
export const admin = {
  enabled: unsupported(
    flag('Serve the admin page.'),
    'this server has no such page; ask the server API (info, channels) and /metrics',
  ),
  handler_prefix: text('Path of the admin page.'),
  password: text('Password of the admin page.'),
  secret: text('Secret that signs sessions of the admin page.'),
  insecure: flag('Let everybody in.'),
  web_path: text('Folder with another page.'),
  web_proxy_address: text('Address of another page.'),
  external: flag('Serve it on the external listener.'),
};

/** Everything under `prometheus`. */
export const prometheus = {
  enabled: flag('Serve metrics.'),
  handler_prefix: endpointPath('/metrics'),
  instrument_http_handlers: flag('Count HTTP requests by path, method and status.'),
  recovered_publications_histogram: flag('Measure how many publications are recovered.'),
  native_histograms: flag('Accepted; histograms have fixed buckets here.'),
};

const endpoint = (about: string, path: string) => ({ enabled: flag(about), handler_prefix: endpointPath(path) });

/** Everything under `health`. */
export const health = endpoint('Serve a health check.', '/health');
/** Everything under `debug`. */
export const debug = {
  enabled: unsupported(
    flag('Serve profiles of the process.'),
    'this server has no such pages; run it with NODE_OPTIONS=--cpu-prof, and see prometheus.enabled',
  ),
  handler_prefix: endpointPath('/debug/pprof'),
};
/** Everything under `init`. */
export const init = endpoint(
  'Serve an endpoint that answers `{}`, for clients that set up cookies.',
  '/connection/init',
);
/** Everything under `swagger`. */
export const swagger = {
  enabled: unsupported(
    flag('Serve a page about the API.'),
    'this server has no such page; see docs/gateway-options.md',
  ),
  handler_prefix: endpointPath('/swagger'),
};

/** Everything under `graphite`. */
export const graphite = {
  enabled: unsupported(flag('Send metrics to Graphite.'), 'metrics are served for Prometheus; see prometheus.enabled'),
  host: text('Host of Graphite.', 'localhost'),
  port: port('Port of Graphite.', 2_003),
  prefix: text('Prefix of the metrics.', 'centrifugo'),
  interval: duration('How often metrics are sent.', '10s'),
  tags: flag('Send tags.'),
};

/** Everything under `opentelemetry`. */
export const opentelemetry = {
  enabled: unsupported(flag('Send traces.'), 'this server sends no traces; see prometheus.enabled'),
  api: flag('Trace calls of the server API.'),
  consuming: flag('Trace consumers.'),
  google_cloud_adc_auth: flag('Authenticate at Google Cloud.'),
};

/** Everything under `node`. */
export const node = {
  name: text('Name of this node; "" is the name of the host with the port.'),
  info_metrics_aggregate_interval: duration('Over which time metrics of a node are collected.', '60s'),
};

/** Everything under `shutdown`. */
export const shutdown = { timeout: duration('How long an orderly end may take.', '30s') };

/** Everything under `usage_stats`. */
export const usageStats = { disabled: flag('Accepted; this server sends no statistics to anybody.') };

const elsewhere = opaque('Has no effect here.');

/** One of `consumers`; known, and refused when it is enabled. */
export const consumer = {
  name: text('Name of the consumer.', '', {
    pattern: /^[a-zA-Z0-9_]{2,}$/,
    wanted: 'a name of at least 2 of a-z A-Z 0-9 _',
  }),
  enabled: unsupported(
    flag('Read commands from it.'),
    'this server has no consumers; publish through the HTTP API, for instance from an outbox of your own',
  ),
  type: choice('Where commands come from.', [
    '',
    'postgresql',
    'kafka',
    'redis_stream',
    'nats_jetstream',
    'google_pub_sub',
    'aws_sqs',
    'azure_service_bus',
  ]),
  postgresql: elsewhere,
  kafka: elsewhere,
  redis_stream: elsewhere,
  nats_jetstream: elsewhere,
  google_pub_sub: elsewhere,
  aws_sqs: elsewhere,
  azure_service_bus: elsewhere,
};
