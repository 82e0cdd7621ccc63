import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type GatewayConfigInput, readGatewayConfig } from '../config.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { startGateway, tokenOf } from '../testing/gateway-under-test.ts';
import { openRaw } from '../testing/raw-client.ts';
import { take } from './buckets.ts';
import { createRateLimits } from './rate-limits.ts';
import { UserTimes } from './user-times.ts';

const buckets = (...pairs: [interval: string, rate: number][]) => ({
  enabled: true,
  buckets: pairs.map(([interval, rate]) => ({ interval, rate })),
});

test('take() gives as many as there are, and each again after its share of the interval', () => {
  const times: number[] = [];
  const bucket = [{ slot: 0, rate: 4, intervalMs: 1_000 }];
  const at = (now: number) => take(times, bucket, now);
  assert.deepEqual([at(0), at(0), at(0), at(0), at(0)], [true, true, true, true, false]);
  assert.deepEqual([at(249), at(250), at(250), at(500)], [false, true, false, true]);
  assert.deepEqual([at(5_000), at(5_000), at(5_000), at(5_000), at(5_000)], [true, true, true, true, false]);
});

test('take() is a token bucket: it agrees with one that counts tokens, at any times', () => {
  const run = (rate: number, intervalMs: number, pauses: readonly number[]) => {
    const times: number[] = [];
    let tokens = rate;
    let now = 1_700_000_000_000;
    for (const pause of pauses) {
      now += pause;
      tokens = Math.min(rate, tokens + (pause * rate) / intervalMs);
      // Exactly one token after a sum of fractions: either answer is right.
      if (Math.abs(tokens - 1) < 1e-3) return;
      const expected = tokens > 1;
      if (expected) tokens -= 1;
      assert.equal(take(times, [{ slot: 0, rate, intervalMs }], now), expected, `${tokens} tokens`);
    }
  };
  fc.assert(fc.property(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 7, max: 997 }), fc.array(fc.nat(200)), run), {
    numRuns: 1_000,
  });
});

test('take() gives exactly the rate at once, whatever it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 3_600 }), (rate, seconds) => {
      const times: number[] = [];
      const bucket = [{ slot: 0, rate, intervalMs: seconds * 1_000 }];
      for (let count = 0; count < rate; count += 1) assert.equal(take(times, bucket, 1_700_000_000_000), true);
      assert.equal(take(times, bucket, 1_700_000_000_000), false);
    }),
  );
});

test('take() takes from all buckets or from none, and recovers when the time is set back', () => {
  const times: number[] = [];
  const wide = { slot: 0, rate: 10, intervalMs: 1_000 };
  const narrow = { slot: 1, rate: 1, intervalMs: 10_000 };
  assert.equal(take(times, [wide, narrow], 1_000_000), true);
  for (let count = 0; count < 20; count += 1) assert.equal(take(times, [wide, narrow], 1_000_000), false);
  for (let count = 0; count < 9; count += 1) assert.equal(take(times, [wide], 1_000_000), true);
  assert.equal(take(times, [wide], 1_000_000), false);
  assert.equal(take(times, [narrow], 500_000), false);
  assert.equal(take(times, [narrow], 510_000), true);
});

test('UserTimes forgets users whose buckets are full again, and never holds more than it may', () => {
  const users = new UserTimes(1, 10);
  for (let user = 0; user < 100; user += 1) users.of(`busy ${user}`, 0)[0] = 1_000;
  assert.equal(users.size, 10);
  for (let user = 0; user < 100; user += 1) users.of(`idle ${user}`, 2_000);
  assert.ok(users.size <= 2, `${users.size}`);
  const times = users.of('someone', 2_000);
  assert.equal(users.of('someone', 2_000), times);
});

test('createRateLimits() is nothing when all is off, and allocates nothing for who does nothing', () => {
  const read = (input: GatewayConfigInput) => {
    const result = readGatewayConfig(input);
    if (!result.ok) throw new Error(result.problems.join('; '));
    return createRateLimits(result.config, createFakeClock(), 10);
  };
  const limits = { default: buckets(['1s', 1]) };
  assert.equal(read({}), undefined);
  assert.equal(read({ client: { rate_limit: { client_command: limits } } }), undefined);
  assert.notEqual(read({ client: { rate_limit: { client_command: { ...limits, enabled: true } } } }), undefined);
});

test('readGatewayConfig() refuses buckets that cannot work, each by name', () => {
  const total = buckets(['1ms', 1], ['2h', 1], ['1s', 0]);
  const rpc = { method_overrides: [{ ...buckets(['1s', 1]) }] };
  const result = readGatewayConfig({
    client: { rate_limit: { client_error: { total }, user_command: { publish: { enabled: true }, rpc } } },
  });
  assert.deepEqual(!result.ok && result.problems, [
    'client.rate_limit.user_command.publish.buckets is missing',
    'client.rate_limit.user_command.rpc.method_overrides[0].method is missing',
    'client.rate_limit.client_error.total.buckets[0].interval must be from 1s to 1h',
    'client.rate_limit.client_error.total.buckets[1].interval must be from 1s to 1h',
    'client.rate_limit.client_error.total.buckets[2].rate must be above 0',
  ]);
});

async function connect(t: Parameters<typeof startGateway>[0], rateLimit: object) {
  const clock = createFakeClock();
  const config = {
    client: { ping_interval: '0s', pong_timeout: '0s', rate_limit: rateLimit },
    channel: { without_namespace: { allow_subscribe_for_client: true, allow_publish_for_client: true } },
  };
  const under = await startGateway(t, config, { clock });
  const open = async (user = 'ann') => {
    const raw = await openRaw(t, under.url);
    let id = 1;
    const send = async (command: object): Promise<number | 'ok'> => {
      id += 1;
      raw.send({ id, ...command });
      return ((await raw.reply(id)) as { error?: { code: number } }).error?.code ?? 'ok';
    };
    raw.send({ id: 1, connect: { token: tokenOf({ user }) } });
    const { error } = (await raw.reply(1)) as { error?: { code: number } };
    return { raw, send, connected: error?.code ?? 'ok' };
  };
  return { ...under, clock, open };
}

const publish = { publish: { channel: 'x', data: 1 } };
const history = { history: { channel: 'x' } };

test('a connection that does too much of one thing gets 111 for that until time has passed', async (t) => {
  const { clock, open, gateway } = await connect(t, {
    client_command: {
      enabled: true,
      publish: buckets(['1s', 2]),
      rpc: { method_overrides: [{ method: 'x', ...buckets(['1s', 1]) }] },
    },
  });
  const { send } = await open();
  assert.deepEqual([await send(publish), await send(publish), await send(publish)], ['ok', 'ok', 111]);
  assert.equal(await send(history), 108);
  const rpc = (method: string) => send({ rpc: { method } });
  assert.deepEqual([await rpc('x'), await rpc('x'), await rpc('y'), await rpc('y')], [108, 111, 108, 108]);
  assert.equal(await (await open()).send(publish), 'ok');
  clock.tick(500);
  assert.deepEqual([await send(publish), await send(publish)], ['ok', 111]);
  assert.equal(gateway.stats().rateLimited, 3);
});

test('the default counts each command for itself, the total all of them, and leaving is counted but never refused', async (t) => {
  const { open } = await connect(t, {
    client_command: { enabled: true, default: buckets(['1m', 2]), total: buckets(['1m', 5]) },
  });
  const { send } = await open();
  assert.deepEqual([await send(publish), await send(publish), await send(publish)], ['ok', 'ok', 111]);
  assert.equal(await send(history), 108);
  const leave = { unsubscribe: { channel: 'x' } };
  assert.deepEqual([await send(leave), await send(leave), await send(leave)], ['ok', 'ok', 'ok']);
  assert.equal(await send(history), 111);
});

test('the connections of a user share the limits of the user, and connecting counts', async (t) => {
  const { clock, open } = await connect(t, {
    user_command: { enabled: true, publish: buckets(['1s', 2]), connect: buckets(['10s', 3]) },
  });
  const [first, second] = [await open(), await open()];
  assert.deepEqual(
    [await first.send(publish), await second.send(publish), await first.send(publish)],
    ['ok', 'ok', 111],
  );
  const other = await open('bob');
  assert.equal(await other.send(publish), 'ok');
  assert.equal((await open()).connected, 'ok');
  assert.equal((await open()).connected, 111);
  clock.tick(4_000);
  assert.equal((await open()).connected, 'ok');
});

test('a connection that causes too many errors ends with 3013, and other connections do not', async (t) => {
  const { open } = await connect(t, { client_error: { enabled: true, total: buckets(['5s', 3]) } });
  const [bad, good] = [await open(), await open()];
  for (let count = 0; count < 3; count += 1) assert.equal(await bad.send(history), 108);
  bad.raw.send({ id: 9, ...history });
  assert.deepEqual(await bad.raw.closed, [3013, 'too many requests']);
  assert.deepEqual(bad.raw.replies.at(-1), { id: 9, error: { code: 108, message: 'not available' } });
  assert.equal(await good.send(publish), 'ok');
});

test('limits change with the configuration, also for connections that are there', async (t) => {
  const { open, gateway } = await connect(t, {});
  const { send } = await open();
  assert.deepEqual([await send(publish), await send(publish)], ['ok', 'ok']);
  const limited = { client_command: { enabled: true, publish: buckets(['1s', 1]) } };
  const read = readGatewayConfig({
    client: { rate_limit: limited },
    channel: { without_namespace: { allow_publish_for_client: true } },
  });
  assert.ok(read.ok);
  gateway.reconfigure(read.config);
  assert.deepEqual([await send(publish), await send(publish)], ['ok', 111]);
});
