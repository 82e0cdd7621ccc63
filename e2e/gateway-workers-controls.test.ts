import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { signForeign } from '@parley/tokens';
import { Centrifuge, type Options } from 'centrifuge';
import { WebSocket } from 'ws';
import { TestEventSource } from '../packages/gateway/src/testing/event-source.ts';
import { until } from './support/server.ts';
import { call, startWorkers, type TestWorkers, workerPids } from './support/workers.ts';

const secret = 'a-secret-for-tests-of-thirty-two-or-more-bytes';

/** Kills a worker and waits until another has taken its place. */
async function replace(workers: TestWorkers, victim: number): Promise<void> {
  process.kill(victim, 'SIGKILL');
  const isReplaced = async (): Promise<boolean> => {
    const { nodes } = await call<{ nodes: object[] }>(workers, 'info', {}).catch(() => ({ nodes: [] }));
    return nodes.length === 2 && !(await workerPids(workers)).includes(victim);
  };
  // A new process compiles everything again, which takes long where others use the processor.
  await until('another worker', isReplaced, 60_000);
}

test('what was revoked stays revoked on workers that start later', async (t) => {
  const workers = await startWorkers(t, 2, { client: { token: { hmac_secret_key: secret } } });
  assert.deepEqual(await call(workers, 'revoke_token', { uid: 'stolen' }), {});
  for (const pid of await workerPids(workers)) await replace(workers, pid);
  const attempts = Array.from({ length: 8 }, (_, index) => {
    const client = workers.client({ token: signForeign({ sub: 'ann', jti: index < 6 ? 'stolen' : 'good' }, secret) });
    const end = new Promise((resolve) => {
      client.on('disconnected', ({ code }) => resolve(code));
      client.on('connected', () => resolve('connected'));
    });
    client.connect();
    return end;
  });
  assert.deepEqual(await Promise.all(attempts), [3500, 3500, 3500, 3500, 3500, 3500, 'connected', 'connected']);
});

interface StateEvent {
  readonly id: string;
  readonly node: string;
  readonly type: string;
  /** Absent in a reset. */
  readonly channel?: string;
}

/** An application that is told of channels, and remembers each event once. */
async function startApplication(t: TestContext): Promise<{ url: string; events: StateEvent[] }> {
  const events: StateEvent[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      const told = (JSON.parse(text) as { events: StateEvent[] }).events;
      events.push(...told.filter(({ id }) => events.every((known) => known.id !== id)));
      response.end('{"result":{}}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, events };
}

test('channels are occupied and vacated once for all workers, also when the worker dies that tells it', async (t) => {
  const { url, events } = await startApplication(t);
  const workers = await startWorkers(t, 2, {
    client: { insecure: true },
    hooks: { vacated_event_delay: '2s' },
    channel: { proxy: { state: { endpoint: url } }, without_namespace: { state_proxy_enabled: true } },
  });
  const clients = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const client = workers.client({ minReconnectDelay: 20, maxReconnectDelay: 100 });
      const subscription = client.newSubscription('c');
      subscription.subscribe();
      client.connect();
      await subscription.ready(10_000);
      return { client, subscription };
    }),
  );
  await until('it was told', () => events.length >= 2);
  const shown = (from: readonly StateEvent[]) => from.map(({ type, channel = '' }) => `${type} ${channel}`.trim());
  for (const pid of await workerPids(workers)) await replace(workers, pid);
  await Promise.all(clients.map(({ subscription }) => subscription.ready(10_000)));
  const tellers = () => [...new Set(events.map(({ node }) => node))];
  await until('the next one tells', () => tellers().length > 1 && events.at(-1)?.type === 'occupied');
  const by = (node: string | undefined) => shown(events.filter((event) => event.node === node));
  for (const node of tellers()) assert.deepEqual(by(node), ['reset', 'occupied c'], node);
  // One that is alone in its channel and does not come back when its worker dies.
  const alone = new WebSocket(`${workers.url.replace('http', 'ws')}/connection/websocket`);
  alone.on('open', () => alone.send('{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"alone"}}'));
  await until('it is told', () => events.at(-1)?.channel === 'alone');
  const isOver = once(alone, 'close');
  for (const pid of await workerPids(workers)) if (alone.readyState === WebSocket.OPEN) await replace(workers, pid);
  await isOver;
  await Promise.all(clients.map(({ subscription }) => subscription.ready(10_000)));
  await until('it is vacated', () => events.at(-1)?.type === 'vacated');
  const speaker = tellers().at(-1);
  assert.equal(by(speaker).at(-1), 'vacated alone');
  for (const { client } of clients) client.disconnect();
  await until('the other is vacated', () => events.at(-1)?.channel === 'c');
  assert.equal(by(speaker).at(-1), 'vacated c');
  assert.equal(by(speaker).filter((event) => event === 'vacated c').length, 1);
});

const ways = ['http_stream', 'sse'] as const;

/** Clients whose commands travel in requests of their own, which the system hands to either worker. */
function streamClients(t: TestContext, { url }: TestWorkers, count: number): Centrifuge[] {
  return Array.from({ length: count }, (_, index) => {
    const transport = ways[index % ways.length] ?? 'sse';
    const options: Partial<Options> = { eventsource: TestEventSource, emulationEndpoint: `${url}/emulation` };
    const client = new Centrifuge([{ transport, endpoint: `${url}/connection/${transport}` }], options);
    t.after(() => client.disconnect());
    return client;
  });
}

test('streams work whichever worker takes their requests, and a session is found whichever worker is asked', async (t) => {
  const workers = await startWorkers(t, 2, {
    client: { insecure: true },
    http_stream: { enabled: true },
    sse: { enabled: true },
    channel: { without_namespace: { history_size: 1_000, history_ttl: '10m', force_recovery: true } },
  });
  const all = await Promise.all(
    streamClients(t, workers, 16).map(async (client) => {
      const offsets: number[] = [];
      const ends: number[] = [];
      client.on('disconnected', ({ code }) => ends.push(code));
      client.on('connecting', ({ code }) => void (code !== 0 && ends.push(code)));
      const subscription = client.newSubscription('c');
      subscription.on('publication', ({ offset }) => offsets.push(offset ?? 0));
      subscription.subscribe();
      client.connect();
      await subscription.ready(10_000);
      return { client, subscription, offsets, ends };
    }),
  );
  const { nodes } = await call<{ nodes: { num_clients: number }[] }>(workers, 'info', {});
  assert.ok(nodes.every(({ num_clients: count }) => count > 0) && nodes.length === 2, JSON.stringify(nodes));
  await Promise.all(
    all.map(async ({ subscription }) => {
      for (let n = 0; n < 25; n += 1) await subscription.publish({ n });
    }),
  );
  const expected = Array.from({ length: 16 * 25 }, (_, index) => index + 1);
  for (const { offsets } of all) await until('everything came', () => offsets.length >= expected.length);
  for (const { offsets, ends } of all) assert.deepEqual([offsets, ends], [expected, []]);
  for (const meant of all.slice(0, 4)) {
    const { _session: session } = meant.client as unknown as { _session: string };
    await call(workers, 'disconnect', { user: '', session, disconnect: { code: 4_500, reason: 'meant' } });
    await until('it is gone', () => meant.ends.length > 0);
  }
  assert.deepEqual(
    all.map(({ ends }) => ends),
    all.map((_, index) => (index < 4 ? [4_500] : [])),
  );
});
