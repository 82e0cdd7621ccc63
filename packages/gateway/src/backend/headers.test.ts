import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GatewayConfig, type GatewayConfigInput, readGatewayConfig } from '../config.ts';
import { keptEmulatedHeaders, keptHeaders } from './headers.ts';

function configOf(input: GatewayConfigInput): GatewayConfig {
  const read = readGatewayConfig(input);
  assert.ok(read.ok);
  return read.config;
}

const endpoint = 'http://127.0.0.1:1';

test('keptHeaders() keeps what some proxy forwards and the header of the user, by lower-case name, and else nothing', () => {
  const keep = keptHeaders(
    configOf({
      client: { proxy: { connect: { endpoint, http_headers: ['Cookie', 'X-List'] } }, user_id_http_header: 'X-User' },
      proxies: [{ name: 'own', endpoint, http_headers: ['cookie', 'X-Own', 'constructor'] }],
    }),
  );
  const headers = { cookie: 'a', 'x-own': 'b', 'x-user': '42', 'x-list': ['c', 'd'], authorization: 'canary' };
  assert.deepEqual(keep(headers as never), { cookie: 'a', 'x-list': 'c, d', 'x-own': 'b', 'x-user': '42' });
  assert.equal(keep({ authorization: 'canary' }), undefined);
  const unused = keptHeaders(configOf({ client: { proxy: { connect: { http_headers: ['Cookie'] } } } }));
  assert.equal(unused({ cookie: 'a' }), undefined, 'a proxy without an endpoint forwards nothing');
});

test('keptEmulatedHeaders() keeps what is in that list, whatever the case of the client', () => {
  const keep = keptEmulatedHeaders(
    configOf({ rpc: { proxy: { endpoint, emulated_headers: ['Authorization'], http_headers: ['X-Real'] } } }),
  );
  assert.deepEqual(keep({ AUTHORIZATION: 'a', 'x-real': 'b', other: 'c' }), { authorization: 'a' });
  assert.equal(keep({ 'X-Real': 'b' }), undefined);
  assert.equal(keep(undefined), undefined);
});
