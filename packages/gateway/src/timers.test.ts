import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { GatewayConfigInput } from './config.ts';
import { createFakeClock } from './testing/fake-clock.ts';
import { startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { until } from './testing/once.ts';
import { openRaw } from './testing/raw-client.ts';
import { TimerWheel } from './timer-wheel.ts';

async function start(t: TestContext, config: GatewayConfigInput = {}) {
  const clock = createFakeClock();
  const under = await startGateway(t, config, { clock, random: () => 0.5 });
  const inSeconds = (seconds: number): number => clock.now() / 1000 + seconds;
  return { ...under, clock, inSeconds };
}

test('a connection that does not connect in time is closed with 3502', async (t) => {
  const { url, clock } = await start(t);
  const client = await openRaw(t, url);
  clock.tick(9_900);
  clock.tick(400);
  assert.deepEqual(await client.closed, [3502, 'stale']);
});

test('pings come every interval and a client that does not answer is closed with 3012', async (t) => {
  const { url, clock } = await start(t, { client: { allow_anonymous_connect_without_token: true } });
  const client = await openRaw(t, url);
  client.send({ id: 1, connect: {} });
  assert.deepEqual(await client.reply(1), {
    id: 1,
    connect: {
      client: ((await client.reply(1))['connect'] as { client: string }).client,
      version: '0.0.0 Parley',
      ping: 25,
      pong: true,
    },
  });
  clock.tick(18_500);
  assert.equal(client.replies.length, 1);
  clock.tick(500);
  await until('the first ping', () => client.replies.length === 2);
  assert.deepEqual(client.replies[1], {});
  client.send({}, { id: 2, rpc: {} });
  await client.reply(2);
  clock.tick(25_000);
  await until('the second ping', () => client.replies.length === 4);
  clock.tick(8_400);
  assert.deepEqual(await client.closed, [3012, 'no pong']);
});

test('pings go on, and new connections are looked after, when the time of the machine is set back', async (t) => {
  const { url, clock } = await start(t, { client: { allow_anonymous_connect_without_token: true } });
  const client = await openRaw(t, url);
  client.send({ id: 1, connect: {} });
  await client.reply(1);
  clock.setBack(3_600_000);
  clock.tick(26_000);
  await until('the first ping', () => client.replies.length === 2);
  assert.deepEqual(client.replies[1], {});
  const silent = await openRaw(t, url);
  clock.tick(10_400);
  assert.deepEqual(await silent.closed, [3502, 'stale']);
});

test('a connection ends with 3005 after its expiry and the delay, unless it is refreshed', async (t) => {
  const { url, clock, inSeconds } = await start(t, { client: { ping_interval: '0s' } });
  const client = await openRaw(t, url);
  client.send({ id: 1, connect: { token: tokenOf({ user: 'ann', expireAt: inSeconds(60) }) } });
  const reply = (await client.reply(1))['connect'] as Record<string, unknown>;
  assert.deepEqual([reply['expires'], reply['ttl'], reply['ping']], [true, 60, undefined]);
  clock.tick(84_000);
  client.send({ id: 2, refresh: { token: tokenOf({ user: 'ann', expireAt: inSeconds(60) }) } });
  assert.deepEqual(await client.reply(2), { id: 2, refresh: { expires: true, ttl: 60 } });
  clock.tick(84_000);
  client.send({ id: 3, rpc: {} });
  await client.reply(3);
  clock.tick(1_400);
  assert.deepEqual(await client.closed, [3005, 'connection expired']);
});

test('refresh() answers each kind of token as the protocol says', async (t) => {
  const { url, inSeconds } = await start(t);
  for (const [token, expected] of [
    ['', 3501],
    ['nonsense', 3500],
    [tokenOf({ problem: 'expired' }), 3005],
    [tokenOf({ user: 'bob' }), 3500],
    [tokenOf({ user: 'ann', channels: ['other'] }), 3010],
  ] as const) {
    const client = await openRaw(t, url);
    client.send({ id: 1, connect: { token: tokenOf({ user: 'ann' }) } }, { id: 2, refresh: { token } });
    assert.equal((await client.closed)[0], expected, token);
  }
  const client = await openRaw(t, url);
  client.send(
    { id: 1, connect: { token: tokenOf({ user: 'ann' }) } },
    { id: 2, refresh: { token: tokenOf({ user: 'ann', expireAt: inSeconds(-1) }) } },
    { id: 3, refresh: { token: tokenOf({ user: 'ann' }) } },
  );
  assert.deepEqual(await client.reply(2), { id: 2, error: { code: 110, message: 'expired' } });
  assert.deepEqual(await client.reply(3), { id: 3, refresh: {} });
});

test('a subscription ends with push 2501 after its expiry and the delay; sub_refresh moves it, an expired token is 109', async (t) => {
  const { url, clock, inSeconds } = await start(t, { client: { ping_interval: '0s' } });
  const client = await openRaw(t, url);
  const grant = (extra: object = {}) => tokenOf({ user: 'ann', channel: '$a', expireAt: inSeconds(30), ...extra });
  client.send(
    { id: 1, connect: { token: tokenOf({ user: 'ann' }) } },
    { id: 2, subscribe: { channel: '$a', token: grant() } },
  );
  assert.deepEqual(await client.reply(2), { id: 2, subscribe: { expires: true, ttl: 30 } });
  client.send({ id: 3, sub_refresh: { channel: '$a', token: tokenOf({ problem: 'expired' }) } });
  assert.deepEqual(await client.reply(3), { id: 3, error: { code: 109, message: 'token expired' } });
  clock.tick(20_000);
  client.send(
    { id: 4, sub_refresh: { channel: '$a', token: grant() } },
    { id: 5, sub_refresh: { channel: '$b', token: grant() } },
  );
  assert.deepEqual(await client.reply(4), { id: 4, sub_refresh: { expires: true, ttl: 30 } });
  assert.deepEqual(await client.reply(5), { id: 5, error: { code: 103, message: 'permission denied' } });
  clock.tick(50_000);
  client.send({ id: 6, rpc: {} });
  await client.reply(6);
  assert.equal(
    client.replies.some((reply) => 'push' in reply),
    false,
  );
  clock.tick(32_000);
  await until('the push', () => client.replies.some((reply) => 'push' in reply));
  assert.deepEqual(client.replies.at(-1), {
    push: { channel: '$a', unsubscribe: { code: 2501, reason: 'subscription expired' } },
  });
});

test('TimerWheel calls for everyone when time was set back, and then waits for the new time', () => {
  const called: [string, number][] = [];
  const wheel = new TimerWheel<{ slot: number; name: string }>(100, 10_000, ({ name }, now) =>
    called.push([name, now]),
  );
  wheel.schedule({ slot: -1, name: 'old' }, 10_500);
  wheel.advance(9_950);
  wheel.advance(5_000);
  wheel.schedule({ slot: -1, name: 'new' }, 5_300);
  wheel.advance(5_300);
  assert.deepEqual(called, [
    ['old', 5_000],
    ['new', 5_300],
  ]);
});

test('TimerWheel calls once, never early, in order, also after a long pause', () => {
  const called: [string, number][] = [];
  const wheel = new TimerWheel<{ slot: number; name: string }>(100, 0, ({ name }, now) => called.push([name, now]));
  const waiter = (name: string) => ({ slot: -1, name });
  const moved = waiter('moved');
  const cancelled = waiter('cancelled');
  wheel.schedule(waiter('late'), 5_000_000);
  wheel.schedule(waiter('first'), 150);
  wheel.schedule(moved, 150);
  wheel.schedule(moved, 350);
  wheel.schedule(cancelled, 150);
  wheel.cancel(cancelled);
  wheel.schedule(waiter('past'), -5);
  wheel.advance(149);
  assert.deepEqual(called, [['past', 149]]);
  wheel.advance(300);
  wheel.advance(350);
  wheel.advance(400);
  wheel.advance(5_000_050);
  assert.deepEqual(called.slice(1), [
    ['first', 300],
    ['moved', 400],
    ['late', 5_000_050],
  ]);
});
