import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readGatewayConfig } from '@parley/gateway';
import { documentation } from './documentation.ts';
import { parseConfig, printConfig } from './format.ts';
import { environmentLines, withDefaults } from './print.ts';

test('withDefaults() is the configuration of an empty file, in every format', () => {
  const expected = readGatewayConfig({});
  for (const format of ['json', 'yaml', 'toml'] as const) {
    const parsed = parseConfig(`x.${format}`, printConfig(withDefaults(), format));
    assert.ok(parsed.ok, format);
    assert.deepEqual(readGatewayConfig(parsed.value), expected, format);
  }
});

test('withDefaults() lays a base over the defaults, in lists too, and keeps what it does not know', () => {
  const base = { channel: { namespaces: [{ name: 'chat', presence: true }] }, http_server: { port: 1 }, other: 2 };
  const config = withDefaults(base) as unknown as {
    channel: { namespaces: { name: string; presence: boolean; history_ttl: string }[] };
    http_server: { port: number; address: string };
    other: number;
  };
  const [chat] = config.channel.namespaces;
  assert.deepEqual([chat?.name, chat?.presence, chat?.history_ttl], ['chat', true, '0s']);
  assert.deepEqual([config.http_server.port, config.http_server.address, config.other], [1, '', 2]);
});

test('environmentLines() prints options as variables, on demand only those that say something', () => {
  const lines = environmentLines();
  assert.ok(lines.includes('CENTRIFUGO_HTTP_SERVER_PORT="8000"'));
  assert.ok(lines.includes('CENTRIFUGO_CLIENT_PING_INTERVAL="25s"'));
  assert.ok(lines.includes('CENTRIFUGO_CLIENT_INSECURE="false"'));
  const base = { client: { insecure: true, allowed_origins: ['a', 'b'] }, channel: { namespaces: [{ name: 'chat' }] } };
  const short = environmentLines(base, true);
  assert.ok(short.includes('CENTRIFUGO_CLIENT_INSECURE="true"'));
  assert.ok(short.includes('CENTRIFUGO_CLIENT_ALLOWED_ORIGINS="a b"'));
  assert.ok(short.includes(`CENTRIFUGO_CHANNEL_NAMESPACES='[{"name":"chat"}]'`));
  assert.ok(!short.some((line) => line.startsWith('CENTRIFUGO_SSE_ENABLED=')));
});

test('documentation() says what is not supported, and says the same only once', () => {
  const client = documentation('client') ?? '';
  assert.match(client, /^## `client`\n/);
  assert.match(
    client,
    /\| `client\.ping_interval` \| duration \| `"25s"` \| How often clients are pinged; 0 is never\. \|/,
  );
  assert.match(client, /\| `client\.proxy\.refresh\.\*` \| +\| +\| The options of `client\.proxy\.connect`\. \|/);
  assert.match(documentation('channel') ?? '', /\| `channel\.namespaces\[\]\.\*` .*`channel\.without_namespace`/);
  assert.match(documentation('grpc_api') ?? '', /\*\*Not supported\*\*: this server does not speak gRPC/);
  assert.equal(documentation('nothing'), undefined);
});
