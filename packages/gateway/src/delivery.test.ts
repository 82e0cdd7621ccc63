import assert from 'node:assert/strict';
import { once as emitted } from 'node:events';
import { test } from 'node:test';
import { createFakeClock } from './testing/fake-clock.ts';
import { startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { until } from './testing/once.ts';
import { openRaw } from './testing/raw-client.ts';

// Timers stand still enough to be turned by hand, and yet epochs differ.
const nearlyHalf = (): number => 0.45 + Math.random() * 0.1;

const open = { allow_subscribe_for_client: true };
const history = { history_size: 100, history_ttl: '60s' } as const;

test('a client that does not read is closed with 3008; the others get everything and nothing is left of it', async (t) => {
  const { url, gateway, logged } = await startGateway(t, {
    channel: { without_namespace: { ...open, presence: true } },
    client: { queue_max_size: 100_000 },
  });
  const join = [
    { id: 1, connect: { token: tokenOf({ user: 'ann' }) } },
    { id: 2, subscribe: { channel: 'c' } },
  ];
  const good = await openRaw(t, url);
  good.send(...join);
  await good.reply(2);
  const slow = await openRaw(t, url);
  slow.send(...join);
  await slow.reply(2);
  slow.socket.pause();
  const data = 'x'.repeat(90_000);
  let sent = 0;
  while (gateway.stats().slowDisconnects === 0) {
    await gateway.serverApi.call('publish', { channel: 'c', data });
    sent += 1;
    await until('the good one has it', () => good.replies.length >= sent + 2);
    assert.ok(sent < 5_000, 'nothing happened');
  }
  await until('the slow one is out', () => gateway.stats().connections === 1);
  const presence = await gateway.serverApi.call('presence_stats', { channel: 'c' });
  assert.deepEqual(presence.result, { num_clients: 1, num_users: 1 });
  assert.ok(logged.some(({ message, fields }) => message === 'disconnected: slow' && fields['code'] === 3008));
  assert.equal(good.replies.length, sent + 2);
  assert.equal(good.socket.readyState, good.socket.OPEN);
  slow.socket.terminate();
});

test('publications of one turn reach a subscriber in one frame, behind the reply to its subscribe', async (t) => {
  const { url, gateway } = await startGateway(t, { channel: { without_namespace: open } });
  const client = await openRaw(t, url);
  client.send({ id: 1, connect: { token: tokenOf({ user: 'ann' }) } });
  await client.reply(1);
  client.send({ id: 2, subscribe: { channel: 'c' } });
  await until('subscribed', () => gateway.stats().subscriptions === 1);
  for (let data = 0; data < 10; data += 1) void gateway.serverApi.call('publish', { channel: 'c', data });
  await until('all came', () => client.replies.length === 12);
  assert.deepEqual(client.replies[1], { id: 2, subscribe: {} });
  const last = client.frames.at(-1) ?? '';
  assert.equal(last.split('\n').length >= 10, true, last);
});

test('a lost position ends a client-side subscription with push 2500 and a server-side one with 3010', async (t) => {
  const clock = createFakeClock();
  const { url, gateway } = await startGateway(
    t,
    {
      channel: { without_namespace: { ...open, ...history, history_meta_ttl: '60s', force_recovery: true } },
      client: { ping_interval: '0s', channel_position_check_delay: '1h' },
    },
    { clock, random: nearlyHalf },
  );
  const api = gateway.serverApi;
  const own = await openRaw(t, url);
  own.send({ id: 1, connect: { token: tokenOf({ user: 'ann' }) } }, { id: 2, subscribe: { channel: 'c' } });
  const served = await openRaw(t, url);
  served.send({ id: 1, connect: { token: tokenOf({ user: 'bob', channels: ['c'] }) } });
  await own.reply(2);
  await served.reply(1);
  await api.call('publish', { channel: 'c', data: 1 });
  await until('both have it', () => own.replies.length === 3 && served.replies.length === 2);
  // The stream ends and begins anew: what comes next is of another epoch.
  clock.tick(60_000);
  await api.call('publish', { channel: 'c', data: 2 });
  assert.deepEqual(await served.closed, [3010, 'insufficient state']);
  await until('the push', () => own.replies.length === 4);
  assert.deepEqual(own.replies[3], {
    push: { channel: 'c', unsubscribe: { code: 2500, reason: 'insufficient state' } },
  });
  assert.equal(gateway.stats().positionsLost, 2);
});

test('the position check finds a loss that no publication shows', async (t) => {
  const clock = createFakeClock();
  const { url, gateway } = await startGateway(
    t,
    {
      channel: { without_namespace: { ...open, ...history, history_meta_ttl: '60s', force_recovery: true } },
      client: { ping_interval: '0s', presence_update_interval: '90s', channel_position_check_delay: '40s' },
    },
    { clock, random: nearlyHalf },
  );
  const client = await openRaw(t, url);
  client.send({ id: 1, connect: { token: tokenOf({ user: 'ann' }) } }, { id: 2, subscribe: { channel: 'c' } });
  await client.reply(2);
  await gateway.serverApi.call('publish', { channel: 'c', data: 1 });
  await until('it came', () => client.replies.length === 3);
  clock.tick(70_000);
  await until('the push', () => client.replies.length === 4);
  assert.deepEqual(client.replies[3], {
    push: { channel: 'c', unsubscribe: { code: 2500, reason: 'insufficient state' } },
  });
});

test('connections that come and go leave nothing behind', async (t) => {
  const { url, gateway } = await startGateway(t, {
    channel: {
      without_namespace: { ...open, ...history, presence: true, join_leave: true, force_push_join_leave: true },
    },
  });
  for (let round = 0; round < 20; round += 1) {
    const client = await openRaw(t, url);
    client.send(
      { id: 1, connect: { token: tokenOf({ user: `u${round}`, channels: ['s'] }) } },
      { id: 2, subscribe: { channel: 'c' } },
    );
    if (round % 3 === 0) client.socket.terminate();
    else if (round % 3 === 1) await client.reply(2);
    client.socket.close();
    await emitted(client.socket, 'close');
  }
  await until('all are gone', () => gateway.stats().sockets === 0 && gateway.stats().connections === 0);
  const { users, subscriptions, channels, queuedBytes } = gateway.stats();
  assert.deepEqual([users, subscriptions, channels, queuedBytes], [0, 0, 0, 0]);
  for (const channel of ['s', 'c']) {
    const stats = await gateway.serverApi.call('presence_stats', { channel });
    assert.deepEqual(stats.result, { num_clients: 0, num_users: 0 });
  }
});
