// Proves on three nodes over one PostgreSQL that an ended session is over everywhere: api and sockets, its own only.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import type { RealtimeToken, SessionTokens } from '@parley/contract';
import { WebSocket } from 'ws';
import { startTestPostgres } from '../../packages/api/src/db/testing/postgres-cluster.ts';
import { callApi, setUp } from '../support/account.ts';
import { startServer, until, type RunningServer } from '../support/server.ts';

/** How long an end may take to reach another node's sockets. */
const WITHIN_MS = 1_000;

/** A live connection. */
interface Live {
  closed: Promise<number>;
  isOpen(): boolean;
}

/** Starts nodes with one database, one set of keys and one public address. */
async function startNodes(t: TestContext, databaseUrl: string): Promise<RunningServer[]> {
  const limits = { DATABASE_URL: databaseUrl, PARLEY_RATE_LIMIT_FACTOR: '1000' };
  const first = await startServer(limits);
  t.after(() => first.close());
  const others: RunningServer[] = [];
  for (let count = 1; count < 3; count += 1) {
    const node = await startServer({ ...limits, PARLEY_DATA: first.data, PARLEY_PUBLIC_URL: first.url });
    t.after(() => node.close());
    others.push(node);
  }
  return [first, ...others];
}

const tokenFor = (node: RunningServer, tokens: SessionTokens): Promise<RealtimeToken> =>
  callApi(node.url, { method: 'GET', path: '/v1/realtime/connection-token', token: tokens.accessToken });

/** Connects with a token; resolves when the node has answered, with the code if it has refused. */
async function connect(t: TestContext, node: RunningServer, token: string): Promise<Live | number> {
  const socket = new WebSocket(`${node.url.replace('http', 'ws')}/connection/websocket`);
  t.after(() => socket.terminate());
  const closed = once(socket, 'close').then(([code]) => Number(code));
  await once(socket, 'open');
  socket.send(JSON.stringify({ id: 1, connect: { token } }));
  const answered = once(socket, 'message').then(() => ({ closed, isOpen: () => socket.readyState === WebSocket.OPEN }));
  return Promise.race([answered, closed]);
}

async function connected(t: TestContext, node: RunningServer, tokens: SessionTokens): Promise<Live> {
  const live = await connect(t, node, (await tokenFor(node, tokens)).token);
  return typeof live === 'number' ? assert.fail(`refused with ${live}`) : live;
}

const statusAt = async (node: RunningServer, tokens: SessionTokens): Promise<number> => {
  const headers = { authorization: `Bearer ${tokens.accessToken}` };
  const answer = await fetch(`${node.url}/v1/me`, { headers });
  await answer.body?.cancel();
  return answer.status;
};

// identity 2.2: 87, 97; figure 4
test('an ended session is over on three nodes within a second, its own sockets only; logout-all ends the rest', async (t) => {
  const postgres = await startTestPostgres(process.env);
  if (!postgres.ok) {
    if (process.env['CI'] === 'true') throw new Error(`The tests need PostgreSQL: ${postgres.reason}`);
    t.skip(postgres.reason);
    return;
  }
  t.after(() => postgres.stop());
  const nodes = await startNodes(t, postgres.url);
  const [near, middle, far] = nodes as [RunningServer, RunningServer, RunningServer];
  // Every node that starts makes a new link: the last one counts.
  await setUp(near.url, far.setupLink());
  const signIn = (node: RunningServer): Promise<SessionTokens> => {
    const body = { email: 'ana@example.com', password: 'correct horse battery', client: 'native' };
    return callApi(node.url, { method: 'POST', path: '/v1/auth/login', body });
  };
  const [phone, laptop] = [await signIn(near), await signIn(far)];
  const ofPhone = [await connected(t, near, phone), await connected(t, middle, phone), await connected(t, far, phone)];
  const ofLaptop = [await connected(t, near, laptop), await connected(t, far, laptop)];
  const young = (await tokenFor(far, phone)).token;

  const endedAt = performance.now();
  await callApi(near.url, { method: 'POST', path: '/v1/auth/logout', token: phone.accessToken, body: {} });
  const codes = await Promise.all(ofPhone.map((live) => live.closed));
  const tookMs = performance.now() - endedAt;
  assert.deepEqual(codes, [3014, 3014, 3014]);
  assert.ok(tookMs < WITHIN_MS, `${tookMs} ms`);
  for (const node of nodes) assert.equal(await statusAt(node, phone), 401);
  for (const node of nodes) assert.equal(await statusAt(node, laptop), 200);
  assert.deepEqual(
    ofLaptop.map((live) => live.isOpen()),
    [true, true],
  );
  // A connection token that is younger than a minute opens nothing any more, on no node.
  for (const node of nodes) assert.equal(await connect(t, node, young), 3500);

  await middle.kill();
  await middle.start();
  assert.equal(await statusAt(middle, phone), 401);
  assert.equal(await statusAt(middle, laptop), 200);

  await callApi(middle.url, { method: 'POST', path: '/v1/auth/logout-all', token: laptop.accessToken, body: {} });
  assert.deepEqual(await Promise.all(ofLaptop.map((live) => live.closed)), [3014, 3014]);
  await until(
    'the other nodes to refuse',
    async () => {
      const statuses = await Promise.all(nodes.map((node) => statusAt(node, laptop)));
      return statuses.every((status) => status === 401);
    },
    WITHIN_MS,
  );
});
