import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyEnvironment } from './environment.ts';
import type { Group } from './overlay.ts';

function apply(environment: Record<string, string>, root: Group = {}): { root: Group; warnings: string[] } {
  const { warnings, problems } = applyEnvironment(root, environment);
  assert.deepEqual(problems, []);
  // Sections that stay empty say nothing.
  return { root: JSON.parse(JSON.stringify(root, withoutEmpty)) as Group, warnings };
}

function withoutEmpty(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value).filter(([, inner]) => JSON.stringify(inner, withoutEmpty) !== '{}');
  return Object.fromEntries(kept);
}

test('applyEnvironment() sets options of items by their names, also of those in the file', () => {
  const file = { channel: { namespaces: [{ name: 'a-b', presence: false }, { name: 'cd' }] } };
  const environment = {
    CENTRIFUGO_CHANNEL_NAMESPACES_A_B_PRESENCE: 'true',
    CENTRIFUGO_CHANNEL_NAMESPACES_CD_MAP_KEY_TTL: '1m',
    CENTRIFUGO_CHANNEL_NAMESPACES_GONE_PRESENCE: 'true',
  };
  assert.deepEqual(apply(environment, file), {
    root: {
      channel: {
        namespaces: [
          { name: 'a-b', presence: 'true' },
          { name: 'cd', map: { key_ttl: '1m' } },
        ],
      },
    },
    warnings: ['CENTRIFUGO_CHANNEL_NAMESPACES_GONE_PRESENCE is not an option of this server'],
  });
});

test('applyEnvironment() reads lists as JSON or as names', () => {
  assert.deepEqual(
    apply({
      CENTRIFUGO_CHANNEL_NAMESPACES: '[{"name":"chat","presence":true}]',
      CENTRIFUGO_CHANNEL_NAMESPACES_CHAT_JOIN_LEAVE: '1',
      CENTRIFUGO_PROXIES: 'one two',
      CENTRIFUGO_PROXIES_ONE_ENDPOINT: 'http://one',
      CENTRIFUGO_RPC_NAMESPACES: 'math',
      CENTRIFUGO_RPC_NAMESPACES_MATH_PROXY_NAME: 'one',
      CENTRIFUGO_CLIENT_ALLOWED_ORIGINS: 'https://a  https://b',
      CENTRIFUGO_PROXIES_TWO_HTTP_STATIC_HEADERS: '{"X-Key":"v"}',
    }),
    {
      root: {
        channel: { namespaces: [{ name: 'chat', presence: true, join_leave: '1' }] },
        proxies: [
          { name: 'one', endpoint: 'http://one' },
          { name: 'two', http: { static_headers: { 'X-Key': 'v' } } },
        ],
        rpc: { namespaces: [{ name: 'math', proxy_name: 'one' }] },
        client: { allowed_origins: ['https://a', 'https://b'] },
      },
      warnings: [],
    },
  );
});

test('applyEnvironment() warns of what it does not know, but not of variables for values or of Kubernetes', () => {
  const quiet = {
    CENTRIFUGO_VAR_SECRET: 'x',
    CENTRIFUGO_PORT: 'tcp://10.0.0.1:8000',
    CENTRIFUGO_SERVICE_HOST: '10.0.0.1',
    CENTRIFUGO_SERVICE_PORT_EXTERNAL: '8000',
    CENTRIFUGO_PORT_8000_TCP_ADDR: '10.0.0.1',
    CENTRIFUGO_BROKER_POSTGRES_DSN: 'x',
    OTHER_CLIENT: 'x',
  };
  assert.deepEqual(
    apply({ ...quiet, CENTRIFUGO_TOKEN_HMAC_SECRET_KEY: 'canary', CENTRIFUGO_API_KEY: 'canary' }).warnings,
    [
      'CENTRIFUGO_API_KEY is not an option of this server',
      'CENTRIFUGO_TOKEN_HMAC_SECRET_KEY is not an option of this server',
    ],
  );
});

test('applyEnvironment() refuses text that is no JSON where an object or list is wanted', () => {
  const environment = { CENTRIFUGO_PROXIES: '[{', CENTRIFUGO_RPC_PROXY_HTTP_STATIC_HEADERS: 'canary' };
  assert.deepEqual(applyEnvironment({}, environment).problems.toSorted(), [
    'CENTRIFUGO_PROXIES must be a list in JSON, or names separated by spaces',
    'CENTRIFUGO_RPC_PROXY_HTTP_STATIC_HEADERS must be an object in JSON',
  ]);
});
