// Decides when the connection is talked about, and in which of its states.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visibleStatus } from './visible-status.ts';

const lost = { name: 'reconnecting', since: 10_000, retryAt: 17_500, reason: 'transport closed', code: 1 } as const;

test('visibleStatus() says nothing in the first two seconds of a drop', () => {
  assert.deepEqual(visibleStatus(lost, 11_999), { kind: 'live' });
  assert.deepEqual(visibleStatus({ name: 'offline', since: 10_000 }, 11_999), { kind: 'live' });
  assert.deepEqual(visibleStatus({ name: 'catching-up', since: 10_000, rooms: 1 }, 11_999), { kind: 'live' });
});

test('visibleStatus() does not say Live before the first connection', () => {
  assert.deepEqual(visibleStatus({ name: 'connecting', since: 10_000 }, 11_999), { kind: 'quiet' });
  assert.deepEqual(visibleStatus({ name: 'connecting', since: 10_000 }, 12_000), { kind: 'connecting' });
});

test('visibleStatus() counts down to the next attempt in whole seconds, and asks for a banner after ten', () => {
  assert.deepEqual(visibleStatus(lost, 12_000), { kind: 'reconnecting', retryInSeconds: 6, isBanner: false });
  assert.deepEqual(visibleStatus(lost, 16_600), { kind: 'reconnecting', retryInSeconds: 1, isBanner: false });
  assert.deepEqual(visibleStatus(lost, 17_500), { kind: 'reconnecting', retryInSeconds: undefined, isBanner: false });
  assert.deepEqual(visibleStatus({ ...lost, retryAt: null }, 20_000), {
    kind: 'reconnecting',
    retryInSeconds: undefined,
    isBanner: true,
  });
});

test('visibleStatus() tells offline, catching up and a refusal apart', () => {
  assert.deepEqual(visibleStatus({ name: 'offline', since: 0 }, 2_000), { kind: 'offline', isBanner: false });
  assert.deepEqual(visibleStatus({ name: 'catching-up', since: 0, rooms: 2 }, 2_000), { kind: 'catching-up' });
  assert.deepEqual(visibleStatus({ name: 'denied', since: 0, reason: 'no', code: 3500 }, 0), { kind: 'denied' });
  assert.deepEqual(visibleStatus({ name: 'live', since: 0, transport: 'websocket' }, 60_000), { kind: 'live' });
  assert.deepEqual(visibleStatus({ name: 'signed-out', since: 0 }, 60_000), { kind: 'live' });
});
