import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectRequest } from '@parley/protocol';
import type { BackendAnswer, ConnectGrant } from '../backend/backend.ts';
import { type GatewayConfigInput, readGatewayConfig } from '../config.ts';
import type { GatewayContext } from '../context.ts';
import type { Session } from '../session/session.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createTestMetrics } from '../testing/test-metrics.ts';
import { jsonTokens, tokenOf } from '../testing/gateway-under-test.ts';
import { authenticate } from './authenticate.ts';

const request: ConnectRequest = {
  token: '',
  name: '',
  version: '',
  data: undefined,
  headers: undefined,
  subs: new Map(),
};

/** Who it is, or the code that refuses it. */
async function who(
  client: NonNullable<GatewayConfigInput['client']>,
  {
    token = '',
    headers,
    answer,
  }: { token?: string; headers?: Record<string, string>; answer?: BackendAnswer<ConnectGrant> },
): Promise<string> {
  const proxy = answer && { connect: { enabled: true, endpoint: 'in-process:' } };
  const read = readGatewayConfig({ client: { ...client, ...(proxy === undefined ? {} : { proxy }) } });
  assert.ok(read.ok);
  // Only what authentication uses.
  const context = {
    config: read.config,
    tokens: jsonTokens,
    clock: createFakeClock(),
    metrics: createTestMetrics(),
    log: { warn: () => {} },
    backend: { connect: () => Promise.resolve(answer) },
  } as unknown as GatewayContext;
  const transport = { name: 'websocket', headers, format: { codec: { name: 'json' } } };
  const session = { clientId: 'c', transport } as unknown as Session;
  const found = await authenticate(context, session, { request: { ...request, token }, emulatedHeaders: undefined });
  if (found.ok) return `${found.source}:${found.user}`;
  return String(found.error?.code ?? found.disconnect?.code);
}

const header = { user_id_http_header: 'X-User' };
const anonymous = { allow_anonymous_connect_without_token: true };
const headers = { 'x-user': '7' };
const answer = { ok: true, result: { user: '42' } } as const;

test('authenticate() goes by token, backend, anonymity and header, in this order', async () => {
  const token = tokenOf({ user: 'ann' });
  for (const [client, given, expected] of [
    [{}, {}, '3501'],
    [{}, { headers }, '3501'],
    [header, {}, '3501'],
    [header, { headers: { 'x-user': '' } }, '3501'],
    [header, { headers }, 'header:7'],
    [{ ...header, ...anonymous }, { headers }, 'nobody:'],
    [{ ...header, insecure: true }, { headers }, 'nobody:'],
    [header, { headers, answer }, 'backend:42'],
    [header, { headers, answer: { ok: true } as const }, 'header:7'],
    [anonymous, { answer: { ok: true } as const }, 'nobody:'],
    [anonymous, { answer: { ok: false, error: { code: 1000, message: 'no' } } as const }, '1000'],
    [header, { token, headers, answer }, 'token:ann'],
    [{ ...header, ...anonymous }, { token: 'broken', headers, answer }, '3500'],
  ] as const) {
    assert.equal(await who(client, given), expected, JSON.stringify([client, given]));
  }
});
