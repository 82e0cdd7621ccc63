// Decides how soon an ended session is over on its sockets, with many other connections open: logout to closed.
import { once } from 'node:events';
import type { RealtimeToken, SessionTokens } from '@parley/contract';
import { WebSocket } from 'ws';
import { callApi, setUp } from '../e2e/support/account.ts';
import { startServer } from '../e2e/support/server.ts';
import { below, numberOption, percentile, report } from './harness/report.ts';

const CONNECTIONS = numberOption('connections', 1_000);
/** Sessions that are signed out of, one after another, and the connections of each: the tabs of one device. */
const SESSIONS = 40;
const TABS = 5;
/** Connections that are opened at once. */
const OPENING = 50;

interface Signed {
  tokens: SessionTokens;
  sockets: WebSocket[];
}

async function connect(url: string, token: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/connection/websocket`);
  await once(socket, 'open');
  socket.send(JSON.stringify({ id: 1, connect: { token } }));
  await once(socket, 'message');
  // The server's pings are answered, or it would take the connection for dead.
  socket.on('message', (frame: Buffer) => {
    if (frame.toString() === '{}') socket.send('{}');
  });
  return socket;
}

async function openSession(url: string, connections: number): Promise<Signed> {
  const body = { email: 'ana@example.com', password: 'correct horse battery', client: 'native' };
  const tokens = await callApi<SessionTokens>(url, { method: 'POST', path: '/v1/auth/login', body });
  const request = { method: 'GET', path: '/v1/realtime/connection-token', token: tokens.accessToken };
  const { token } = await callApi<RealtimeToken>(url, request);
  const sockets: WebSocket[] = [];
  while (sockets.length < connections) {
    const count = Math.min(OPENING, connections - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: count }, () => connect(url, token)))));
  }
  return { tokens, sockets };
}

/** Signs out; milliseconds until each of the session's sockets was closed. */
async function signOut(url: string, { tokens, sockets }: Signed): Promise<number[]> {
  const startedAt = performance.now();
  const closed = sockets.map(async (socket) => {
    const [code] = await once(socket, 'close');
    if (code !== 3014) throw new Error(`a connection was closed with ${code}`);
    return performance.now() - startedAt;
  });
  await callApi(url, { method: 'POST', path: '/v1/auth/logout', token: tokens.accessToken, body: {} });
  return Promise.all(closed);
}

const server = await startServer({ PARLEY_RATE_LIMIT_FACTOR: '1000', LOG_LEVEL: 'warn' });
try {
  await setUp(server.url, server.setupLink());
  const others = await openSession(server.url, Math.max(1, CONNECTIONS - SESSIONS * TABS));
  const signed: Signed[] = [];
  for (let count = 0; count < SESSIONS; count += 1) signed.push(await openSession(server.url, TABS));
  const took: number[] = [];
  for (const session of signed) took.push(...(await signOut(server.url, session)));
  if (others.sockets.some((socket) => socket.readyState !== WebSocket.OPEN))
    throw new Error('a connection was cut whose session had not ended');
  const name = `logout to socket closed, ${CONNECTIONS} connections`;
  report([
    below({ name: `${name}, p99`, unit: 'ms', value: percentile(took, 0.99), target: 1_000 }),
    below({ name: `${name}, p99.9`, unit: 'ms', value: percentile(took, 0.999), target: 3_000 }),
    { name: `${name}, median`, unit: 'ms', value: percentile(took, 0.5) },
  ]);
} finally {
  await server.close();
}
