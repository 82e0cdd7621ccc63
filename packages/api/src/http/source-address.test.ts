// Checks which address a request is counted under.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { FastifyRequest } from 'fastify';
import { countedAddress, sourceAddress, trustedProxies } from './source-address.ts';

// identity 2.2: 112
test('countedAddress() brings the spellings of one network to one form', () => {
  const cases = [
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:4711', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['[::ffff:192.0.2.7]:80', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['unknown', undefined],
    ['', undefined],
    ['192.0.2.999', undefined],
  ] as const;
  for (const [text, expected] of cases) assert.equal(countedAddress(text), expected, text);
});

// identity 2.2: 112
test('sourceAddress() believes as many of the forwarded chain as there are proxies of ours, from the right', () => {
  const request = (forwarded?: string | string[]) =>
    ({
      socket: { remoteAddress: '10.0.0.1' },
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    }) as unknown as FastifyRequest;
  const cases = [
    [request('203.0.113.9'), 0, '10.0.0.1'],
    [request(), 1, '10.0.0.1'],
    [request('203.0.113.9'), 1, '203.0.113.9'],
    [request('6.6.6.6, 203.0.113.9'), 1, '203.0.113.9'],
    [request(['6.6.6.6', '203.0.113.9']), 1, '203.0.113.9'],
    [request('6.6.6.6, 203.0.113.9, 10.0.0.2'), 2, '203.0.113.9'],
    [request('203.0.113.9'), 2, '10.0.0.1'],
    [request('junk'), 1, '10.0.0.1'],
  ] as const;
  for (const [given, proxies, expected] of cases) assert.equal(sourceAddress(given, { count: proxies }), expected);
});

// identity 2.2: 112
test('sourceAddress() believes nobody but the peers that are named', () => {
  const from = (remoteAddress: string) =>
    ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': '203.0.113.9' } }) as unknown as FastifyRequest;
  const proxies = trustedProxies(1, ['10.0.0.0/8', '192.0.2.1', 'fd00::/8']);
  const cases = [
    ['10.9.8.7', '203.0.113.9'],
    ['::ffff:10.9.8.7', '203.0.113.9'],
    ['192.0.2.1', '203.0.113.9'],
    ['fd12::1', '203.0.113.9'],
    ['192.0.2.2', '192.0.2.2'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
  ] as const;
  for (const [peer, expected] of cases) assert.equal(sourceAddress(from(peer), proxies), expected, peer);
  assert.throws(() => trustedProxies(1, ['10.0.0.0/99']));
});
