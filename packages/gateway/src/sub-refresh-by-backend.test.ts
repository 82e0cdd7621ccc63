import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { rawJson } from '@parley/protocol';
import type { Application, Renewal } from './backend/backend.ts';
import { createFakeClock } from './testing/fake-clock.ts';
import { startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { until } from './testing/once.ts';
import { openRaw } from './testing/raw-client.ts';

/** A subscription that expires in 100 s, client-side or server-side, and an application in this process. */
async function startExpiring(t: TestContext, origin: 'client' | 'server') {
  const clock = createFakeClock();
  const expireAt = clock.now() / 1000 + 100;
  const asked: string[] = [];
  const answers: { renew: () => Promise<Renewal | undefined> } = { renew: () => new Promise(() => {}) };
  const application: Application = {
    async subRefresh(proxy, { channel, user }) {
      asked.push(`${proxy} ${user} ${channel}`);
      return { ok: true, result: await answers.renew() };
    },
  };
  const config = {
    client: { pong_timeout: '0s', ping_interval: '0s' },
    channel: {
      proxy: { sub_refresh: { endpoint: 'in-process:' } },
      without_namespace: { sub_refresh_proxy_enabled: true, presence: true },
    },
  };
  const under = await startGateway(t, config, { clock, application, random: () => 0 });
  const client = await openRaw(t, under.url);
  const subs = origin === 'server' ? { room: { expireAt } } : {};
  client.send({ id: 1, connect: { token: tokenOf({ user: '42', subs }) } });
  await client.reply(1);
  if (origin === 'client') {
    client.send({ id: 2, subscribe: { channel: 'room', token: tokenOf({ user: '42', channel: 'room', expireAt }) } });
    assert.deepEqual(await client.reply(2), { id: 2, subscribe: {} }, 'the client is not told when it ends');
  }
  // Upkeep goes on by promises: between two seconds they have their turn.
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      clock.tick(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { ...under, client, clock, asked, answers, pass };
}

test('sub_refresh by the backend: it is asked at the end, and nothing ends until it answers', async (t) => {
  for (const origin of ['client', 'server'] as const) {
    const { asked, pass, gateway } = await startExpiring(t, origin);
    await pass(99);
    assert.deepEqual(asked, []);
    await pass(28);
    assert.deepEqual(asked, ['default 42 room']);
    await pass(300);
    assert.deepEqual([asked.length, gateway.stats().subscriptions], [1, 1]);
  }
});

test('sub_refresh by the backend: a subscription goes on as it says, and ends with 2501 or 3006 when it is over', async (t) => {
  for (const origin of ['client', 'server'] as const) {
    const { client, clock, asked, answers, pass, gateway } = await startExpiring(t, origin);
    answers.renew = () => Promise.resolve({ expireAt: clock.now() / 1000 + 100, info: rawJson({ seen: true }) });
    await pass(128);
    await pass(60);
    const { result } = await gateway.serverApi.call('presence', { channel: 'room' });
    assert.deepEqual(Object.values(result?.presence ?? {})[0]?.chan_info, { seen: true });
    answers.renew = () => Promise.resolve({ expired: true });
    await pass(80);
    assert.equal(asked.length, 2);
    if (origin === 'server') {
      assert.deepEqual(await client.closed, [3006, 'subscription expired']);
    } else {
      await until('the client is told', () => client.replies.length === 3);
      const unsubscribe = { code: 2501, reason: 'subscription expired' };
      assert.deepEqual(client.replies[2], { push: { channel: 'room', unsubscribe } });
    }
    assert.equal(gateway.stats().subscriptions, 0);
  }
});

test('sub_refresh by the backend: without an answer a subscription lives a minute longer', async (t) => {
  const { asked, answers, pass, gateway, client, logged } = await startExpiring(t, 'client');
  answers.renew = () => Promise.reject(new Error('lost'));
  await pass(110);
  await pass(20);
  assert.equal(asked.length, 1);
  assert.ok(logged.some(({ level, fields }) => level === 'warn' && fields['channel'] === 'room'));
  await pass(40);
  assert.equal(asked.length, 1);
  answers.renew = () => Promise.resolve(undefined);
  await pass(60);
  assert.equal(asked.length, 2);
  await until('the client is told', () => client.replies.length === 3);
  assert.equal(gateway.stats().subscriptions, 0);
});

test('sub_refresh() by the client ends with 3501 where the backend does it', async (t) => {
  const { client } = await startExpiring(t, 'client');
  client.send({ id: 3, sub_refresh: { channel: 'room', token: tokenOf({ user: '42', channel: 'room' }) } });
  assert.deepEqual(await client.closed, [3501, 'bad request']);
});
