// Holds the whole table of options, by the sections of a configuration file.
import { flag, list, type Spec, text } from './fields.ts';
import { channel, type channelOptions, sharedPollGlobal } from './options-channel.ts';
import { client, rpc } from './options-client.ts';
import { hooks } from './options-hooks.ts';
import { broker, controller, engine, mapBroker, presenceManager } from './options-engine.ts';
import { namedProxy } from './options-proxy.ts';
import {
  admin,
  consumer,
  debug,
  graphite,
  grpcApi,
  health,
  httpApi,
  httpServer,
  init,
  log,
  node,
  opentelemetry,
  prometheus,
  shutdown,
  swagger,
  usageStats,
} from './options-server.ts';
import {
  emulation,
  httpStream,
  plainWebsocket,
  sse,
  uniGrpc,
  uniHttpStream,
  uniSse,
  uniWebsocket,
  websocket,
  webtransport,
} from './options-transport.ts';
import type { Settings, SettingsInput } from './read.ts';

/** All options under Centrifugo's names (v6). An option is added in the table of its section, with its default. */
export const table = {
  http_server: httpServer,
  log,
  engine,
  broker,
  presence_manager: presenceManager,
  map_broker: mapBroker,
  controller,
  shared_poll: sharedPollGlobal,
  client,
  channel,
  rpc,
  proxies: list('Proxies that namespaces choose by name.', namedProxy),
  hooks,
  http_api: httpApi,
  grpc_api: grpcApi,
  consumers: list('Sources of commands besides the server API.', consumer),
  websocket,
  sse,
  http_stream: httpStream,
  webtransport,
  uni_sse: uniSse,
  uni_http_stream: uniHttpStream,
  uni_websocket: uniWebsocket,
  plain_websocket: plainWebsocket,
  uni_grpc: uniGrpc,
  emulation,
  admin,
  prometheus,
  health,
  swagger,
  debug,
  init,
  opentelemetry,
  graphite,
  usage_stats: usageStats,
  node,
  shutdown,
  pid_file: text('File that the process id is written to.'),
  enable_unreleased_features: flag('Accepted; has no effect here.'),
} satisfies Spec;

/** All options of the gateway under Centrifugo's names; durations in milliseconds, sizes in bytes. */
export type GatewayConfig = Settings<typeof table>;

/** Any part of the options as a person writes them; durations as text (`"25s"`). */
export type GatewayConfigInput = SettingsInput<typeof table>;

/** Options of one namespace, or of channels without one. */
export type ChannelOptions = Settings<typeof channelOptions>;
