import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { duplexPair } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import type { GatewayConfigInput } from '../config.ts';
import { systemClock } from '../clock.ts';
import { sharedEngine } from '../engine/shared/guest.ts';
import { createEngineHost } from '../engine/shared/host.ts';
import type { GatewayOptions } from '../gateway.ts';
import type { Log } from '../log.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { type GatewayUnderTest, startGateway, tokenOf } from '../testing/gateway-under-test.ts';
import { once, until } from '../testing/once.ts';
import { openRaw, type RawClient } from '../testing/raw-client.ts';
import { readMetrics } from '../testing/read-metrics.ts';
import { metricTable } from './table.ts';

const config: GatewayConfigInput = {
  prometheus: { enabled: true, instrument_http_handlers: true, recovered_publications_histogram: true },
  http_api: { key: 'k' },
  channel: {
    namespaces: [
      {
        name: 'chat',
        history_size: 10,
        history_ttl: '60s',
        force_recovery: true,
        presence: true,
        join_leave: true,
        allow_subscribe_for_client: true,
        allow_presence_for_client: true,
        allow_history_for_client: true,
        allow_publish_for_subscriber: true,
        allow_tags_filter: true,
      },
      { name: 'board', subscription_type: 'map', map: { mode: 'recoverable', key_ttl: '60s' } },
    ],
  },
};

type Start = Partial<GatewayOptions>;

async function start(t: TestContext, changed: GatewayConfigInput = {}, options: Start = {}) {
  const under = await startGateway(t, { ...config, ...changed }, options);
  const { scrape } = under.gateway;
  assert.ok(scrape !== undefined);
  const look = async () => readMetrics(await scrape());
  return { under, look, scrape };
}

async function connect(t: TestContext, { url }: GatewayUnderTest, user = 'ann'): Promise<RawClient> {
  const client = await openRaw(t, url);
  client.send({ id: 1, connect: { token: tokenOf({ user }), name: 'js', version: '5.8.0' } });
  await client.reply(1);
  return client;
}

async function call({ httpUrl }: GatewayUnderTest, method: string, params: object): Promise<unknown> {
  const headers = { 'X-API-Key': 'k' };
  const response = await fetch(`${httpUrl}/api/${method}`, { method: 'POST', headers, body: JSON.stringify(params) });
  return response.json();
}

/** Names of lines that have this value. */
function expectValues(found: ReadonlyMap<string, number>, expected: Readonly<Record<string, number>>): void {
  const seen = Object.fromEntries(Object.keys(expected).map((name) => [name, found.get(name)]));
  assert.deepEqual(seen, expected);
}

test('metrics: connections, commands, errors, and what was written', async (t) => {
  const { under, look } = await start(t);
  const ann = await connect(t, under);
  ann.send({ id: 2, subscribe: { channel: 'chat:a' } });
  await ann.reply(2);
  ann.send({ id: 3, publish: { channel: 'chat:a', data: { n: 1 } } });
  await ann.reply(3);
  ann.send({ id: 4, subscribe: { channel: 'nowhere:a' } });
  await ann.reply(4);
  ann.send({ id: 5, history: { channel: 'chat:a', limit: 1 } });
  ann.send({ id: 6, presence: { channel: 'chat:a' } });
  ann.send({ id: 7, presence_stats: { channel: 'chat:a' } });
  await ann.reply(7);
  const sdk = 'transport="websocket",accept_protocol="h1",client_name="js",client_version="5.8.0"';
  const sent = 'transport="websocket",frame_type';
  expectValues(await look(), {
    centrifugo_node_num_clients: 1,
    centrifugo_node_num_users: 1,
    centrifugo_node_num_subscriptions: 1,
    centrifugo_node_num_channels: 1,
    centrifugo_node_num_nodes: 1,
    'centrifugo_node_build{version="0.0.0"}': 1,
    parley_sockets: 1,
    [`centrifugo_client_connections_accepted{${sdk}}`]: 1,
    [`centrifugo_client_connections_inflight{${sdk}}`]: 1,
    'centrifugo_client_subscriptions_accepted{client_name="js",channel_namespace="chat"}': 1,
    'centrifugo_client_subscriptions_inflight{client_name="js",channel_namespace="chat"}': 1,
    'centrifugo_client_num_reply_errors{method="subscribe",code="102",channel_namespace=""}': 1,
    'centrifugo_client_command_duration_seconds_count{method="connect",channel_namespace=""}': 1,
    'centrifugo_client_command_duration_seconds_count{method="subscribe",channel_namespace="chat"}': 1,
    'centrifugo_client_command_duration_seconds_histogram_count{method="publish",channel_namespace="chat"}': 1,
    'centrifugo_node_messages_sent_count{type="publication",channel_namespace="chat"}': 1,
    'centrifugo_node_messages_received_count{type="publication",channel_namespace="chat"}': 1,
    'centrifugo_node_messages_sent_count{type="join",channel_namespace="chat"}': 1,
    'centrifugo_node_messages_received_count{type="join",channel_namespace="chat"}': 1,
    'centrifugo_node_broadcast_duration_seconds_count{type="publication",channel_namespace="chat"}': 1,
    'centrifugo_node_broadcast_duration_seconds_count{type="join",channel_namespace="chat"}': 1,
    'centrifugo_node_pub_sub_lag_seconds_count{channel_namespace="chat"}': 1,
    'centrifugo_node_action_count{action="add_client",channel_namespace=""}': 1,
    'centrifugo_node_action_count{action="add_subscription",channel_namespace="chat"}': 1,
    'centrifugo_node_action_count{action="add_presence",channel_namespace="chat"}': 1,
    'centrifugo_node_action_count{action="presence",channel_namespace="chat"}': 1,
    'centrifugo_node_action_count{action="presence_stats",channel_namespace="chat"}': 1,
    [`centrifugo_transport_messages_sent{${sent}="push_publication",channel_namespace="chat"}`]: 1,
    [`centrifugo_transport_messages_sent_size{${sent}="push_publication",channel_namespace="chat"}`]:
      '{"push":{"channel":"chat:a","pub":{"data":{"n":1},"info":{"user":"ann","client":""},"offset":1}}}'.length +
      36 +
      ',"epoch":"abcdefgh"'.length,
    [`centrifugo_transport_messages_sent{${sent}="connect",channel_namespace=""}`]: 1,
    [`centrifugo_transport_messages_sent{${sent}="error",channel_namespace=""}`]: 1,
    [`centrifugo_transport_messages_received{${sent}="publish",channel_namespace="chat"}`]: 1,
    [`centrifugo_transport_messages_received_size{${sent}="publish",channel_namespace="chat"}`]:
      '{"id":3,"publish":{"channel":"chat:a","data":{"n":1}}}'.length,
    'parley_deliveries_total{channel_namespace="chat"}': 1,
    'parley_publish_to_write_seconds_count{channel_namespace="chat"}': 1,
  });
});

test('metrics: what ends, for any reason', async (t) => {
  const { under, look } = await start(t, { client: { connection_limit: 2 } });
  const ann = await connect(t, under);
  const bob = await connect(t, under, 'bob');
  const third = new WebSocket(under.url).on('error', () => undefined);
  await once('the refusal', (done) => third.on('unexpected-response', done));
  third.terminate();
  for (const client of [ann, bob]) client.send({ id: 2, subscribe: { channel: 'chat:a' } });
  await Promise.all([ann.reply(2), bob.reply(2)]);
  ann.send({ id: 3, unsubscribe: { channel: 'chat:a' } });
  await ann.reply(3);
  await call(under, 'unsubscribe', { user: 'bob', channel: 'chat:a' });
  await call(under, 'disconnect', { user: 'bob' });
  await bob.closed;
  await until('there is room again', () => under.gateway.stats().sockets === 1);
  const mallory = await openRaw(t, under.url);
  mallory.send({ id: 1, connect: { token: 'bad' } });
  await mallory.closed;
  await until('the socket is gone', () => under.gateway.stats().sockets === 1);
  const sdk = 'transport="websocket",accept_protocol="h1",client_name="js",client_version="5.8.0"';
  expectValues(await look(), {
    centrifugo_node_client_connection_limit: 1,
    [`centrifugo_client_connections_accepted{${sdk}}`]: 2,
    [`centrifugo_client_connections_inflight{${sdk}}`]: 1,
    'centrifugo_client_subscriptions_accepted{client_name="js",channel_namespace="chat"}': 2,
    'centrifugo_client_subscriptions_inflight{client_name="js",channel_namespace="chat"}': 0,
    'centrifugo_client_num_server_unsubscribes{code="2000",channel_namespace="chat"}': 1,
    'centrifugo_client_num_server_disconnects{code="3503"}': 1,
    'centrifugo_client_num_server_disconnects{code="3500"}': 1,
    'centrifugo_transport_outgoing_close_count{transport="websocket",code="3503"}': 1,
    'centrifugo_node_messages_sent_count{type="leave",channel_namespace="chat"}': 2,
    'centrifugo_node_action_count{action="remove_client",channel_namespace=""}': 1,
    'centrifugo_node_action_count{action="remove_subscription",channel_namespace="chat"}': 2,
    'centrifugo_node_action_count{action="remove_presence",channel_namespace="chat"}': 2,
    'centrifugo_node_survey_duration_seconds_count{op="disconnect"}': 1,
    'parley_token_refusals_total{problem="invalid"}': 1,
  });
});

test('metrics: recovery, filters, pings, the server API and suppressed publications', async (t) => {
  const clock = createFakeClock();
  const { under, look } = await start(t, {}, { clock, random: () => 0 });
  for (const n of [1, 2]) await call(under, 'publish', { channel: 'chat:a', data: { n }, idempotency_key: `k${n}` });
  await call(under, 'publish', { channel: 'chat:a', data: {}, idempotency_key: 'k2' });
  for (let time = 0; time < 2; time += 1) await call(under, 'publish', { channel: 'chat:b', data: {}, version: 5 });
  await call(under, 'publish', { channel: 'nowhere:a', data: {} });
  for (let time = 0; time < 2; time += 1) {
    await call(under, 'map_publish', { channel: 'board:a', key: 'x', data: {}, key_mode: 'if_new' });
    await call(under, 'map_remove', { channel: 'board:a', key: time === 0 ? 'missing' : 'x' });
  }
  const ann = await connect(t, under);
  ann.send({ id: 2, subscribe: { channel: 'chat:a', recover: true, epoch: '', offset: 0 } });
  await ann.reply(2);
  ann.send({ id: 3, subscribe: { channel: 'chat:b', recover: true, epoch: 'gone', offset: 9 } });
  await ann.reply(3);
  ann.send({ id: 4, subscribe: { channel: 'chat:c', tf: { cmp: 'eq', key: 'lang', val: 'en' } } });
  await ann.reply(4);
  await call(under, 'publish', { channel: 'chat:c', data: {}, tags: { lang: 'de' } });
  clock.tick(12_600);
  await until('a ping', () => ann.replies.some((reply) => Object.keys(reply).length === 0));
  clock.tick(600);
  ann.send('{}');
  ann.send({ id: 5, presence: { channel: 'chat:a' } });
  await ann.reply(5);
  expectValues(await look(), {
    'centrifugo_client_recover{recovered="yes",channel_namespace="chat",has_recovered_publications="yes"}': 1,
    'centrifugo_client_recover{recovered="no",channel_namespace="chat",has_recovered_publications="no"}': 1,
    'centrifugo_client_recovered_publications_sum{channel_namespace="chat"}': 2,
    'centrifugo_node_tags_filter_dropped_publications{channel_namespace="chat"}': 1,
    'centrifugo_client_ping_pong_duration_seconds_bucket{transport="websocket",le="0.5"}': 0,
    'centrifugo_client_ping_pong_duration_seconds_bucket{transport="websocket",le="+Inf"}': 1,
    'centrifugo_transport_messages_sent{transport="websocket",frame_type="server_ping",channel_namespace=""}': 1,
    'centrifugo_transport_messages_received{transport="websocket",frame_type="client_pong",channel_namespace=""}': 1,
    'centrifugo_api_command_duration_seconds_count{protocol="http",method="publish"}': 7,
    'centrifugo_api_command_errors_total{protocol="http",method="publish",error="102"}': 1,
    'centrifugo_node_incoming_http_requests_total{path="/api",method="POST",status="200"}': 11,
    'centrifugo_broker_publish_suppressed_count{reason="idempotency",channel_namespace="chat"}': 1,
    'centrifugo_broker_publish_suppressed_count{reason="version",channel_namespace="chat"}': 1,
    'centrifugo_map_broker_publish_suppressed_count{reason="key_exists",channel_namespace="board"}': 1,
    'centrifugo_map_broker_remove_suppressed_count{reason="key_not_found",channel_namespace="board"}': 1,
    'centrifugo_node_action_count{action="map_publish",channel_namespace="board"}': 2,
  });
});

test('metrics: questions to the application, and those that it does not answer', async (t) => {
  const refusal = { ok: false, error: { code: 1000, message: 'no' } } as const;
  const application = {
    rpc: (_proxy: string, { method }: { method: string }) =>
      method === 'fails' ? Promise.reject(new Error('broken')) : Promise.resolve(refusal),
  };
  const rpc = { proxy: { endpoint: 'in-process:' }, without_namespace: { proxy_enabled: true } };
  const { under, look } = await start(t, { rpc }, { application });
  const ann = await connect(t, under);
  ann.send({ id: 2, rpc: { method: 'refuses', data: {} } });
  await ann.reply(2);
  ann.send({ id: 3, rpc: { method: 'fails', data: {} } });
  await ann.reply(3);
  const labels = 'protocol="in_process",type="rpc",name="default"';
  expectValues(await look(), {
    [`centrifugo_proxy_duration_seconds_count{${labels}}`]: 2,
    [`centrifugo_proxy_duration_seconds_histogram_count{${labels}}`]: 2,
    [`centrifugo_proxy_errors{${labels}}`]: 1,
    [`centrifugo_proxy_inflight_requests{${labels}}`]: 0,
    'centrifugo_client_num_reply_errors{method="rpc",code="1000",channel_namespace=""}': 1,
    'centrifugo_client_num_reply_errors{method="rpc",code="100",channel_namespace=""}': 1,
  });
});

test('metrics: a client that does not read is counted as slow, with what it did not get', async (t) => {
  const { under, look } = await start(t, { client: { queue_max_size: 10_000 } });
  const ann = await connect(t, under);
  ann.send({ id: 2, subscribe: { channel: 'chat:a' } });
  await ann.reply(2);
  const data = 'x'.repeat(4_000);
  await Promise.all(
    Array.from({ length: 3 }, () => under.gateway.serverApi.call('publish', { channel: 'chat:a', data })),
  );
  assert.equal((await ann.closed)[0], 3008);
  const found = await look();
  expectValues(found, {
    parley_slow_clients_total: 1,
    parley_dropped_messages_total: 3,
    'centrifugo_client_num_server_disconnects{code="3008"}': 1,
    'centrifugo_api_command_duration_seconds_count{protocol="in_process",method="publish"}': 3,
  });
  assert.ok((found.get('parley_dropped_bytes_total') ?? 0) > 12_000);
});

test('metrics: every row of the table is printed, and promtool finds nothing but what the names of Centrifugo have', async (t) => {
  const { under, scrape } = await start(t);
  const ann = await connect(t, under);
  ann.send({ id: 2, subscribe: { channel: 'chat:a' } });
  await ann.reply(2);
  await call(under, 'publish', { channel: 'chat:a', data: {} });
  const text = await scrape();
  for (const name of Object.keys(metricTable)) assert.ok(text.includes(`# HELP ${name} `), name);
  for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'process_start_time_seconds']) {
    assert.ok(text.includes(`\n${name} `), name);
  }
  assert.ok(text.includes('\nnodejs_eventloop_lag_p99_seconds '));
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  if (checked.error !== undefined) {
    t.skip('promtool is not installed; on Debian: apt-get install prometheus');
    return;
  }
  // 3: it could be read, and names are not to its taste. Those are Centrifugo's and the library's.
  assert.equal(checked.status, 3, checked.stderr);
  const ours = checked.stderr.split('\n').filter((line) => line !== '' && !/^(centrifugo|nodejs)_/.test(line));
  assert.deepEqual(ours, []);
});

test('metrics: what strangers write makes no labels', async (t) => {
  const { under, look } = await start(t, { client: { insecure: true } });
  const before = [...(await look()).keys()].length;
  for (let at = 0; at < 40; at += 1) {
    const stranger = await openRaw(t, under.url);
    stranger.send({ id: 1, connect: { name: `n${at}`, version: `${at}"}` } });
    await stranger.reply(1);
    stranger.send({ id: 2, subscribe: { channel: `ns${at}:x` } });
    await stranger.reply(2);
    stranger.socket.close();
    await fetch(`${under.httpUrl}/api/publish${at}`, { method: 'POST' });
  }
  const first = (await look()).size;
  for (let at = 0; at < 40; at += 1) {
    const stranger = await openRaw(t, under.url);
    stranger.send({ id: 1, connect: { name: `other${at}`, version: `1.${at}` } });
    await stranger.reply(1);
    stranger.send({ id: 2, subscribe: { channel: `more${at}:x` } });
    await stranger.reply(2);
    stranger.socket.close();
  }
  assert.ok(first > before);
  assert.equal((await look()).size, first);
});

test('metrics: one scrape shows all processes of a server', async (t) => {
  const log: Log = { debug() {}, info() {}, warn() {}, error() {} };
  const host = createEngineHost({ clock: systemClock, random: Math.random, log });
  t.after(() => host.stop());
  const join = () => {
    const [ours, theirs] = duplexPair();
    host.accept(theirs, () => assert.fail('nobody hangs'));
    return start(t, {}, { engine: sharedEngine({ stream: ours, log, onLost() {} }) });
  };
  const [one, other] = [await join(), await join()];
  for (const [{ under }, user] of [
    [one, 'ann'],
    [other, 'bob'],
    [other, 'cid'],
  ] as const) {
    const client = await connect(t, under, user);
    client.send({ id: 2, subscribe: { channel: 'chat:a' } });
    await client.reply(2);
  }
  await call(one.under, 'publish', { channel: 'chat:a', data: {} });
  await until('all have it', () => one.under.gateway.stats().delivered + other.under.gateway.stats().delivered === 3);
  for (const { look } of [one, other]) {
    expectValues(await look(), {
      centrifugo_node_num_nodes: 2,
      centrifugo_node_num_clients: 3,
      'centrifugo_node_build{version="0.0.0"}': 1,
      'centrifugo_node_messages_sent_count{type="publication",channel_namespace="chat"}': 1,
      'centrifugo_node_messages_received_count{type="publication",channel_namespace="chat"}': 2,
      'parley_deliveries_total{channel_namespace="chat"}': 3,
      'centrifugo_client_command_duration_seconds_count{method="connect",channel_namespace=""}': 3,
    });
  }
});

test('info tells what was counted in the last interval', async (t) => {
  const clock = createFakeClock();
  const { under } = await start(t, { node: { info_metrics_aggregate_interval: '10s' } }, { clock });
  const items = async () => {
    const { result } = (await call(under, 'info', {})) as {
      result: { nodes: { metrics: { interval: number; items: Record<string, number> } }[] };
    };
    return result.nodes[0]!.metrics;
  };
  assert.deepEqual(await items(), { interval: 10, items: {} });
  await call(under, 'publish', { channel: 'chat:a', data: {} });
  clock.tick(10_000);
  assert.equal((await items()).items['broker_publish_suppressed_count'], 0);
  assert.equal((await items()).items['node_action_count'], 1);
  clock.tick(10_000);
  assert.equal((await items()).items['node_messages_received_count'], 2);
});

test('a gateway that serves no metrics has none to scrape', async (t) => {
  const under = await startGateway(t, {});
  assert.equal(under.gateway.scrape, undefined);
});
