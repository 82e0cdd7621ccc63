import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GatewayConfig, type GatewayConfigInput, readGatewayConfig } from '@parley/gateway';
import { createSides, listenersOf, servedParts } from './listeners.ts';

const pem = (name: string): string => `-----BEGIN ${name}-----\nx\n-----END ${name}-----\n`;
const tls = { enabled: true, cert_pem: pem('CERT'), key_pem: pem('KEY') };
const shown = { cert: pem('CERT'), key: pem('KEY') };

function configOf(input: GatewayConfigInput): GatewayConfig {
  const read = readGatewayConfig(input);
  if (!read.ok) throw new Error(read.problems.join('; '));
  return read.config;
}

test('listenersOf() has one listener unless the internal one is elsewhere, and shares certificates as told', () => {
  const other = { enabled: true, cert_pem: pem('OTHER'), key_pem: pem('KEY'), client_ca_pem: pem('CA') };
  for (const [server, expected] of [
    [{}, { external: { host: '', port: 8_000 }, internal: undefined }],
    [{ internal_port: 8_000 }, { external: { host: '', port: 8_000 }, internal: undefined }],
    [{ internal_port: 9_000 }, { external: { host: '', port: 8_000 }, internal: { host: '', port: 9_000 } }],
    [
      { internal_address: '127.0.0.1', tls },
      {
        external: { host: '', port: 8_000, tls: shown },
        internal: { host: '127.0.0.1', port: 8_000, tls: shown },
      },
    ],
    [
      { internal_port: 1, tls, tls_external: true },
      { external: { host: '', port: 8_000, tls: shown }, internal: { host: '', port: 1 } },
    ],
    [
      { internal_port: 1, internal_tls: other },
      {
        external: { host: '', port: 8_000 },
        internal: {
          host: '',
          port: 1,
          tls: { cert: pem('OTHER'), key: pem('KEY'), ca: pem('CA'), requestCert: true, rejectUnauthorized: true },
        },
      },
    ],
  ] as const) {
    assert.deepEqual(listenersOf(configOf({ http_server: server })), expected, JSON.stringify(server));
  }
});

test('createSides() keeps API and observation inside, unless the API is external', () => {
  const sideOf = createSides(configOf({}));
  for (const [url, side] of [
    ['/connection/websocket?x=1', 'external'],
    ['/api', 'internal'],
    ['/api/publish?api_key=x', 'internal'],
    ['/apis', 'external'],
    ['/metrics', 'internal'],
    ['/health', 'internal'],
    ['/emulation', 'external'],
  ] as const) {
    assert.equal(sideOf(url), side, url);
  }
  assert.equal(createSides(configOf({ http_api: { external: true } }))('/api/publish'), 'external');
  const off = createSides(configOf({ http_api: { disabled: true }, websocket: { disabled: true } }));
  assert.deepEqual([off('/api/publish'), off('/connection/websocket')], ['nobody', 'nobody']);
});

test('servedParts() names what is switched on', () => {
  assert.deepEqual(servedParts(configOf({})), ['websocket', 'http_api']);
  const some = configOf({ sse: { enabled: true }, websocket: { disabled: true }, http_api: { disabled: true } });
  assert.deepEqual(servedParts(some), ['sse']);
});
