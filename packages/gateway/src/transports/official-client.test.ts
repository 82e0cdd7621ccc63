import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Centrifuge as JsonClient, type Options, type Subscription } from 'centrifuge';
import { Centrifuge as ProtobufClient } from 'centrifuge/build/protobuf';
import { WebSocket } from 'ws';
import { TestEventSource } from '../testing/event-source.ts';
import { type GatewayUnderTest, startGateway, tokenOf } from '../testing/gateway-under-test.ts';
import { until } from '../testing/once.ts';

type Client = InstanceType<typeof JsonClient>;
type TransportName = 'websocket' | 'http_stream' | 'sse';

const ways: readonly [name: string, transport: TransportName, isProtobuf: boolean][] = [
  ['JSON over WebSocket', 'websocket', false],
  ['Protobuf over WebSocket', 'websocket', true],
  ['JSON over HTTP-streaming', 'http_stream', false],
  ['Protobuf over HTTP-streaming', 'http_stream', true],
  ['JSON over SSE', 'sse', false],
];

async function start(t: TestContext): Promise<GatewayUnderTest> {
  return startGateway(t, {
    channel: {
      without_namespace: {
        presence: true,
        join_leave: true,
        force_push_join_leave: true,
        history_size: 10,
        history_ttl: '60s',
        force_recovery: true,
        allow_subscribe_for_client: true,
        allow_publish_for_subscriber: true,
        allow_presence_for_subscriber: true,
        allow_history_for_subscriber: true,
        allowed_delta_types: ['fossil'],
        delta_publish: true,
      },
    },
    http_stream: { enabled: true },
    sse: { enabled: true },
  });
}

function clientOver(
  t: TestContext,
  under: GatewayUnderTest,
  way: (typeof ways)[number],
  options: Partial<Options>,
): Client {
  const [, transport, isProtobuf] = way;
  const endpoint = transport === 'websocket' ? under.url : `${under.httpUrl}/connection/${transport}`;
  const Made = isProtobuf ? ProtobufClient : JsonClient;
  const client = new Made([{ transport, endpoint }], {
    websocket: WebSocket,
    eventsource: TestEventSource,
    emulationEndpoint: `${under.httpUrl}/emulation`,
    minReconnectDelay: 5,
    maxReconnectDelay: 20,
    ...options,
  }) as Client;
  t.after(() => client.disconnect());
  return client;
}

/** Payloads are values in JSON and bytes in Protobuf. */
function valueOf(data: unknown): unknown {
  if (!(data instanceof Uint8Array)) return data ?? null;
  // No bytes are what Protobuf makes of no data.
  return data.length === 0 ? null : (JSON.parse(Buffer.from(data).toString()) as unknown);
}

const refused = (error: unknown): unknown => ({ code: (error as { code: number }).code });

/** What an application sees of a scenario that uses every command; ids that differ each time are left out. */
async function play(t: TestContext, way: (typeof ways)[number]): Promise<unknown[][]> {
  const under = await start(t);
  const [, , isProtobuf] = way;
  const data = (value: unknown): unknown => (isProtobuf ? Buffer.from(JSON.stringify(value)) : value);
  const seen: unknown[][] = [];
  const token = tokenOf({ user: 'ann', info: { name: 'Ann' }, channels: ['news'], expireAt: Date.now() / 1_000 + 600 });
  const client = clientOver(t, under, way, { token, getToken: () => Promise.resolve(token) });
  client.on('connected', ({ transport, data: given }) => seen.push(['connected', transport, valueOf(given)]));
  client.on('subscribed', ({ channel, recoverable, positioned }) =>
    seen.push(['server', channel, recoverable, positioned]),
  );
  client.on('publication', ({ channel, data: given, offset, tags }) =>
    seen.push(['server publication', channel, valueOf(given), offset, tags]),
  );
  client.connect();
  await client.ready(5_000);
  const room = watch(client, 'room', seen);
  await room.ready(5_000);
  await room.publish(data({ n: 1, text: 'žluťoučký' }));
  await room.publish(data({ n: 2, text: 'žluťoučký' }));
  await under.gateway.serverApi.call('publish', { channel: 'news', data: ['hot'], tags: { a: 'b' } });
  await until('all arrived', () => seen.filter(([name]) => String(name).includes('publication')).length === 3);
  const history = await room.history({ limit: 10 });
  seen.push([
    'history',
    history.offset,
    history.publications.map(({ data: given, offset, info }) => [
      valueOf(given),
      offset,
      info?.user,
      valueOf(info?.connInfo),
    ]),
  ]);
  const { clients } = await room.presence();
  seen.push(['presence', Object.values(clients).map(({ user, connInfo }) => [user, valueOf(connInfo)])]);
  seen.push(['stats', await room.presenceStats()]);
  seen.push(['rpc', await client.rpc('method', data({})).catch(refused)]);
  seen.push(['publish elsewhere', await client.publish('other', data({})).catch(refused)]);
  seen.push(['unknown', await client.history('no:namespace', { limit: 1 }).catch(refused)]);
  room.unsubscribe();
  await until('out', () => under.gateway.stats().subscriptions === 1);
  await under.gateway.serverApi.call('publish', { channel: 'room', data: { n: 3, text: 'žluťoučký' } });
  room.subscribe();
  await until('recovered', () => seen.some(([name, , offset]) => name === 'publication' && offset === 3));
  await under.gateway.serverApi.call('disconnect', { user: 'ann', disconnect: { code: 4999, reason: 'enough' } });
  await until('disconnected', () => client.state === 'disconnected');
  seen.push(['state', client.state]);
  await until('nothing is left', () => under.gateway.stats().sockets === 0);
  return seen.filter(([name]) => name !== 'connected').map((entry) => JSON.parse(JSON.stringify(entry)) as unknown[]);
}

function watch(client: Client, channel: string, seen: unknown[][]): Subscription {
  const subscription = client.newSubscription(channel, { delta: 'fossil' });
  subscription.on('subscribed', ({ recoverable, positioned, wasRecovering, recovered }) =>
    seen.push(['subscribed', recoverable, positioned, wasRecovering, recovered]),
  );
  subscription.on('publication', ({ data, offset, info }) =>
    seen.push(['publication', valueOf(data), offset, info?.user]),
  );
  subscription.on('join', ({ info }) => seen.push(['join', info.user, valueOf(info.connInfo)]));
  subscription.on('unsubscribed', ({ code }) => seen.push(['unsubscribed', code]));
  subscription.subscribe();
  return subscription;
}

test('the official client sees the same over every transport and in both encodings', async (t) => {
  const [first, ...others] = ways;
  assert.ok(first !== undefined);
  const expected = await play(t, first);
  assert.ok(expected.length > 15, `only ${expected.length} events`);
  assert.deepEqual(expected.at(-1), ['state', 'disconnected']);
  for (const way of others) assert.deepEqual(await play(t, way), expected, way[0]);
});

for (const way of ways.filter(([, , isProtobuf]) => !isProtobuf)) {
  test(`${way[0]}: ten times connect and disconnect in one go leaves nobody in presence`, async (t) => {
    const under = await start(t);
    const client = clientOver(t, under, way, { token: tokenOf({ user: 'ann', channels: ['room'] }) });
    for (let count = 0; count < 10; count += 1) {
      client.connect();
      client.disconnect();
    }
    client.connect();
    await client.ready(5_000);
    await until('only the last is left', () => under.gateway.stats().connections === 1);
    client.disconnect();
    await until('nobody is left', () => under.gateway.stats().sockets === 0);
    const stats = await under.gateway.serverApi.call('presence_stats', { channel: 'room' });
    assert.deepEqual(stats.result, { num_clients: 0, num_users: 0 });
  });
}
