// Decides what is fuzzed: the gateway with everything switched on, behind the front door of the product, in this process.
import assert from 'node:assert/strict';
import {
  type Application,
  createGateway,
  type Gateway,
  type GatewayConfigInput,
  readGatewayConfig,
} from '@parley/gateway';
import { createFrontDoor } from '../../../packages/parley/src/serve/front-door.ts';
import { until } from '../../support/server.ts';

/** Above this a WebSocket message ends its connection. */
export const messageSizeLimit = 2_048;

/** The key of the server API. */
export const apiKey = 'a-key-for-the-fuzzed-server-api';

const stream = {
  history_size: 10,
  history_ttl: '60s',
  presence: true,
  join_leave: true,
  allow_recovery: true,
  allow_positioning: true,
  allow_tags_filter: true,
  allowed_delta_types: ['fossil'],
} as const;

const config: GatewayConfigInput = {
  client: { insecure: true, channel_limit: 16 },
  http_api: { key: apiKey, max_request_body_size: 65_536 },
  rpc: { without_namespace: { proxy_enabled: true }, proxy: { endpoint: 'in-process:' } },
  shared_poll: { hmac_secret_key: 'a-secret-for-signatures-of-fuzzed-polls' },
  websocket: { message_size_limit: messageSizeLimit, compression: true },
  http_stream: { enabled: true, max_request_body_size: messageSizeLimit },
  sse: { enabled: true, max_request_body_size: messageSizeLimit },
  emulation: { max_request_body_size: 8 * messageSizeLimit },
  uni_websocket: { enabled: true, message_size_limit: messageSizeLimit },
  uni_sse: { enabled: true },
  uni_http_stream: { enabled: true, max_request_body_size: messageSizeLimit },
  plain_websocket: { enabled: true },
  init: { enabled: true },
  channel: {
    without_namespace: stream,
    proxy: { shared_poll_refresh: { endpoint: 'in-process:' } },
    namespaces: [
      { name: 'plain' },
      {
        name: 'map',
        ...stream,
        history_size: 0,
        history_ttl: '0s',
        subscription_type: 'map',
        map: { mode: 'ephemeral', key_ttl: '60s' },
      },
      {
        name: 'rec',
        ...stream,
        history_size: 0,
        history_ttl: '0s',
        subscription_type: 'map',
        map: { mode: 'recoverable', key_ttl: '60s' },
      },
      { name: 'poll', subscription_type: 'shared_poll' },
    ],
  },
};

const application: Application = {
  rpc: (_proxy, { data }) => Promise.resolve({ ok: true, result: data === undefined ? {} : { data } }),
  sharedPollRefresh: () => Promise.resolve({ ok: true, result: { items: [], epoch: '' } }),
};

/** A gateway under fire. */
export interface World {
  port: number;
  gateway: Gateway;
  /** Waits until every connection has ended on both sides, and fails if anything was logged as an error. */
  settle(): Promise<void>;
}

/** Starts the gateway; it ends with the test. */
export async function startWorld(
  t: { after(end: () => unknown): void },
  change: GatewayConfigInput = {},
): Promise<World> {
  const read = readGatewayConfig({ ...config, ...change });
  assert.ok(read.ok, read.ok ? '' : read.problems.join('; '));
  const failures: unknown[] = [];
  const ignored = () => undefined;
  const gateway = createGateway({
    config: read.config,
    tokens: {
      connection: () => ({ ok: false, problem: 'invalid', reason: 'there are no tokens here' }),
      subscription: () => ({ ok: false, problem: 'invalid', reason: 'there are no tokens here' }),
    },
    log: {
      debug: ignored,
      info: ignored,
      warn: ignored,
      error: ({ err, ...fields }, message) =>
        void failures.push({ message, ...fields, stack: err instanceof Error ? err.stack : err }),
    },
    name: 'fuzzed',
    version: '0.0.0',
    application,
  });
  const door = await createFrontDoor({ host: '127.0.0.1', port: 0 });
  door.open({ gateway, pages: [], api: (_request, response) => void response.writeHead(404).end() });
  t.after(async () => {
    await gateway.shutdown();
    await door.close(0);
  });
  return {
    port: door.port,
    gateway,
    async settle() {
      assert.deepEqual(failures, []);
      await until('all connections are gone', () => gateway.stats().sockets === 0);
      assert.deepEqual(failures, []);
    },
  };
}
