import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Application } from './backend/backend.ts';
import type { GatewayConfigInput } from './config.ts';
import { jsonTokens, startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { until } from './testing/once.ts';
import { openRaw, type RawClient } from './testing/raw-client.ts';
import type { TokenGate } from './token-gate.ts';

// More than there are between any of these steps and its reply.
const mostTurns = 30;

const config: GatewayConfigInput = {
  client: { ping_interval: '0s', pong_timeout: '0s' },
  channel: {
    proxy: { subscribe: { endpoint: 'in-process:' } },
    without_namespace: {
      subscribe_proxy_enabled: true,
      presence: true,
      force_positioning: true,
      history_size: 5,
      history_ttl: '60s',
    },
    namespaces: [
      {
        name: 'map',
        subscription_type: 'map',
        subscribe_proxy_enabled: true,
        map: { mode: 'recoverable', key_ttl: '60s' },
      },
    ],
  },
};

/** Steps aside so many times within one turn of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

/** Whether the client believes that it is in the channel, from what it was told in this order. */
function believesIn({ replies }: RawClient, channel: string): boolean {
  let isIn = false;
  for (const { connect, subscribe, push } of replies as Record<string, { subs?: object; channel?: string }>[]) {
    if (connect?.subs !== undefined) isIn = channel in connect.subs;
    if (subscribe !== undefined) isIn = true;
    if (push?.channel !== channel) continue;
    if ('subscribe' in push) isIn = true;
    if ('unsubscribe' in push) isIn = false;
  }
  return isIn;
}

async function startHeld(t: TestContext) {
  const answers: (() => void)[] = [];
  const application: Application = {
    subscribe: () => new Promise((resolve) => answers.push(() => resolve({ ok: true }))),
  };
  const tokens: TokenGate = {
    ...jsonTokens,
    async connection(token) {
      await new Promise<void>((resolve) => answers.push(resolve));
      return jsonTokens.connection(token);
    },
  };
  const under = await startGateway(t, config, { application, tokens });
  const answer = async (): Promise<void> => {
    await until('something is asked', () => answers.length > 0);
    answers.shift()?.();
  };
  const call = (name: 'subscribe' | 'unsubscribe', channel: string) =>
    under.gateway.serverApi.call(name, { user: 'ann', channel });
  const settled = async (client: RawClient): Promise<void> => {
    client.send({ id: 99, unsubscribe: { channel: 'other' } });
    await Promise.race([client.reply(99), client.closed]);
  };
  return { ...under, answer, call, settled };
}

for (const [channel, request] of [
  ['stream', {}],
  ['map:1', { type: 1, phase: 2 }],
] as const) {
  test(`a client that is taken out of ${channel} at any moment of its subscribe does not believe that it is in`, async (t) => {
    const { url, answer, call, settled, gateway } = await startHeld(t);
    for (let turn = 0; turn < mostTurns; turn += 1) {
      const client = await openRaw(t, url);
      client.send({ id: 1, connect: { token: tokenOf({ user: 'ann' }) } });
      await answer();
      await client.reply(1);
      client.send({ id: 2, subscribe: { channel, ...request } });
      await answer();
      await turns(turn);
      await call('unsubscribe', channel);
      await settled(client);
      assert.equal(believesIn(client, channel), false, `after ${turn} turns: ${JSON.stringify(client.replies)}`);
      assert.equal(gateway.stats().subscriptions, 0);
      const [error] = client.replies.flatMap((reply) => reply['error'] ?? []);
      // Whoever is not told by the push asks again.
      if (error !== undefined) assert.equal((error as { code: number }).code, 100);
      client.socket.terminate();
      await until('it is gone', () => gateway.stats().sockets === 0);
    }
  });
}

test('a client that is taken out at any moment of its connect believes what is so', async (t) => {
  const { url, answer, call, settled, gateway } = await startHeld(t);
  for (let turn = 0; turn < mostTurns; turn += 1) {
    const client = await openRaw(t, url);
    client.send({ id: 1, connect: { token: tokenOf({ user: 'ann', channels: ['stream'] }) } });
    await answer();
    await turns(turn);
    await call('unsubscribe', 'stream');
    await settled(client);
    const isIn = gateway.stats().subscriptions === 1;
    assert.equal(believesIn(client, 'stream'), isIn, `after ${turn} turns: ${JSON.stringify(client.replies)}`);
    client.socket.terminate();
    await until('it is gone', () => gateway.stats().sockets === 0);
  }
});

for (const when of ['connected', 'connecting'] as const) {
  test(`a client that is ${when} and is taken out at any moment of a subscribe of the server does not believe that it is in`, async (t) => {
    const { url, answer, call, settled, gateway } = await startHeld(t);
    for (let turn = 0; turn < mostTurns; turn += 1) {
      const client = await openRaw(t, url);
      client.send({ id: 1, connect: { token: tokenOf({ user: 'ann' }) } });
      await answer();
      if (when === 'connected') await client.reply(1);
      else await turns(turn);
      const subscribing = call('subscribe', 'stream');
      if (when === 'connected') await turns(turn);
      await Promise.all([subscribing, call('unsubscribe', 'stream')]);
      await settled(client);
      assert.equal(believesIn(client, 'stream'), false, `after ${turn} turns: ${JSON.stringify(client.replies)}`);
      assert.equal(gateway.stats().subscriptions, 0);
      client.socket.terminate();
      await until('it is gone', () => gateway.stats().sockets === 0);
    }
  });
}
