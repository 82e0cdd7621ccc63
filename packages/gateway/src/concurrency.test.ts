import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parseRawJson, type Payload } from '@parley/protocol';
import fc from 'fast-check';
import type { Application, BackendAnswer } from './backend/backend.ts';
import type { GatewayOptions } from './gateway.ts';
import { createFakeClock } from './testing/fake-clock.ts';
import { startBackend } from './testing/fake-backend.ts';
import { startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { until } from './testing/once.ts';
import { openRaw, type RawClient } from './testing/raw-client.ts';

const channel = {
  proxy: { subscribe: { endpoint: 'in-process:' }, publish: { endpoint: 'in-process:' } },
  without_namespace: {
    subscribe_proxy_enabled: true,
    publish_proxy_enabled: true,
    presence: true,
    allow_presence_for_client: true,
    allow_history_for_client: true,
    history_size: 100,
    history_ttl: '60s',
  },
} as const;

async function start(t: TestContext, concurrency: number, options: Partial<GatewayOptions>) {
  const config = { client: { concurrency, ping_interval: '0s', pong_timeout: '0s' }, channel };
  const under = await startGateway(t, config, options);
  const client = await openRaw(t, under.url);
  return { ...under, client };
}

const hello = { id: 1, connect: { token: tokenOf({ user: '42' }) } };

/** An application that answers when the test says so. */
function held() {
  const waiting: { channel: string; answer: (answer: BackendAnswer<object>) => void }[] = [];
  const wait = (_proxy: string, call: { channel: string }): Promise<BackendAnswer<object>> =>
    new Promise((resolve) => waiting.push({ channel: call.channel, answer: resolve }));
  const application: Application = { subscribe: wait, publish: wait };
  const channels = (): string[] => waiting.map((one) => one.channel);
  return { waiting, channels, application };
}

const ids = ({ replies }: RawClient): unknown[] => replies.map(({ id }) => id);

test('with concurrency, commands run side by side, at most so many, and answers come as they are ready', async (t) => {
  const { waiting, channels, application } = held();
  const { client } = await start(t, 3, { application });
  client.send(hello, ...['a', 'b', 'c', 'd'].map((name, index) => ({ id: index + 2, subscribe: { channel: name } })));
  await until('three are asked', () => waiting.length === 3);
  assert.deepEqual(channels(), ['a', 'b', 'c']);
  waiting[1]?.answer({ ok: true });
  await until('the fourth is asked', () => waiting.length === 4);
  for (const index of [3, 2, 0]) {
    waiting[index]?.answer({ ok: true });
    await client.reply(index + 2);
  }
  assert.deepEqual(ids(client), [1, 3, 5, 4, 2]);
});

test('without concurrency, one command runs after another', async (t) => {
  const { waiting, channels, application } = held();
  const { client } = await start(t, 0, { application });
  client.send(hello, { id: 2, subscribe: { channel: 'a' } }, { id: 3, subscribe: { channel: 'b' } });
  await until('the first is asked', () => waiting.length === 1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(channels(), ['a']);
  waiting[0]?.answer({ ok: true });
  await until('the second is asked', () => waiting.length === 2);
  waiting[1]?.answer({ ok: true });
  await client.reply(3);
  assert.deepEqual(ids(client), [1, 2, 3]);
});

test('an unsubscribe waits for the subscribe before it, and takes the client out', async (t) => {
  const { waiting, application } = held();
  const { client, gateway } = await start(t, 8, { application });
  client.send(hello, { id: 2, subscribe: { channel: 'a' } }, { id: 3, unsubscribe: { channel: 'a' } });
  client.send({ id: 4, presence: { channel: 'b' } });
  await client.reply(4);
  assert.deepEqual(ids(client), [1, 4]);
  waiting[0]?.answer({ ok: true });
  await client.reply(3);
  assert.deepEqual(ids(client), [1, 4, 2, 3]);
  assert.equal(gateway.stats().subscriptions, 0);
});

test('an unsubscribe that waits for five seconds ends the connection with 3004', async (t) => {
  const { waiting, application } = held();
  const clock = createFakeClock();
  const { client, gateway } = await start(t, 8, { application, clock });
  client.send(hello, { id: 2, subscribe: { channel: 'a' } }, { id: 3, unsubscribe: { channel: 'a' } });
  client.send({ id: 4, presence: { channel: 'b' } });
  await client.reply(4);
  clock.tick(4_900);
  client.send({ id: 5, presence: { channel: 'b' } });
  await client.reply(5);
  clock.tick(100);
  assert.deepEqual(await client.closed, [3004, 'internal server error']);
  waiting[0]?.answer({ ok: true });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(gateway.stats().subscriptions, 0);
});

test('channel_limit counts subscribes that are being decided', async (t) => {
  const { waiting, application } = held();
  const config = { client: { concurrency: 8, channel_limit: 2 }, channel };
  const { url } = await startGateway(t, config, { application });
  const client = await openRaw(t, url);
  client.send(hello, ...['a', 'b', 'c'].map((name, index) => ({ id: index + 2, subscribe: { channel: name } })));
  assert.deepEqual((await client.reply(4))['error'], { code: 106, message: 'limit exceeded' });
  for (const { answer } of waiting) answer({ ok: true });
  assert.deepEqual((await client.reply(3))['subscribe'], {});
});

test('a hundred subscribes to a backend of 50 ms are answered in 13 rounds of eight', async (t) => {
  const backend = await startBackend(t);
  let running = 0;
  let most = 0;
  backend.answers['/subscribe'] = (response) => {
    running += 1;
    most = Math.max(most, running);
    void delay(50).then(() => {
      running -= 1;
      response.end('{}');
    });
  };
  const { url } = await startGateway(t, {
    client: { concurrency: 8 },
    channel: {
      proxy: { subscribe: { endpoint: `${backend.url}/subscribe`, timeout: '5s' } },
      without_namespace: { subscribe_proxy_enabled: true },
    },
  });
  const client = await openRaw(t, url);
  client.send(hello);
  await client.reply(1);
  const startedAt = performance.now();
  const commands = Array.from({ length: 100 }, (_, index) => ({ id: index + 2, subscribe: { channel: `c${index}` } }));
  client.send(...commands);
  await until('all are answered', () => client.replies.length === 101);
  const tookMs = performance.now() - startedAt;
  t.diagnostic(`100 subscribes took ${Math.round(tookMs)} ms`);
  assert.equal(most, 8);
  // One after another they would take 5 s.
  assert.ok(tookMs < 2_500, `${tookMs} ms`);
});

interface Step {
  readonly name: 'subscribe' | 'unsubscribe' | 'publish' | 'presence_stats' | 'history';
  readonly channel: string;
  /** Turns of the event loop until the backend answers, and whether it allows. */
  readonly turns: number;
  readonly isAllowed: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  name: fc.constantFrom('subscribe', 'unsubscribe', 'publish', 'presence_stats', 'history'),
  channel: fc.constantFrom('a', 'b', 'c'),
  turns: fc.nat(5),
  isAllowed: fc.boolean(),
});

/** Decides by the data of the command, after as many turns as it says. */
async function obey(data: Payload | undefined): Promise<BackendAnswer<object>> {
  const { turns, isAllowed } = parseRawJson(data as never) as unknown as Step;
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return isAllowed ? { ok: true } : { ok: false, error: { code: 1000, message: 'no' } };
}

const obedient: Application = {
  subscribe: (_proxy, { data }) => obey(data),
  publish: (_proxy, { data }) => obey(data),
};

/** What a client gets for its steps, and what stands at the end. */
async function play(t: TestContext, steps: readonly Step[], concurrency: number): Promise<object> {
  const { client, gateway } = await start(t, concurrency, { application: obedient });
  const commands = steps.map(({ name, channel: at, ...data }, index) => ({
    id: index + 2,
    [name]: { channel: at, ...(name === 'subscribe' || name === 'publish' ? { data: { ...data, index } } : {}) },
  }));
  client.send(hello, ...commands);
  await until('all are answered', () => ids(client).filter((id) => id !== undefined).length === steps.length + 1);
  const withoutEpoch = (_name: string, value: unknown): unknown => (_name === 'epoch' ? undefined : value);
  const replies = await Promise.all(steps.map((_, index) => client.reply(index + 2)));
  const ends = await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      const { result } = await gateway.serverApi.call('history', { channel: name, limit: -1 });
      const present = await gateway.serverApi.call('presence_stats', { channel: name });
      return [name, result?.publications.map(({ data }) => data), present.result];
    }),
  );
  client.socket.terminate();
  await gateway.shutdown();
  return JSON.parse(JSON.stringify({ replies, ends }, withoutEpoch)) as object;
}

test('whatever is side by side, each channel ends as if one command had run after another', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      fc.integer({ min: 2, max: 8 }),
      async (steps, at) => {
        assert.deepEqual(await play(t, steps, at), await play(t, steps, 1));
      },
    ),
    { numRuns: 60 },
  );
});
