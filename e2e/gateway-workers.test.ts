import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { Centrifuge, type PublicationContext } from 'centrifuge';
import { makeFolder, startGateway, type TestGateway } from './support/gateway.ts';
import { until } from './support/server.ts';
import { call as callApi, startWorkers as startAny, workerPids } from './support/workers.ts';

const config = {
  client: { insecure: true },
  http_stream: { enabled: true },
  channel: {
    without_namespace: {
      presence: true,
      join_leave: true,
      force_push_join_leave: true,
      history_size: 1_000,
      history_ttl: '10m',
      force_recovery: true,
    },
  },
};

const startWorkers = (t: TestContext, count: number) => startAny(t, count, config);

interface Result {
  nodes: { num_clients: number }[];
  offset: number;
  epoch: string;
  presence: object;
}

const call = (gateway: TestGateway, method: string, body: object) => callApi<Result>(gateway, method, body);

/** Clients that listen to one channel, each with what it has received. */
async function listeners(gateway: TestGateway, count: number) {
  const all = await Promise.all(
    Array.from({ length: count }, async () => {
      const client: Centrifuge = gateway.client({ minReconnectDelay: 20, maxReconnectDelay: 100 });
      const seen: number[] = [];
      const subscription = client.newSubscription('c');
      subscription.on('publication', ({ data }: PublicationContext) => void seen.push(data as number));
      const left: string[] = [];
      subscription.on('leave', ({ info }) => void left.push(info.client));
      subscription.subscribe();
      client.connect();
      await subscription.ready(10_000);
      return { client, seen, left, subscription };
    }),
  );
  return all;
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

test('several workers are one server: one history, one presence, one API, whichever of them is asked', async (t) => {
  const gateway = await startWorkers(t, 2);
  const clients = await listeners(gateway, 8);
  const { nodes } = await call(gateway, 'info', {});
  assert.equal(nodes.length, 2);
  for (const node of nodes) assert.ok(node.num_clients > 0, JSON.stringify(nodes));
  const positions = [];
  for (const data of numbers(1, 20)) positions.push(await call(gateway, 'publish', { channel: 'c', data }));
  assert.deepEqual(
    positions.map(({ offset }) => offset),
    numbers(1, 20),
  );
  assert.equal(new Set(positions.map(({ epoch }) => epoch)).size, 1);
  for (const { seen } of clients) await until('everything came', () => seen.length === 20);
  for (const { seen } of clients) assert.deepEqual(seen, numbers(1, 20));
  assert.deepEqual(await call(gateway, 'presence_stats', { channel: 'c' }), { num_clients: 8, num_users: 1 });
  assert.deepEqual(await call(gateway, 'channels', {}), { channels: { c: { num_clients: 8 } } });
  const [first] = clients;
  const gone = new Promise((resolve) => first?.client.on('disconnected', ({ code }) => resolve(code)));
  const { presence } = await call(gateway, 'presence', { channel: 'c' });
  const spared = Object.keys(presence).filter((id) => id !== idOf(first?.client));
  await call(gateway, 'disconnect', { user: '', whitelist: spared });
  assert.equal(await gone, 3503);
  await until('it left', () => clients.slice(1).every(({ left }) => left.length === 1));
});

/** The id that the server gave a client; the official client keeps it for itself. */
function idOf(client: Centrifuge | undefined): string {
  return (client as unknown as { _client: string })._client;
}

test('clients of a killed worker recover on the other, without loss or repetition, and the worker is replaced', async (t) => {
  const gateway = await startWorkers(t, 2);
  const clients = await listeners(gateway, 8);
  const [victim = 0, other] = await workerPids(gateway);
  let last = 0;
  const publish = async (count: number): Promise<void> => {
    for (let sent = 0; sent < count; sent += 1) {
      last += 1;
      // A request that goes to the killed worker fails; then it is unknown whether it was published.
      const idempotency_key = `n${last}`;
      const body = { channel: 'c', data: last, idempotency_key };
      while ((await call(gateway, 'publish', body).catch(() => undefined)) === undefined);
    }
  };
  await publish(50);
  const publishing = publish(200);
  process.kill(victim, 'SIGKILL');
  await publishing;
  for (const { seen } of clients) await until('everything came', () => seen.length === last);
  for (const { seen } of clients) assert.deepEqual(seen, numbers(1, 250));
  const stats = () => call(gateway, 'presence_stats', { channel: 'c' });
  assert.deepEqual(await stats(), { num_clients: 8, num_users: 1 });
  while ((await call(gateway, 'info', {})).nodes.length < 2);
  const pids = await workerPids(gateway);
  assert.ok(pids.length === 2 && pids.includes(other ?? 0) && !pids.includes(victim), String(pids));
  assert.ok(gateway.logged.some(({ msg }) => msg.startsWith('a worker ended')));
});

test('commands of a stream find it, whichever worker their request meets', async (t) => {
  const gateway = await startWorkers(t, 2);
  const clients = Array.from({ length: 6 }, () => {
    const endpoint = `${gateway.url}/connection/http_stream`;
    const emulationEndpoint = `${gateway.url}/emulation`;
    const client = new Centrifuge([{ transport: 'http_stream', endpoint }], { emulationEndpoint });
    t.after(() => client.disconnect());
    client.connect();
    return client;
  });
  await Promise.all(clients.map((client) => client.ready(10_000)));
  const { nodes } = await call(gateway, 'info', {});
  for (const node of nodes) assert.ok(node.num_clients > 0, JSON.stringify(nodes));
  const publishes = clients.flatMap((client) => numbers(1, 10).map((data) => client.publish('c', data)));
  await Promise.all(publishes);
  assert.equal((await call(gateway, 'publish', { channel: 'c', data: 0 })).offset, 61);
});

test('SIGTERM ends all workers in order: clients are told to come back, and the exit code is 0', async (t) => {
  const gateway = await startWorkers(t, 2);
  const clients = await listeners(gateway, 4);
  const codes = clients.map(
    ({ client }) => new Promise((resolve) => client.on('connecting', ({ code }) => resolve(code))),
  );
  gateway.signal('SIGTERM');
  assert.deepEqual(await Promise.all(codes), [3001, 3001, 3001, 3001]);
  assert.equal(await gateway.ended, 0);
});

test('--workers refuses what is no number of processes', async (t) => {
  const folder = await makeFolder(t);
  await writeFile(path.join(folder, 'config.json'), JSON.stringify(config));
  await assert.rejects(startGateway(t, { folder, args: ['--workers', '0'] }), /--workers must be a whole number/);
});
