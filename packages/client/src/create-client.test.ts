// Proves the whole client with the official realtime client, over a fetch and a socket that are only objects.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Room } from '@parley/contract';
import { createParley } from './create-client.ts';
import type { Parley } from './create-client.ts';
import { systemClock } from './platform.ts';
import { createStore } from './store.ts';
import { createFakeGateway } from './testing/fake-gateway.ts';
import type { FakeGateway } from './testing/fake-gateway.ts';
import { createFakeNetwork } from './testing/fake-tabs.ts';
import type { FakeNetwork } from './testing/fake-tabs.ts';
import { ME, OTHER, createRoomLog } from './testing/room-log.ts';
import { until } from './testing/until.ts';

const TIME = '2026-11-22T12:00:00.000Z';
const USER = { ...ME, email: 'mia@example.com', role: 'member', createdAt: TIME };
const ROOM: Room = {
  id: 'r1',
  name: 'General',
  topic: '',
  isPrivate: false,
  channel: 'chat:r1',
  lastSeq: 0,
  memberCount: 2,
  membership: { role: 'member', readSeq: 0, joinedAt: TIME },
  unread: 0,
  createdAt: TIME,
};

interface Fixture {
  parley: Parley;
  gateway: FakeGateway;
  network: FakeNetwork;
  log: ReturnType<typeof createRoomLog>;
  calls: string[];
  /** Paths that are refused, with the status. */
  refused: Map<string, number>;
  rooms: Room[];
}

const open: Parley[] = [];
after(() => {
  for (const parley of open) parley.close();
});

function fixture(): Fixture {
  const gateway = createFakeGateway();
  const network = createFakeNetwork();
  const log = createRoomLog();
  const calls: string[] = [];
  const refused = new Map<string, number>();
  const rooms: Room[] = [ROOM];
  let tokens = 0;
  const answer = (method: string, url: URL, body: string | undefined): unknown => {
    const key = `${method} ${url.pathname}`;
    if (key === 'POST /v1/auth/refresh' || key === 'POST /v1/auth/login') {
      return { accessToken: `access-${(tokens += 1)}`, expiresIn: 900, user: USER };
    }
    if (key === 'GET /v1/realtime/connection-token') return { token: `connection-${(tokens += 1)}`, expiresIn: 60 };
    if (key === 'POST /v1/realtime/subscription-token') return { token: 'subscription', expiresIn: 60 };
    if (key === 'GET /v1/rooms') return { data: rooms, page: { next: null, prev: null, hasMore: false } };
    if (url.pathname.endsWith('/changes')) return log.changes(Number(url.searchParams.get('since')), 200);
    if (key === 'POST /v1/rooms/r1/messages') return log.create(ME, String(JSON.parse(body ?? '').clientMessageId));
    if (url.pathname.endsWith('/messages')) return log.page({ limit: 50 });
    return undefined;
  };
  const fetch = (async (input: string, init?: { method?: string; body?: string }) => {
    const url = new URL(input);
    const key = `${init?.method ?? 'GET'} ${url.pathname}`;
    calls.push(key);
    const status = refused.get(key);
    if (status === 0) throw new TypeError('fetch failed');
    if (status !== undefined) return Response.json({ code: 'not_found', title: 'refused', status }, { status });
    const value = answer(init?.method ?? 'GET', url, init?.body);
    return value === undefined ? new Response(null, { status: 204 }) : Response.json(value);
  }) as unknown as typeof globalThis.fetch;
  // Time passes a hundred times faster, so that no test waits for a backoff.
  const clock = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms / 100, run) };
  const parley = createParley({ baseUrl: 'https://x.example', fetch, clock, network, WebSocket: gateway.WebSocket });
  open.push(parley);
  return { parley, gateway, network, log, calls, refused, rooms };
}

async function live(made: Fixture): Promise<Fixture> {
  made.gateway.subs = { 'user:me': { recovered: true } };
  made.parley.start();
  await until(made.parley.connection.status, (status) => status.name === 'live');
  return made;
}

test('start() restores the session, connects with a token of its own, and lists the rooms', async () => {
  const { parley, gateway } = await live(fixture());
  await until(parley.rooms.list, (list) => list.status === 'ready');
  assert.deepEqual(parley.rooms.list.getSnapshot().rooms, [ROOM]);
  assert.equal(gateway.tokens.length, 1);
  assert.match(gateway.tokens[0]!, /^connection-/);
});

test('a message goes out, comes back as an event, and is there once', async () => {
  const { parley, gateway, log } = await live(fixture());
  const room = parley.room('r1');
  room.open();
  await until(room.view, (view) => view.status.name === 'live');
  room.send('hello');
  await until(room.view, (view) => view.items[0]?.kind === 'message');
  gateway.publish('chat:r1', log.events[0]);
  log.create(OTHER, 'other-1');
  gateway.publish('chat:r1', log.events[1]);
  const view = await until(room.view, (next) => next.items.length > 1);
  assert.deepEqual(
    view.items.map((item) => item.kind === 'message' && item.message.seq),
    [1, 2],
  );
});

test('a lost connection comes back by itself with a fresh token, and the room catches up', async () => {
  const { parley, gateway, log } = await live(fixture());
  const room = parley.room('r1');
  room.open();
  await until(room.view, (view) => view.status.name === 'live');
  gateway.isUp = false;
  gateway.close(1006, '');
  const lost = await until(
    parley.connection.status,
    (status) => status.name === 'reconnecting' && status.retryAt !== null,
  );
  assert.ok(lost.name === 'reconnecting' && lost.retryAt !== null && lost.retryAt > lost.since);
  log.create(OTHER, 'while away');
  gateway.isUp = true;
  await until(parley.connection.status, (status) => status.name === 'live');
  await until(room.view, (view) => view.items.length === 1 && view.status.name === 'live');
  assert.equal(new Set(gateway.tokens).size, gateway.tokens.length);
});

test('after a reconnect without recovery the list of rooms is fetched again, with recovery it is not', async () => {
  const { parley, gateway, rooms, calls } = await live(fixture());
  await until(parley.rooms.list, (list) => list.status === 'ready');
  const fetched = (): number => calls.filter((call) => call === 'GET /v1/rooms').length;
  const before = fetched();
  gateway.close(3001, 'shutdown');
  await until(parley.connection.status, (status) => status.name === 'reconnecting');
  await until(parley.connection.status, (status) => status.name === 'live');
  assert.equal(fetched(), before);
  gateway.subs = { 'user:me': { recovered: false } };
  rooms[0] = { ...ROOM, lastSeq: 7, unread: 7 };
  gateway.close(3001, 'shutdown');
  const list = await until(parley.rooms.list, (next) => next.unread === 7);
  assert.equal(list.rooms[0]?.lastSeq, 7);
});

test('signals move a room to the top and count what is unread; own messages and other devices count as read', async () => {
  const { parley, gateway, rooms } = fixture();
  rooms.push({ ...ROOM, id: 'r2', name: 'Second' });
  await live({ parley, gateway } as Fixture);
  await until(parley.rooms.list, (list) => list.status === 'ready');
  const signal = (type: string, data: object): void =>
    gateway.publish('user:me', { id: 'e', type, time: TIME, actor: OTHER, data });
  signal('room.advanced', { roomId: 'r2', lastSeq: 3, authorId: OTHER.id });
  signal('room.advanced', { roomId: 'r2', lastSeq: 2, authorId: OTHER.id });
  let list = await until(parley.rooms.list, (next) => next.unread === 3);
  assert.deepEqual(
    list.rooms.map((room) => [room.id, room.unread]),
    [
      ['r2', 3],
      ['r1', 0],
    ],
  );
  signal('read.advanced', { roomId: 'r2', readSeq: 2 });
  list = await until(parley.rooms.list, (next) => next.unread === 1);
  signal('room.advanced', { roomId: 'r2', lastSeq: 4, authorId: ME.id });
  list = await until(parley.rooms.list, (next) => next.unread === 0);
  signal('room.left', { roomId: 'r2' });
  list = await until(parley.rooms.list, (next) => next.rooms.length === 1);
  assert.equal(list.rooms[0]?.id, 'r1');
});

test('a token endpoint that refuses ends the connection as denied; reconnectNow() tries again', async () => {
  const made = fixture();
  const { parley, refused, gateway } = made;
  refused.set('GET /v1/realtime/connection-token', 403);
  parley.start();
  await until(parley.connection.status, (status) => status.name === 'denied');
  assert.equal(gateway.attempts(), 0);
  refused.clear();
  parley.connection.reconnectNow();
  await until(parley.connection.status, (status) => status.name === 'live');
});

test('a token endpoint that cannot be reached is asked again until it can', async () => {
  const { parley, refused } = fixture();
  refused.set('GET /v1/realtime/connection-token', 0);
  parley.start();
  await until(parley.connection.status, (status) => status.name === 'reconnecting');
  refused.clear();
  await until(parley.connection.status, (status) => status.name === 'live');
});

test('a subscription token that is refused is access lost', async () => {
  const { parley, refused } = await live(fixture());
  refused.set('POST /v1/realtime/subscription-token', 404);
  const room = parley.room('r1');
  room.open();
  const view = await until(room.view, (next) => next.status.name === 'denied');
  assert.equal(view.status.name, 'denied');
});

test('offline is said in its own word, and the network coming back ends the wait', async () => {
  const { parley, gateway, network } = await live(fixture());
  gateway.isUp = false;
  network.set(false);
  gateway.close(1006, '');
  await until(parley.connection.status, (status) => status.name === 'offline');
  gateway.isUp = true;
  network.set(true);
  await until(parley.connection.status, (status) => status.name === 'live');
});

test('sign-out disconnects, empties the rooms and forgets what waits', async () => {
  const { parley } = await live(fixture());
  await parley.session.signOut();
  await until(parley.connection.status, (status) => status.name === 'signed-out');
  assert.equal(parley.centrifuge.state, 'disconnected');
  assert.deepEqual(parley.rooms.list.getSnapshot().rooms, []);
  const handle = parley.room('r1');
  handle.open();
  assert.equal(handle.view.getSnapshot().status.name, 'idle');
  assert.equal((await parley.session.signIn({ email: 'mia@example.com', password: 'x' })).ok, true);
  await until(parley.connection.status, (status) => status.name === 'live');
});

test('follow() shares one subscription among its followers', async () => {
  const { parley, gateway, calls } = await live(fixture());
  const seen = createStore<readonly unknown[]>([]);
  const note = (who: string) => ({
    onPublication: ({ data }: { data: unknown }) => seen.set([...seen.getSnapshot(), [who, data]]),
  });
  const first = parley.follow('calendar:me', note('first'));
  const second = parley.follow('calendar:me', note('second'));
  await until(second.status, (status) => status.name === 'live');
  first.close();
  first.close();
  gateway.publish('calendar:me', 1);
  assert.deepEqual(await until(seen, (all) => all.length > 0), [['second', 1]]);
  second.close();
  assert.equal(parley.centrifuge.getSubscription('calendar:me'), null);
  assert.equal(calls.filter((call) => call === 'POST /v1/realtime/subscription-token').length, 1);
});
