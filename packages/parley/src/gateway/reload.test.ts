import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GatewayConfig, readGatewayConfig } from '@parley/gateway';
import { pino } from 'pino';
import type { LoadedGateway } from './config/load.ts';
import { reload } from './reload.ts';

const read = readGatewayConfig({});
assert.ok(read.ok);
const { config } = read;

function run(loaded: LoadedGateway, refusal: readonly string[] = []) {
  const lines: string[] = [];
  const applied: GatewayConfig[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(line) });
  const isDone = reload({
    log,
    started: config,
    load: () => loaded,
    apply(next) {
      applied.push(next);
      return refusal;
    },
  });
  return { isDone, applied, told: lines.map((line) => (JSON.parse(line) as { msg: string }).msg) };
}

test('reload() puts a good configuration into force, with its warnings', () => {
  const done = run({ ok: true, config, warnings: ['x is not an option of this server'] });
  assert.deepEqual([done.isDone, done.applied], [true, [config]]);
  assert.deepEqual(done.told, [
    'x is not an option of this server',
    'the new options of client and channel are in force',
  ]);
});

test('reload() names the sections that wait for a restart', () => {
  const next = readGatewayConfig({
    client: { channel_limit: 5, proxy: { connect: { timeout: '5s' } } },
    websocket: { message_size_limit: 5 },
    channel: { namespaces: [{ name: 'chat' }] },
  });
  assert.ok(next.ok);
  assert.deepEqual(run({ ok: true, config: next.config, warnings: [] }).told, [
    'the new options of client and channel are in force',
    'changed, and waiting for a restart: websocket, client.proxy',
  ]);
  const tokens = readGatewayConfig({ client: { token: { hmac_secret_key: 'canary' } } });
  assert.ok(tokens.ok);
  assert.deepEqual(run({ ok: true, config: tokens.config, warnings: [] }).told, [
    'the new options of client and channel are in force',
  ]);
});

test('reload() keeps the old configuration when the new one has a problem, or cannot be applied', () => {
  const refused = 'the new configuration is refused; the old one stays in force';
  const damaged = run({ ok: false, problems: ['config.json:1: this is no JSON'], warnings: [] });
  assert.deepEqual(damaged, { isDone: false, applied: [], told: ['config.json:1: this is no JSON', refused] });
  const unfit = run({ ok: true, config, warnings: [] }, ['client.token.rsa_public_key is too short']);
  assert.deepEqual(unfit.told, ['client.token.rsa_public_key is too short', refused]);
  assert.equal(unfit.isDone, false);
});
