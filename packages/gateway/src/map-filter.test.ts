import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { GatewayConfigInput } from './config.ts';
import { startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { until } from './testing/once.ts';
import { openRaw } from './testing/raw-client.ts';

type Fields = Record<string, unknown>;

const map = { subscription_type: 'map', allow_subscribe_for_client: true, allow_tags_filter: true } as const;
const config: GatewayConfigInput = {
  client: { ping_interval: '0s', pong_timeout: '0s' },
  channel: {
    namespaces: [
      { name: 'rec', ...map, map: { mode: 'recoverable', key_ttl: '60s', min_page_size: 1 } },
      { name: 'eph', ...map, map: { mode: 'ephemeral', key_ttl: '60s', min_page_size: 1 } },
    ],
  },
};

/** A client that wants what is open, and a backend that sets keys. */
async function start(t: TestContext, channel: string) {
  const { gateway, url } = await startGateway(t, config);
  const client = await openRaw(t, url);
  let id = 1;
  client.send({ id, connect: { token: tokenOf({ user: 'ann' }) } });
  const subscribe = async (request: object): Promise<Fields> => {
    id += 1;
    client.send({
      id,
      subscribe: { channel, type: 1, phase: 2, tf: { key: 'is', cmp: 'eq', val: 'open' }, ...request },
    });
    return (await client.reply(id))['subscribe'] as Fields;
  };
  const set = (key: string, is?: string) =>
    gateway.serverApi.call('map_publish', { channel, key, data: 1, ...(is === undefined ? {} : { tags: { is } }) });
  const told = (publications: unknown): unknown[] =>
    ((publications ?? []) as Fields[]).map(({ key, removed }) => (removed === true ? `-${String(key)}` : key));
  const pushed = (): unknown[] =>
    told(client.replies.flatMap(({ push }) => (push as { pub?: Fields } | undefined)?.pub ?? []));
  const leave = async (): Promise<void> => {
    id += 1;
    client.send({ id, unsubscribe: { channel } });
    await client.reply(id);
  };
  return { subscribe, set, told, pushed, leave };
}

for (const channel of ['rec:1', 'eph:1']) {
  test(`in ${channel}, a key whose tags leave the filter is removed for those who had it, and comes back with them`, async (t) => {
    const { subscribe, set, told, pushed } = await start(t, channel);
    await set('a', 'open');
    await set('b', 'closed');
    assert.deepEqual(told((await subscribe({}))['state']), ['a']);
    for (const [key, is] of [
      ['a', 'closed'],
      ['a', 'hidden'],
      ['b', undefined],
      ['new', 'closed'],
      ['a', 'open'],
      ['a', undefined],
      ['end', 'open'],
    ] as const) {
      await set(key, is);
    }
    await until('the last one came', () => pushed().includes('end'));
    assert.deepEqual(pushed(), ['-a', 'a', '-a', 'end']);
  });
}

test('a key whose tags left the filter is removed in pages of the stream and on recovery, too', async (t) => {
  const { subscribe, set, told, leave } = await start(t, 'rec:1');
  await set('a', 'open');
  const { epoch, offset } = await subscribe({});
  await leave();
  await set('a', 'closed');
  await set('a', 'hidden');
  await set('b', 'open');
  const back = { recover: true, epoch, phase: 1 };
  const page = await subscribe({ ...back, offset, limit: 1 });
  assert.deepEqual([page['phase'], told(page['publications'])], [1, ['-a']]);
  await leave();
  const live = await subscribe({ ...back, offset, limit: 10 });
  assert.deepEqual([live['phase'], told(live['publications'])], [undefined, ['-a', 'b']]);
});
