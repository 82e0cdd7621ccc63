import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { rawJson } from '@parley/protocol';
import type { SharedPollSubscription, SharedPollUpdateContext } from 'centrifuge';
import type { Application, SharedPollItem } from './backend/backend.ts';
import { signatureMac } from './shared-poll/signature.ts';
import { createFakeClock } from './testing/fake-clock.ts';
import { type GatewayUnderTest, startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { once, until } from './testing/once.ts';
import { openRaw } from './testing/raw-client.ts';

const secret = 'a secret for signatures';

/** An application with keys, values and versions. */
function application() {
  const items = new Map<string, SharedPollItem>();
  const asked: string[] = [];
  const backend: Application = {
    sharedPollRefresh(_proxyName, question) {
      asked.push(question.items.map(({ key, version }) => `${key}@${version}`).join(','));
      const known = question.items.flatMap(({ key }) => items.get(key) ?? []);
      return Promise.resolve({ ok: true, result: { items: known, epoch: '' } });
    },
  };
  const set = (key: string, version: number, value: unknown = version) =>
    items.set(key, { key, version, data: rawJson({ value } as never) });
  return { items, asked, backend, set };
}

async function start(t: TestContext, poll: object = {}, clock = {}) {
  const app = application();
  const under = await startGateway(
    t,
    {
      shared_poll: { hmac_secret_key: secret },
      client: { allow_anonymous_connect_without_token: true, ping_interval: '0s', pong_timeout: '0s' },
      channel: {
        proxy: { shared_poll_refresh: { endpoint: 'in-process:' } },
        namespaces: [
          {
            name: 'poll',
            subscription_type: 'shared_poll',
            allow_subscribe_for_client: true,
            allow_subscribe_for_anonymous: true,
            allowed_delta_types: ['fossil'],
            shared_poll: { mode: 'versioned', refresh_interval: '50ms', publish_enabled: true, ...poll },
          },
        ],
      },
    },
    { application: app.backend, ...clock },
  );
  return { ...under, ...app };
}

function sign(keys: string[], { user = '', channel = 'poll:x', life = 3600, now = Date.now() } = {}): string {
  const [iat, exp] = [String(Math.floor(now / 1000)), String(Math.floor(now / 1000) + life)];
  return `${iat}:${exp}:${signatureMac(secret, { iat, exp }, { user, channel, keys })}`;
}

interface Viewer {
  poll: SharedPollSubscription;
  updates: SharedPollUpdateContext[];
}

async function view(under: GatewayUnderTest, keys: string[], options: object = {}): Promise<Viewer> {
  const client = under.client();
  const poll = client.newSharedPollSubscription('poll:x', options);
  const updates: SharedPollUpdateContext[] = [];
  poll.on('update', (update) => updates.push(update));
  if (keys.length > 0) poll.track(keys, sign(keys));
  poll.subscribe();
  client.connect();
  await once('subscribed', (done) => poll.on('subscribed', done));
  return { poll, updates };
}

const seen = ({ updates }: Viewer) => updates.map(({ key, data, removed }) => (removed ? `-${key}` : [key, data]));

test('a viewer gets what it tracks, each change once, the removal, and nothing after untrack', async (t) => {
  const under = await start(t);
  under.set('a', 1);
  under.set('b', 1);
  const viewer = await view(under, ['a', 'b', 'c']);
  await until('both keys', () => viewer.updates.length === 2);
  under.set('a', 2);
  under.set('c', 1);
  await until('changes', () => viewer.updates.length === 4);
  viewer.poll.untrack(['b']);
  under.set('b', 2);
  under.items.set('a', { key: 'a', version: 0, removed: true });
  await until('the removal', () => viewer.updates.length === 5);
  under.asked.length = 0;
  await until('later cycles', () => under.asked.length > 2);
  assert.deepEqual(seen(viewer), [
    ['a', { value: 1 }],
    ['b', { value: 1 }],
    ['a', { value: 2 }],
    ['c', { value: 1 }],
    '-a',
  ]);
  assert.deepEqual(new Set(under.asked), new Set(['c@1']));
});

test('a second viewer gets an unchanged key at once, and the first is not told again', async (t) => {
  const under = await start(t, { refresh_interval: '1h' });
  under.set('a', 1);
  const first = await view(under, ['a']);
  await until('the first has it', () => first.updates.length === 1);
  const second = await view(under, ['a']);
  await until('the second has it', () => second.updates.length === 1);
  assert.deepEqual([seen(first), seen(second)], [[['a', { value: 1 }]], [['a', { value: 1 }]]]);
  assert.deepEqual(under.asked, ['a@0', 'a@0']);
});

test('a versionless poll has an epoch of eight letters from the beginning and counts versions', async (t) => {
  const under = await start(t, { mode: 'versionless', publish_enabled: false });
  under.items.set('a', { key: 'a', version: 0, data: rawJson({ n: 1 }) });
  const raw = await openRaw(t, under.url);
  raw.send({ id: 1, connect: {} }, { id: 2, subscribe: { channel: 'poll:x', type: 4 } });
  const { subscribe } = (await raw.reply(2)) as { subscribe: { epoch: string; type: number } };
  assert.match(subscribe.epoch, /^[A-Za-z]{8}$/);
  assert.deepEqual(subscribe, { type: 4, epoch: subscribe.epoch });
  raw.send({
    id: 3,
    sub_refresh: { channel: 'poll:x', type: 1, track: [{ signature: sign(['a']), items: [{ key: 'a' }] }] },
  });
  await until('the push', () => raw.replies.length === 4);
  assert.deepEqual(raw.replies.slice(2), [
    { id: 3, sub_refresh: { expires: true, ttl: 3600 } },
    { push: { channel: 'poll:x', pub: { key: 'a', data: { n: 1 }, version: 1 } } },
  ]);
  raw.send({ id: 4, unsubscribe: { channel: 'poll:x' } }, { id: 5, subscribe: { channel: 'poll:x', type: 4 } });
  assert.deepEqual(await raw.reply(5), { id: 5, subscribe });
});

test('tracking is refused with the code for its reason', async (t) => {
  const under = await start(t, { max_keys_per_connection: 2 });
  const raw = await openRaw(t, under.url);
  const trackOf = (keys: string[], signature: string) => [{ signature, items: keys.map((key) => ({ key })) }];
  const cases: [object, number][] = [
    [{ type: 1, track: [] }, 107],
    [{ type: 1, track: [{ signature: sign([]), items: [] }] }, 107],
    [{ type: 1, track: trackOf(['a', 'b', 'c'], 'not even signed') }, 106],
    [{ type: 1, track: trackOf(['a'], sign(['b'])) }, 103],
    // Signed for two keys, presented for one: keys are joined by NUL before they are signed.
    [{ type: 1, track: trackOf(['a\0b'], sign(['a', 'b'])) }, 107],
    [{ type: 1, track: trackOf(['a'], sign(['a'], { user: 'eve' })) }, 103],
    [{ type: 1, track: trackOf(['a'], sign(['a'], { life: -60 })) }, 109],
    [{ type: 1, track: [...trackOf(['a'], sign(['a'], { life: -60 })), ...trackOf(['b'], 'forged')] }, 103],
    [{ type: 2, untrack: [] }, 107],
    [{ type: 3 }, 107],
  ];
  raw.send({ id: 1, connect: {} }, { id: 2, sub_refresh: { channel: 'poll:x', type: 1 } });
  assert.equal(((await raw.reply(2)) as { error: { code: number } }).error.code, 103);
  raw.send({ id: 3, subscribe: { channel: 'poll:x', type: 4 } });
  await raw.reply(3);
  for (const [index, [request, code]] of cases.entries()) {
    raw.send({ id: 10 + index, sub_refresh: { channel: 'poll:x', ...request } });
    const { error } = (await raw.reply(10 + index)) as { error?: { code: number } };
    assert.equal(error?.code, code, JSON.stringify(request));
  }
  assert.equal(under.asked.length, 0);
});

test('the kind of a subscription has to be that of the channel', async (t) => {
  const under = await start(t);
  const raw = await openRaw(t, under.url);
  raw.send(
    { id: 1, connect: {} },
    { id: 2, subscribe: { channel: 'poll:x' } },
    { id: 3, subscribe: { channel: 'plain', type: 4 } },
    { id: 4, subscribe: { channel: 'nowhere:x', type: 4 } },
  );
  const codes: (number | undefined)[] = [];
  for (const id of [2, 3, 4]) codes.push(((await raw.reply(id)) as { error?: { code: number } }).error?.code);
  assert.deepEqual(codes, [107, 108, 102]);
});

test('only who asks for a shared poll is subscribed to it, and clients do not publish there', async (t) => {
  const under = await start(t);
  const granted = await openRaw(t, under.url);
  granted.send({ id: 1, connect: { token: tokenOf({ user: '42', channels: ['poll:x'] }) } });
  assert.deepEqual((await granted.reply(1))['error'], { code: 107, message: 'bad request' });
  const wishing = await openRaw(t, under.url);
  wishing.send({ id: 1, connect: { token: tokenOf({ user: '42' }), subs: { 'poll:x': {} } } });
  const { connect } = (await wishing.reply(1)) as { connect: { subs?: object } };
  assert.equal(connect.subs, undefined);
  const ordered = await under.gateway.serverApi.call('subscribe', { user: '42', channel: 'poll:x' });
  assert.equal(ordered.error?.code, 107);
  wishing.send(
    { id: 2, publish: { channel: 'poll:x', data: {} } },
    { id: 3, publish: { channel: 'poll:x', type: 1, key: 'a', data: {} } },
  );
  for (const id of [2, 3]) assert.deepEqual((await wishing.reply(id))['error'], { code: 107, message: 'bad request' });
});

test('several batches: the last word counts, signed keys that are untracked in the same request are not tracked', async (t) => {
  const under = await start(t, { refresh_interval: '1h' });
  under.set('a', 3);
  under.set('b', 3);
  const raw = await openRaw(t, under.url);
  const track = [
    { signature: sign(['a', 'b']), items: [{ key: 'a' }, { key: 'b' }] },
    { signature: sign(['a'], { life: 30 }), items: [{ key: 'a', version: 3 }] },
  ];
  raw.send(
    { id: 1, connect: {} },
    { id: 2, subscribe: { channel: 'poll:x', type: 4 } },
    { id: 3, sub_refresh: { channel: 'poll:x', type: 1, track, untrack: ['b'] } },
  );
  const { sub_refresh: result } = (await raw.reply(3)) as { sub_refresh: { ttl: number } };
  assert.ok(result.ttl === 30 || result.ttl === 29, `${result.ttl}`);
  assert.equal(under.gateway.stats().polledKeys, 1);
  assert.deepEqual(under.asked, []);
});

test('shared_poll_publish reaches who tracks the key, and another epoch makes viewers begin again', async (t) => {
  const under = await start(t, { refresh_interval: '1h' });
  const viewer = await view(under, ['a']);
  const item = { channel: 'poll:x', key: 'a', data: { value: 'pushed' }, version: 5, epoch: 'one' };
  const publish = (params: object) => under.gateway.serverApi.call('shared_poll_publish', { ...item, ...params });
  await until('it is asked for', () => under.asked.length === 1);
  assert.deepEqual(await publish({}), { result: {} });
  await until('it is asked for again', () => under.asked.length === 2);
  await publish({});
  await publish({ version: 4, data: 'old' });
  await until('the push', () => viewer.updates.length === 1);
  under.set('a', 1, 'anew');
  await publish({ version: 6, epoch: 'two' });
  await until('the new life', () => viewer.updates.length === 2);
  assert.deepEqual(seen(viewer), [
    ['a', { value: 'pushed' }],
    ['a', { value: 'anew' }],
  ]);
});

test('shared_poll_publish is refused with the code for its reason', async (t) => {
  const under = await start(t);
  const codeOf = async (params: object) => {
    const item = { channel: 'poll:x', key: 'a', data: 1, version: 1, ...params };
    return (await under.gateway.serverApi.call('shared_poll_publish', item)).error?.code;
  };
  assert.equal(await codeOf({ version: 0 }), 107);
  assert.equal(await codeOf({ key: '' }), 107);
  assert.equal(await codeOf({ channel: 'plain' }), 107);
  assert.equal(await codeOf({ channel: 'nowhere:x' }), 102);
  const closed = await start(t, { publish_enabled: false });
  const item = { channel: 'poll:x', key: 'a', data: 1, version: 1 };
  assert.equal((await closed.gateway.serverApi.call('shared_poll_publish', item)).error?.code, 108);
});

test('viewers with delta compression get patches against what they have, and removals do no harm', async (t) => {
  const under = await start(t);
  const filler = 'x'.repeat(500);
  const put = (version: number, prevData?: SharedPollItem['data']) => {
    const data = rawJson({ version, filler });
    under.items.set('a', { key: 'a', version, data, ...(prevData === undefined ? {} : { prevData }) });
    return data;
  };
  const first = put(1);
  const viewer = await view(under, ['a'], { delta: 'fossil' });
  await until('the first', () => viewer.updates.length === 1);
  const second = put(2, first);
  await until('the second', () => viewer.updates.length === 2);
  put(3, second);
  await until('the third', () => viewer.updates.length === 3);
  under.items.set('a', { key: 'a', version: 0, removed: true });
  await until('the removal', () => viewer.updates.length === 4);
  assert.deepEqual(seen(viewer), [...[1, 2, 3].map((version) => ['a', { version, filler }]), '-a']);
  const { numDeltaPayloads, numFullPayloads } = viewer.poll.deltaStats();
  assert.deepEqual([numDeltaPayloads, numFullPayloads], [2, 1]);
});

test('after a broken connection only what is newer comes', async (t) => {
  const under = await start(t);
  under.set('a', 1);
  const viewer = await view(under, ['a']);
  await until('the first', () => viewer.updates.length === 1);
  await under.gateway.serverApi.call('disconnect', { user: '', disconnect: { code: 3011, reason: 'force reconnect' } });
  await once('subscribed again', (done) => viewer.poll.on('subscribed', done));
  under.asked.length = 0;
  await until('later cycles', () => under.asked.length > 2);
  under.set('a', 2);
  await until('the second', () => viewer.updates.length === 2);
  assert.deepEqual(seen(viewer), [
    ['a', { value: 1 }],
    ['a', { value: 2 }],
  ]);
});

test('what a signature allowed ends after its time and the extra delay, and with the connection', async (t) => {
  const clock = createFakeClock();
  const poll = { refresh_interval: '1h', track_expired_extra_delay: '25s' };
  const under = await start(t, poll, { clock, random: () => 0.5 });
  const raw = await openRaw(t, under.url);
  const track = (keys: string[], life: number) => [
    { signature: sign(keys, { life, now: clock.now() }), items: keys.map((key) => ({ key })) },
  ];
  raw.send(
    { id: 1, connect: {} },
    { id: 2, subscribe: { channel: 'poll:x', type: 4 } },
    { id: 3, sub_refresh: { channel: 'poll:x', type: 1, track: [...track(['a'], 10), ...track(['b'], 3600)] } },
  );
  await raw.reply(3);
  await until('both are tracked', () => under.gateway.stats().polledKeys === 2);
  const tick = async (id: number) => {
    clock.tick(21_000);
    raw.send({ id, unsubscribe: { channel: 'nothing' } });
    await raw.reply(id);
  };
  await tick(4);
  assert.equal(under.gateway.stats().polledKeys, 2);
  await tick(5);
  await tick(6);
  assert.equal(under.gateway.stats().polledKeys, 1);
  raw.socket.close();
  await until('it is gone', () => under.gateway.stats().polledKeys === 0);
});

test('a token for a shared poll lets its user in, with its expiry in the reply', async (t) => {
  const under = await start(t);
  const raw = await openRaw(t, under.url);
  const expireAt = Math.floor(Date.now() / 1000) + 60;
  raw.send(
    { id: 1, connect: { token: tokenOf({ user: '7' }) } },
    { id: 2, subscribe: { channel: '$poll:x', type: 4, token: tokenOf({ user: '7', channel: '$poll:x', expireAt }) } },
  );
  const { subscribe } = (await raw.reply(2)) as { subscribe: { expires: boolean; type: number } };
  assert.deepEqual([subscribe.type, subscribe.expires], [4, true]);
});
