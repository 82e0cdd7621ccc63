import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test, type TestContext } from 'node:test';
import type { Application, ChannelStateEvent, EndedEvent } from './backend/backend.ts';
import type { GatewayConfigInput } from './config.ts';
import { openMemoryEngine } from './engine/memory/engine.ts';
import { startBackend } from './testing/fake-backend.ts';
import { type GatewayUnderTest, startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { until } from './testing/once.ts';
import { openRaw, type RawClient } from './testing/raw-client.ts';

const inProcess = { endpoint: 'in-process:' };

const config: GatewayConfigInput = {
  client: { proxy: { disconnect: { enabled: true, ...inProcess } } },
  hooks: { vacated_event_delay: '300ms' },
  channel: {
    proxy: { unsubscribe: inProcess, state: inProcess },
    without_namespace: {
      allow_subscribe_for_client: true,
      unsubscribe_proxy_enabled: true,
      state_proxy_enabled: true,
    },
    namespaces: [
      { name: 'quiet', allow_subscribe_for_client: true },
      {
        name: 'kept',
        allow_subscribe_for_client: true,
        history_size: 10,
        history_ttl: '60s',
        force_recovery: true,
        unsubscribe_proxy_enabled: true,
        state_proxy_enabled: true,
      },
    ],
  },
};

/** An application that writes down what it is told and fails when the test says so. */
function application() {
  const ended: EndedEvent[] = [];
  const left: EndedEvent[] = [];
  const states: ChannelStateEvent[] = [];
  const turn = { isBroken: false, attempts: 0 };
  const taking =
    <Event>(list: Event[]) =>
    (_proxy: string, { events }: { events: readonly Event[] }) => {
      turn.attempts += 1;
      if (turn.isBroken) return Promise.reject(new Error('down'));
      list.push(...events);
      return Promise.resolve({ ok: true as const });
    };
  const handlers: Application = {
    disconnect: taking(ended),
    unsubscribe: taking(left),
    channelState: taking(states),
  };
  return { ended, left, states, turn, application: handlers };
}

const shown = ({ type, channel }: ChannelStateEvent) => `${type} ${channel}`.trim();

async function join(
  t: TestContext,
  { url }: GatewayUnderTest,
  user: string,
  ...channels: string[]
): Promise<RawClient> {
  const raw = await openRaw(t, url);
  raw.send({ id: 1, connect: { token: tokenOf({ user, meta: { tenant: user } }) } });
  await raw.reply(1);
  for (const [index, channel] of channels.entries()) {
    raw.send({ id: 10 + index, subscribe: { channel } });
    await raw.reply(10 + index);
  }
  return raw;
}

test('the application is told who left a channel and which connection ended, with the reason', async (t) => {
  const app = application();
  const under = await startGateway(t, config, { application: app.application });
  const ann = await join(t, under, 'ann', 'x', 'y', 'quiet:z');
  const bob = await join(t, under, 'bob', 'x');
  ann.send({ id: 20, unsubscribe: { channel: 'x' } });
  await ann.reply(20);
  await under.gateway.serverApi.call('unsubscribe', { user: 'bob', channel: 'x' });
  await under.gateway.serverApi.call('disconnect', { user: 'ann' });
  bob.socket.terminate();
  await until('both ends are told', () => app.ended.length === 2 && app.left.length === 3);
  assert.deepEqual(
    app.left.map(({ user, channel, code, reason }) => [user, channel, code, reason]),
    [
      ['ann', 'x', 0, 'unsubscribed'],
      ['bob', 'x', 2000, 'server unsubscribe'],
      ['ann', 'y', 1, 'disconnected'],
    ],
  );
  assert.deepEqual(
    app.ended.map(({ user, code, reason, transport, protocol, meta }) => [
      user,
      code,
      reason,
      transport,
      protocol,
      meta,
    ]),
    [
      ['ann', 3503, 'force disconnect', 'websocket', 'json', '{"tenant":"ann"}'],
      ['bob', 3000, 'connection closed', 'websocket', 'json', '{"tenant":"bob"}'],
    ],
  );
  const ids = [...app.ended, ...app.left].map(({ id }) => id);
  assert.equal(new Set(ids).size, 5);
  assert.deepEqual(
    app.left.map(({ id }) => id.slice(id.indexOf('.'))),
    ['.unsubscribe.default.1', '.unsubscribe.default.2', '.unsubscribe.default.3'],
  );
});

test('the application is told what is occupied and vacated, beginning with a reset, and nothing of who comes back', async (t) => {
  const app = application();
  const under = await startGateway(t, config, { application: app.application });
  const ann = await join(t, under, 'ann', 'x', 'quiet:z');
  const bob = await join(t, under, 'bob', 'x');
  ann.socket.terminate();
  await until('ann is gone', () => under.gateway.stats().connections === 1);
  bob.send({ id: 20, unsubscribe: { channel: 'x' } }, { id: 21, subscribe: { channel: 'x' } });
  await bob.reply(21);
  bob.send({ id: 22, unsubscribe: { channel: 'x' } });
  await bob.reply(22);
  await until('it is vacated', () => app.states.length === 3);
  assert.deepEqual(app.states.map(shown), ['reset', 'occupied x', 'vacated x']);
  const [{ node, id, timeMs }] = app.states as [ChannelStateEvent];
  assert.equal(id, `${node}.state.default.1`);
  assert.ok(Math.abs(Date.now() - timeMs) < 60_000);
});

test('a subscription that was refused is no event', async (t) => {
  const app = application();
  const under = await startGateway(t, config, { application: app.application });
  const ann = await join(t, under, 'ann');
  const expireAt = Math.floor(Date.now() / 1000) - 10;
  ann.send({ id: 2, subscribe: { channel: 'x', token: tokenOf({ user: 'ann', channel: 'x', expireAt }) } });
  assert.equal(((await ann.reply(2)) as { error: { code: number } }).error.code, 110);
  ann.send({ id: 3, subscribe: { channel: 'kept:x', recover: true, epoch: 'another', flag: 2 } });
  assert.equal(((await ann.reply(3)) as { error: { code: number } }).error.code, 112);
  const refused = await openRaw(t, under.url);
  refused.send({ id: 1, connect: {} });
  await refused.closed;
  ann.socket.terminate();
  await until('the end is told', () => app.ended.length === 1);
  assert.deepEqual([app.left, app.states.map(shown)], [[], ['reset']]);
});

test('what happens while the application is down is told when it comes back, in order and at the end of the server', async (t) => {
  const app = application();
  app.turn.isBroken = true;
  const under = await startGateway(t, config, { application: app.application });
  for (const user of ['ann', 'bob', 'cid']) {
    const raw = await join(t, under, user, user);
    raw.socket.terminate();
    await until('it is gone', () => under.gateway.stats().connections === 0);
  }
  await until('it was tried', () => app.turn.attempts > 3);
  assert.deepEqual([app.ended.length, app.left.length, app.states.length], [0, 0, 0]);
  app.turn.isBroken = false;
  await under.gateway.shutdown();
  assert.deepEqual(
    app.ended.map(({ user }) => user),
    ['ann', 'bob', 'cid'],
  );
  assert.deepEqual(
    app.left.map(({ channel }) => channel),
    ['ann', 'bob', 'cid'],
  );
  const changes = app.states.map(shown);
  assert.equal(changes[0], 'reset');
  for (const user of ['ann', 'bob', 'cid'])
    assert.equal(
      changes.findLast((one) => one.endsWith(user)),
      `vacated ${user}`,
    );
  assert.deepEqual(under.gateway.stats().hookEvents.dropped, 0);
});

test('a node that does not speak for the server says nothing of channels, not even at its end', async (t) => {
  const app = application();
  const under = await startGateway(t, config, {
    application: app.application,
    engine: (needs) => openMemoryEngine({ ...needs, onAudience() {} }),
  });
  await join(t, under, 'ann', 'c');
  await under.gateway.shutdown();
  assert.deepEqual([app.states, app.left.length, app.ended.length], [[], 1, 1]);
});

test('when more happens than can wait, channels are told anew from a reset, and lost ends are counted', async (t) => {
  const app = application();
  app.turn.isBroken = true;
  const hooks = { queue_size: 10, vacated_event_delay: '0s', max_retry_delay: '300ms' };
  const under = await startGateway(t, { ...config, hooks }, { application: app.application });
  const names = Array.from({ length: 30 }, (_, index) => `c${index}`);
  const ann = await join(t, under, 'ann', ...names);
  for (const [index, channel] of names.slice(2).entries()) {
    ann.send({ id: 100 + index, unsubscribe: { channel } });
    await ann.reply(100 + index);
  }
  await until('there was no room', () => under.gateway.stats().hookEvents.dropped > 20);
  app.turn.isBroken = false;
  // What an application knows that follows what it is told.
  const occupied = (): string[] => {
    const known = new Set<string>();
    for (const { type, channel } of app.states) {
      if (type === 'reset') known.clear();
      else if (type === 'occupied') known.add(channel);
      else known.delete(channel);
    }
    return [...known].sort();
  };
  await until('it knows again what is so', () => occupied().join() === 'c0,c1' && app.left.at(-1)?.channel === 'c29');
  const { dropped } = under.gateway.stats().hookEvents;
  const numbers = app.left.map(({ id }) => Number(id.split('.').at(-1)));
  assert.equal(numbers.at(-1), 28);
  assert.ok(dropped >= 28 - app.left.length, `${dropped} dropped, ${app.left.length} told`);
  assert.deepEqual(under.logged.filter(({ message }) => message.startsWith('too many events')).length > 0, true);
});

test('over HTTP: an application that answers an error, with a status, or too late is told again, and what it takes is told once', async (t) => {
  const backend = await startBackend(t);
  const endpoint = `${backend.url}/ended`;
  const under = await startGateway(t, {
    client: { proxy: { disconnect: { enabled: true, endpoint, timeout: '100ms', include_connection_meta: true } } },
  });
  const answers: ((response: ServerResponse) => void)[] = [
    (response) => void response.end('{"error":{"code":1000,"message":"no"}}'),
    (response) => void response.writeHead(500).end(),
    () => undefined,
    (response) => void response.end('{"result":{}}'),
  ];
  let turn = 0;
  backend.answers['/ended'] = (response) => {
    answers[Math.min(turn, answers.length - 1)]?.(response);
    turn += 1;
  };
  const ann = await join(t, under, 'ann');
  ann.socket.terminate();
  await until('it is taken', () => under.gateway.stats().hookEvents.delivered === 1);
  const bodies = backend.asked.map(({ text }) => text);
  assert.equal(new Set(bodies).size, 1, 'the same event with the same id each time');
  assert.equal(bodies.length, 4);
  const [event] = (backend.asked[0]!.body as { events: Record<string, unknown>[] }).events;
  assert.deepEqual(Object.keys(event ?? {}).sort(), [
    'client',
    'code',
    'id',
    'meta',
    'protocol',
    'reason',
    'time_ms',
    'transport',
    'user',
  ]);
});

test('a gateway without hooks asks nobody', async (t) => {
  const app = application();
  const under = await startGateway(
    t,
    { channel: { without_namespace: { allow_subscribe_for_client: true } } },
    { application: app.application },
  );
  const ann = await join(t, under, 'ann', 'x');
  ann.socket.terminate();
  await until('it is gone', () => under.gateway.stats().connections === 0);
  await under.gateway.shutdown();
  assert.equal(app.turn.attempts, 0);
});
