import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { applyDelta } from 'fossil-delta';
import type { GatewayConfigInput } from './config.ts';
import { startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { until } from './testing/once.ts';
import { openRaw } from './testing/raw-client.ts';

type Options = NonNullable<NonNullable<GatewayConfigInput['channel']>['without_namespace']>;

const recoverable: Options = {
  allow_subscribe_for_client: true,
  history_size: 10,
  history_ttl: '60s',
  force_recovery: true,
};

/** A connected client in a gateway whose channels have these options. */
async function start(t: TestContext, options: Options) {
  const under = await startGateway(t, { channel: { without_namespace: { ...recoverable, ...options } } });
  const client = await openRaw(t, under.url);
  client.send({ id: 1, connect: { token: tokenOf({ user: 'ann' }) } });
  await client.reply(1);
  const publish = async (data: unknown, more: object = {}): Promise<void> => {
    const reply = await under.gateway.serverApi.call('publish', { channel: 'c', data: data as string, ...more });
    assert.equal(reply.error, undefined);
  };
  let id = 1;
  const ask = async (name: string, request: object): Promise<Record<string, unknown>> => {
    id += 1;
    client.send({ id, [name]: { channel: 'c', ...request } });
    const reply = await client.reply(id);
    return (reply[name] ?? reply['error']) as Record<string, unknown>;
  };
  const pushes = () =>
    client.replies.flatMap(({ push }) => (push === undefined ? [] : [(push as { pub: Record<string, unknown> }).pub]));
  return { client, publish, ask, pushes };
}

const words = (n: number): object => ({ n, text: 'what does not change '.repeat(10) });

test('delta compression: the first publication is whole, later ones are patches, also after recovery', async (t) => {
  const { client, publish, ask, pushes } = await start(t, { allowed_delta_types: ['fossil'], delta_publish: true });
  const first = await ask('subscribe', { delta: 'fossil' });
  assert.equal(first['delta'], true);
  for (const n of [1, 2, 3]) await publish(words(n));
  await until('three came', () => pushes().length === 3);
  assert.deepEqual(
    pushes().map(({ delta }) => delta),
    [undefined, true, true],
  );
  await ask('unsubscribe', {});
  for (const n of [4, 5]) await publish(words(n));
  const back = await ask('subscribe', { delta: 'fossil', recover: true, offset: 3, epoch: first['epoch'] });
  const recovered = back['publications'] as Record<string, unknown>[];
  assert.deepEqual(
    recovered.map(({ delta }) => delta),
    [undefined, true],
  );
  await publish(words(6));
  await until('the last came', () => pushes().length === 4);
  let held = Buffer.alloc(0);
  const seen = [...pushes().slice(0, 3), ...recovered, ...pushes().slice(3)].map(({ data, delta }) => {
    const text = Buffer.from(data as string);
    held = delta === true ? Buffer.from(applyDelta(held, text)) : text;
    return (JSON.parse(held.toString()) as { n: number }).n;
  });
  assert.deepEqual(seen, [1, 2, 3, 4, 5, 6]);
  assert.equal(pushes()[3]?.['delta'], true);
  assert.equal(client.socket.readyState, client.socket.OPEN);
});

test('delta compression: after a publication outside of the stream the next one is whole', async (t) => {
  const { publish, ask, pushes } = await start(t, { allowed_delta_types: ['fossil'], delta_publish: true });
  await ask('subscribe', { delta: 'fossil' });
  await publish(words(1));
  await publish(words(2), { skip_history: true });
  await publish(words(3));
  await publish(words(4));
  await until('four came', () => pushes().length === 4);
  assert.deepEqual(
    pushes().map(({ delta }) => delta),
    [undefined, undefined, undefined, true],
  );
});

test('delta compression: not for channels that do not allow it, nor for publications that do not ask for it', async (t) => {
  const { publish, ask, pushes } = await start(t, {});
  assert.equal((await ask('subscribe', { delta: 'fossil' }))['delta'], undefined);
  for (const n of [1, 2]) await publish(words(n), { delta: true });
  await until('two came', () => pushes().length === 2);
  assert.deepEqual(
    pushes().map(({ data }) => data),
    [words(1), words(2)],
  );
});

test('a tags filter lets through what matches, live and recovered, and moves the position past the rest', async (t) => {
  const { publish, ask, pushes } = await start(t, { allow_tags_filter: true, allowed_delta_types: ['fossil'] });
  const tf = { key: 'k', cmp: 'eq', val: 'a' };
  const first = await ask('subscribe', { tf, delta: 'fossil' });
  assert.equal(first['delta'], undefined);
  for (const k of ['a', 'b', 'a']) await publish(k, { tags: { k } });
  await publish('none');
  await until('two came', () => pushes().length === 2);
  assert.deepEqual(
    pushes().map(({ offset }) => offset),
    [1, 3],
  );
  await ask('unsubscribe', {});
  const back = await ask('subscribe', { tf, recover: true, offset: 1, epoch: first['epoch'] });
  assert.deepEqual(
    (back['publications'] as { offset: number }[]).map(({ offset }) => offset),
    [3],
  );
  await publish('a', { tags: { k: 'a' } });
  await until('one more came', () => pushes().length === 3);
  assert.equal(pushes()[2]?.['offset'], 5);
});

test('a tags filter is refused where it is not allowed, and if it means nothing', async (t) => {
  const forbidden = await start(t, {});
  assert.equal((await forbidden.ask('subscribe', { tf: { key: 'k', cmp: 'ex' } }))['code'], 107);
  const allowed = await start(t, { allow_tags_filter: true });
  assert.equal((await allowed.ask('subscribe', { tf: { key: 'k', cmp: 'nonsense' } }))['code'], 107);
  assert.equal((await allowed.ask('subscribe', { tf: { key: 'k', cmp: 'ex' } }))['recoverable'], true);
});

test('cache recovery gives the latest publication only, unless the client has it', async (t) => {
  const { publish, ask } = await start(t, { force_recovery_mode: 'cache' });
  for (const n of [1, 2, 3]) await publish(n);
  const plain = await ask('subscribe', {});
  assert.deepEqual([plain['publications'], plain['was_recovering']], [undefined, undefined]);
  for (const [offset, publications] of [
    [1, [{ data: 3, offset: 3 }]],
    [0, [{ data: 3, offset: 3 }]],
    [3, undefined],
  ] as const) {
    await ask('unsubscribe', {});
    const back = await ask('subscribe', { recover: true, offset, epoch: plain['epoch'] });
    assert.deepEqual([back['recovered'], back['was_recovering'], back['offset']], [true, true, 3], `${offset}`);
    assert.deepEqual(back['publications'], publications, `${offset}`);
  }
});

test('cache recovery: auto_cache_recover gives it to those who do not ask; an empty stream recovers nothing', async (t) => {
  const { publish, ask } = await start(t, { force_recovery_mode: 'cache', auto_cache_recover: true });
  const empty = await ask('subscribe', {});
  assert.deepEqual([empty['recovered'], empty['was_recovering']], [undefined, true]);
  await ask('unsubscribe', {});
  await publish('x');
  const full = await ask('subscribe', {});
  assert.deepEqual(full['publications'], [{ data: 'x', offset: 1, epoch: full['epoch'] }]);
  assert.deepEqual([full['recovered'], full['was_recovering']], [true, true]);
});
