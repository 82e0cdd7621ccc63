import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import path from 'node:path';
import { test } from 'node:test';
import type { Centrifuge } from 'centrifuge';
import { WebSocket } from 'ws';
import { LAUNCHER, ROOT } from './support/command.ts';
import { makeFolder, startGateway, type TestGateway } from './support/gateway.ts';
import { until } from './support/server.ts';

const secret = 'a-secret-for-tests-of-thirty-two-or-more-bytes';
const apiKey = 'an-api-key-for-tests-of-more-than-twenty';

const files = {
  'config.json': JSON.stringify({
    client: { token: { hmac_secret_key: secret } },
    http_api: { key: apiKey },
    health: { enabled: true },
    channel: {
      namespaces: [
        { name: 'chat', allow_subscribe_for_client: true, history_size: 10, history_ttl: '1m', force_recovery: true },
      ],
    },
  }),
  'config.yaml': `
client: { token: { hmac_secret_key: ${secret} } }
http_api:
  key: ${apiKey}
health:
  enabled: true
channel:
  namespaces:
    - name: chat
      allow_subscribe_for_client: true
      history_size: 10
      history_ttl: 1m
      force_recovery: true
`,
  'config.toml': `
[client.token]
hmac_secret_key = "${secret}"
[http_api]
key = "${apiKey}"
[health]
enabled = true
[[channel.namespaces]]
name = "chat"
allow_subscribe_for_client = true
history_size = 10
history_ttl = "1m"
force_recovery = true
`,
} as const;

const environment = {
  CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY: secret,
  CENTRIFUGO_HTTP_API_KEY: apiKey,
  CENTRIFUGO_HEALTH_ENABLED: 'true',
  CENTRIFUGO_CHANNEL_NAMESPACES: 'chat',
  CENTRIFUGO_CHANNEL_NAMESPACES_CHAT_ALLOW_SUBSCRIBE_FOR_CLIENT: 'true',
  CENTRIFUGO_CHANNEL_NAMESPACES_CHAT_HISTORY_SIZE: '10',
  CENTRIFUGO_CHANNEL_NAMESPACES_CHAT_HISTORY_TTL: '1m',
  CENTRIFUGO_CHANNEL_NAMESPACES_CHAT_FORCE_RECOVERY: 'true',
};

/** Runs a command to its end, in a folder. */
function parley(folder: string, args: readonly string[], env: Record<string, string> = {}) {
  const { PATH, HOME } = process.env;
  const options = { cwd: folder, env: { PATH, HOME, ...env }, encoding: 'utf8' as const };
  const { status, stdout, stderr } = spawnSync(process.execPath, [LAUNCHER, 'gateway', ...args], options);
  return { status, stdout, stderr };
}

/** Subscribes, publishes over the HTTP API, and resolves when the message is there. */
async function deliver(gateway: TestGateway, client: Centrifuge, channel: string): Promise<unknown> {
  const subscription = client.newSubscription(channel);
  const arrived = new Promise<unknown>((resolve) => {
    subscription.on('publication', ({ data }) => resolve(data));
  });
  subscription.subscribe();
  client.connect();
  await subscription.ready(5_000);
  const response = await fetch(`${gateway.url}/api/publish`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey },
    body: JSON.stringify({ channel, data: { text: 'hello' } }),
  });
  const answer = (await response.json()) as { result?: { offset?: number } };
  assert.equal(answer.result?.offset, 1);
  return arrived;
}

for (const source of [...Object.keys(files), 'environment']) {
  test(`parley gateway delivers what the HTTP API publishes, configured by ${source}`, async (context) => {
    const folder = await makeFolder(context);
    const text = Object.entries(files).find(([name]) => name === source)?.[1];
    if (text !== undefined) await writeFile(path.join(folder, source), text);
    const gateway = await startGateway(context, {
      folder,
      args: text === undefined ? [] : ['--config', source],
      environment: text === undefined ? environment : {},
    });
    assert.deepEqual(gateway.serves, ['websocket', 'health', 'http_api']);
    const health = await fetch(`${gateway.url}/health`);
    assert.deepEqual([health.status, await health.text()], [200, '{}']);
    const args = text === undefined ? [] : ['--config', source];
    const signed = parley(
      folder,
      ['gentoken', '--user', '42', '--quiet', ...args],
      text === undefined ? environment : {},
    );
    const client = gateway.client({ token: signed.stdout.trim() });
    assert.deepEqual(await deliver(gateway, client, 'chat:index'), { text: 'hello' });
    const left = new Promise<number>((resolve) => {
      client.on('connecting', ({ code }) => resolve(code));
    });
    gateway.signal('SIGTERM');
    assert.equal(await left, 3_001);
    assert.equal(await gateway.ended, 0);
  });
}

test('parley gateway serves API and health on the internal listener only, if there is one', async (context) => {
  const folder = await makeFolder(context);
  await writeFile(path.join(folder, 'config.json'), files['config.json']);
  // Another address of this machine with the same free port 0 is another listener.
  const gateway = await startGateway(context, { folder, args: ['--http_server.internal_address', '127.0.0.2'] });
  const statusOf = async (url: string): Promise<number> => (await fetch(url, { method: 'POST' })).status;
  const { url, internalUrl = '' } = gateway;
  assert.deepEqual([await statusOf(`${url}/api/info`), await statusOf(`${internalUrl}/api/info`)], [404, 401]);
  assert.deepEqual([await statusOf(`${url}/health`), await statusOf(`${internalUrl}/health`)], [404, 200]);
  const socket = new WebSocket(`${internalUrl.replace('http', 'ws')}/connection/websocket`);
  const refused = await new Promise<string>((resolve) => {
    socket.on('error', (error) => resolve(error.message));
  });
  assert.match(refused, /404/);
});

test('parley gateway puts new secrets of tokens into force on SIGHUP, and refuses a damaged file', async (context) => {
  const folder = await makeFolder(context);
  const file = path.join(folder, 'config.json');
  await writeFile(file, files['config.json']);
  const gateway = await startGateway(context, { folder });
  const told = (words: string) => until(words, () => gateway.logged.some(({ msg }) => msg.startsWith(words)));
  await writeFile(file, files['config.json'].replace(secret, `another-${secret}`));
  gateway.signal('SIGHUP');
  await told('the new options of client and channel are in force');
  const token = parley(folder, ['gentoken', '-u', '42', '-q']).stdout.trim();
  assert.deepEqual(await deliver(gateway, gateway.client({ token }), 'chat:a'), { text: 'hello' });
  await writeFile(file, files['config.json'].replace('}', ''));
  gateway.signal('SIGHUP');
  await told('the new configuration is refused');
  assert.deepEqual(await deliver(gateway, gateway.client({ token }), 'chat:b'), { text: 'hello' });
});

test('parley gateway writes its process id, logs into a file, and serves TLS', async (context) => {
  const folder = await makeFolder(context);
  const names = [
    '-subj',
    '/CN=localhost',
    '-keyout',
    path.join(folder, 'key.pem'),
    '-out',
    path.join(folder, 'cert.pem'),
  ];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const made = spawnSync('openssl', ['req', '-x509', ...kind, ...names]);
  if (made.status !== 0) {
    context.skip('openssl is not installed: there is no certificate to test with');
    return;
  }
  const gateway = await startGateway(context, {
    folder,
    args: ['--pid_file', 'gateway.pid', '--log.file', 'gateway.log', '--health.enabled'],
    environment: {
      CENTRIFUGO_HTTP_SERVER_TLS_ENABLED: 'true',
      CENTRIFUGO_HTTP_SERVER_TLS_CERT_PEM: 'cert.pem',
      CENTRIFUGO_HTTP_SERVER_TLS_KEY_PEM: 'key.pem',
    },
  });
  assert.match(gateway.url, /^https:/);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    get(`${gateway.url}/health`, { rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
  assert.equal(status, 200);
  const pidFile = path.join(folder, 'gateway.pid');
  await until('the pid file', async () => /^\d+\n$/.test(await readFile(pidFile, 'utf8').catch(() => '')));
  gateway.signal('SIGINT');
  assert.equal(await gateway.ended, 0);
  await assert.rejects(readFile(pidFile), { code: 'ENOENT' });
  assert.match(await readFile(path.join(folder, 'gateway.log'), 'utf8'), /"msg":"stopped"/);
});

test('parley gateway says what is wrong with its surroundings, and ends', async (context) => {
  const folder = await makeFolder(context);
  const start = ['-a', '127.0.0.1', '-p', '0'];
  const pid = parley(folder, [...start, '--pid_file', 'none/gateway.pid']);
  assert.equal(pid.status, 1);
  assert.match(pid.stderr, /^error: pid_file: none\/gateway\.pid cannot be written/);
  const begun = '-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n';
  const tls = parley(folder, start, {
    CENTRIFUGO_HTTP_SERVER_TLS_ENABLED: '1',
    CENTRIFUGO_HTTP_SERVER_TLS_CERT_PEM: begun,
    CENTRIFUGO_HTTP_SERVER_TLS_KEY_PEM: begun,
  });
  assert.equal(tls.status, 1);
  assert.match(tls.stderr, /^error: http_server\.tls: the certificate or its key cannot be read/);
  const { port } = new URL((await startGateway(context, { folder })).url);
  const taken = parley(folder, ['-a', '127.0.0.1', '-p', port]);
  assert.deepEqual(
    [taken.status, taken.stderr],
    [1, `error: 127.0.0.1:${port} is in use; choose another with --http_server.port\n`],
  );
});

test('parley gateway does not start with what it does not support, and names it', async (context) => {
  const folder = await makeFolder(context);
  await writeFile(path.join(folder, 'config.json'), '{"engine":{"type":"redis"},"http_api":{"key":"canary-key"}}');
  const { status, stdout, stderr } = parley(folder, ['-a', '127.0.0.1', '-p', '0']);
  assert.deepEqual([status, stdout], [2, '']);
  assert.match(stderr, /^error: engine\.type is not supported: .*memory/);
  assert.doesNotMatch(stderr, /canary/);
});

test('genconfig writes a file for this account only that starts, and never over another one', async (context) => {
  const folder = await makeFolder(context);
  for (const file of ['a.json', 'a.yaml', 'a.toml']) {
    assert.equal(parley(folder, ['genconfig', '-c', file]).status, 0);
    assert.equal((await stat(path.join(folder, file))).mode & 0o777, 0o600);
    const text = await readFile(path.join(folder, file), 'utf8');
    assert.equal(parley(folder, ['genconfig', '-c', file]).status, 1);
    assert.equal(await readFile(path.join(folder, file), 'utf8'), text);
    assert.equal(parley(folder, ['checkconfig', '--strict', '-c', file]).status, 0);
  }
});

test('checkconfig accepts the file of the official JavaScript suite', () => {
  const file = path.join(ROOT, 'e2e/centrifugo/centrifugo_test.json');
  const { status, stderr } = parley(ROOT, ['checkconfig', '--strict', '-c', file]);
  assert.deepEqual([status, stderr], [0, '']);
});
