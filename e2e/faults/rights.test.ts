// Proves on a running server that nobody reads, writes or hears what is not theirs, and that an ended right ends at once.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import type { RealtimeToken, Room, SessionTokens } from '@parley/contract';
import { WebSocket } from 'ws';
import { callApi, createRoom, join, send, setUp, subscribe, type Account } from '../support/account.ts';
import { startServer, until, type RunningServer } from '../support/server.ts';

const password = 'correct horse battery';

interface House {
  server: RunningServer;
  ana: Account;
  bob: Account;
  eve: Account;
  room: Room;
}

/** A server with an administrator, a private room that Bob is in, and Eve who is not. */
async function openHouse(t: TestContext): Promise<House> {
  const server = await startServer({ PARLEY_RATE_LIMIT_FACTOR: '1000' });
  t.after(() => server.close());
  const ana = await setUp(server.url, server.setupLink());
  const room = await createRoom(ana, 'Board');
  const bob = await join(server.url, ana, 'Bob', room.id);
  const eve = await join(server.url, ana, 'Eve');
  return { server, ana, bob, eve, room };
}

type Reply = { id?: number; error?: { code: number } } & Record<string, unknown>;

/** A socket that speaks the protocol by hand. */
interface Wire {
  /** Sends one command and resolves with its reply, or with the code that the connection was closed with. */
  ask(command: Record<string, unknown>): Promise<Reply | number>;
  closed: Promise<number>;
}

async function openWire(t: TestContext, server: RunningServer): Promise<Wire> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/connection/websocket`);
  t.after(() => socket.terminate());
  const closed = once(socket, 'close').then(([code]) => Number(code));
  const waiting = new Map<number, (reply: Reply) => void>();
  socket.on('message', (frame: Buffer) => {
    for (const line of frame.toString().split('\n')) {
      const reply = JSON.parse(line) as Reply;
      if (reply.id !== undefined) waiting.get(reply.id)?.(reply);
    }
  });
  await once(socket, 'open');
  const ids = { last: 0 };
  return {
    closed,
    ask(command) {
      ids.last += 1;
      const id = ids.last;
      const replied = new Promise<Reply>((resolve) => waiting.set(id, resolve));
      socket.send(JSON.stringify({ id, ...command }));
      return Promise.race([replied, closed]);
    },
  };
}

const connectionToken = async (account: Account): Promise<string> =>
  (await account.call<RealtimeToken>('GET', '/v1/realtime/connection-token')).token;

const subscriptionToken = async (account: Account, channel: string): Promise<string> =>
  (await account.call<RealtimeToken>('POST', '/v1/realtime/subscription-token', { channel })).token;

async function connected(t: TestContext, server: RunningServer, token: string): Promise<Wire> {
  const wire = await openWire(t, server);
  const reply = await wire.ask({ connect: { token } });
  assert.ok(typeof reply === 'object' && reply.error === undefined, JSON.stringify(reply));
  return wire;
}

/** Every call about a room or one of its messages. */
function callsAbout(roomId: string, messageId: string, userId: string): [string, string, object?][] {
  const room = `/v1/rooms/${roomId}`;
  return [
    ['GET', room],
    ['PATCH', room, { name: 'Mine' }],
    ['POST', `${room}/join`],
    ['PUT', `${room}/read`, { seq: 1 }],
    ['POST', `${room}/typing`, { state: 'start' }],
    ['GET', `${room}/members`],
    ['PUT', `${room}/members/${userId}`, {}],
    ['DELETE', `${room}/members/${userId}`],
    ['GET', `${room}/messages`],
    ['GET', `${room}/messages?around=${messageId}`],
    ['GET', `${room}/changes`],
    ['POST', `${room}/messages`, { clientMessageId: 'not-my-room-1', text: 'x' }],
    ['PATCH', `${room}/messages/${messageId}`, { text: 'x' }],
    ['DELETE', `${room}/messages/${messageId}`],
    ['POST', '/v1/realtime/subscription-token', { channel: `chat:${roomId}` }],
    ['POST', '/v1/invitations', { roomId }],
  ];
}

async function refusedAll(who: Account, calls: readonly [string, string, object?][]): Promise<void> {
  for (const [method, path, body] of calls)
    await assert.rejects(who.call(method, path, body), / 40[34] .*"code":"(not_found|auth\.forbidden)"/, path);
}

test('an outsider gets nothing of a private room: over no endpoint and no command', async (t) => {
  const { server, ana, bob, eve, room } = await openHouse(t);
  const message = await send(bob, room.id, 'for-members-only');
  await refusedAll(eve, callsAbout(room.id, message.id, eve.userId));
  await refusedAll(eve, callsAbout(room.id, message.id, bob.userId));
  await assert.rejects(eve.call('PATCH', `/v1/users/${eve.userId}`, { role: 'admin' }), /403 .*auth\.forbidden/);
  const { data } = await ana.call<{ data: { id: string }[] }>('GET', `/v1/rooms/${room.id}/members`);
  assert.deepEqual(data.map(({ id }) => id).toSorted(), [ana.userId, bob.userId].toSorted());

  const channels = [room.channel, `user:${bob.userId}`];
  const wire = await connected(t, server, await connectionToken(eve));
  for (const channel of channels)
    for (const command of ['subscribe', 'presence', 'presence_stats', 'history', 'publish']) {
      const reply = await wire.ask({ [command]: { channel, ...(command === 'publish' ? { data: {} } : {}) } });
      assert.ok(typeof reply === 'object' && [103, 108].includes(reply.error?.code ?? 0), `${command} ${channel}`);
    }
  const wrongTokens = [eve.accessToken, await connectionToken(eve)];
  for (const token of wrongTokens) {
    const reply = await wire.ask({ subscribe: { channel: room.channel, token } });
    assert.deepEqual(reply, { id: (reply as Reply).id, error: { code: 103, message: 'permission denied' } });
  }
  const stolen = await subscriptionToken(bob, room.channel);
  assert.equal(await wire.ask({ subscribe: { channel: room.channel, token: stolen } }), 3500);
});

test('each kind of token opens its own door only', async (t) => {
  const { server, bob, room } = await openHouse(t);
  const connection = await connectionToken(bob);
  const subscription = await subscriptionToken(bob, room.channel);
  for (const token of [connection, subscription])
    await assert.rejects(callApi(server.url, { method: 'GET', path: '/v1/me', token }), /401 .*auth\.invalid_token/);
  for (const token of [bob.accessToken, subscription, `${connection}x`, 'a.b.c', '']) {
    const wire = await openWire(t, server);
    assert.ok([3500, 3501].includes((await wire.ask({ connect: { token } })) as number), token.slice(0, 10));
  }
  const headers = { 'x-api-key': bob.accessToken, 'content-type': 'application/json' };
  assert.equal((await fetch(`${server.url}/api/info`, { method: 'POST', headers, body: '{}' })).status, 401);
});

test('who is removed loses the room at once: live subscription, old tokens, every endpoint', async (t) => {
  const { server, ana, bob, room } = await openHouse(t);
  const message = await send(bob, room.id, 'before-removal');
  const token = await subscriptionToken(bob, room.channel);
  const heard: unknown[] = [];
  const wire = await connected(t, server, await connectionToken(bob));
  await wire.ask({ subscribe: { channel: room.channel, token } });
  await subscribe(server.url, bob, room.channel, (data) => heard.push(data));
  await ana.call('DELETE', `/v1/rooms/${room.id}/members/${bob.userId}`);
  const removedAt = performance.now();
  await until('the subscription to end', async () => {
    const reply = await wire.ask({ presence: { channel: room.channel } });
    return typeof reply === 'object' && reply.error?.code === 103;
  });
  assert.ok(performance.now() - removedAt < 1_000);
  const before = heard.length;
  await send(ana, room.id, 'after-removal');
  await refusedAll(bob, callsAbout(room.id, message.id, bob.userId));
  const again = await wire.ask({ subscribe: { channel: room.channel, token } });
  assert.ok(typeof again === 'object' && again.error?.code === 103, JSON.stringify(again));
  const created = (data: unknown) => (data as { data?: { message?: { clientMessageId: string } } }).data?.message;
  assert.deepEqual(heard.slice(before).map(created), []);
});

const logIn = (server: RunningServer, email: string): Promise<SessionTokens> =>
  callApi(server.url, { method: 'POST', path: '/v1/auth/login', body: { email, password, client: 'native' } });

const refresh = (server: RunningServer, refreshToken: string | undefined): Promise<SessionTokens> =>
  callApi(server.url, { method: 'POST', path: '/v1/auth/refresh', body: { refreshToken } });

/** Makes sure that a socket ends within a second, and that neither old token opens anything. */
async function endsEverything(
  t: TestContext,
  server: RunningServer,
  about: { session: SessionTokens; end: () => Promise<unknown> },
): Promise<void> {
  const { accessToken } = about.session;
  const get = <T>(path: string): Promise<T> => callApi<T>(server.url, { method: 'GET', path, token: accessToken });
  const { token } = await get<RealtimeToken>('/v1/realtime/connection-token');
  const { token: spare } = await get<RealtimeToken>('/v1/realtime/connection-token');
  const wire = await connected(t, server, token);
  await about.end();
  const endedAt = performance.now();
  await assert.rejects(get('/v1/me'), /401 .*auth\.invalid_token/);
  // 3014: all devices of the person come back for a new token, which the ended session does not get.
  assert.equal(await wire.closed, 3014);
  assert.ok(performance.now() - endedAt < 1_000);
  for (const old of [token, spare]) {
    const again = await openWire(t, server);
    assert.equal(await again.ask({ connect: { token: old } }), 3500);
  }
}

test('signing out, and the theft of a refresh token, end sockets within a second; their tokens stay dead', async (t) => {
  const { server } = await openHouse(t);
  const signedOut = await logIn(server, 'bob@example.com');
  const path = '/v1/auth/logout';
  const end = (): Promise<unknown> =>
    callApi(server.url, { method: 'POST', path, body: {}, token: signedOut.accessToken });
  await endsEverything(t, server, { session: signedOut, end });
  await assert.rejects(refresh(server, signedOut.refreshToken), /401 .*auth\.invalid_grant/);

  const first = await logIn(server, 'bob@example.com');
  const second = await refresh(server, first.refreshToken);
  const third = await refresh(server, second.refreshToken);
  // Two behind may be a tab that was slow; three behind is nobody's.
  const fourth = await refresh(server, third.refreshToken);
  await endsEverything(t, server, {
    session: fourth,
    end: () => assert.rejects(refresh(server, first.refreshToken), /401 .*auth\.invalid_grant/),
  });
  await assert.rejects(refresh(server, fourth.refreshToken), /401 .*auth\.invalid_grant/);
});

test('one invitation makes one account, however many use it at once', async (t) => {
  const { server, ana } = await openHouse(t);
  const { url } = await ana.call<{ url: string }>('POST', '/v1/invitations', {});
  const invitation = url.split('#')[1];
  const tries = Array.from({ length: 8 }, (_, index) =>
    callApi(server.url, {
      method: 'POST',
      path: '/v1/auth/register',
      body: { email: `guest${index}@example.com`, name: `Guest ${index}`, password, invitation, client: 'native' },
    }),
  );
  const results = await Promise.allSettled(tries);
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const result of results) if (result.status === 'rejected') assert.match(String(result.reason), / (410|503) /);
});

test('no secret of a whole run stands in what the server prints', async (t) => {
  const { server, ana, bob, room } = await openHouse(t);
  const link = server.setupLink();
  const { url } = await ana.call<{ url: string }>('POST', '/v1/invitations', {});
  const session = await logIn(server, 'bob@example.com');
  const renewed = await refresh(server, session.refreshToken);
  await assert.rejects(refresh(server, 'rt_canary-that-is-none'), /401/);
  await assert.rejects(
    callApi(server.url, {
      method: 'POST',
      path: `/v1/auth/login?password=${'canary-in-query'}`,
      body: { email: 'canary@example.com', password: 'canary-password-1' },
    }),
    /401/,
  );
  await assert.rejects(callApi(server.url, { method: 'GET', path: '/v1/me', token: 'canary-access-token' }), /401/);
  await send(bob, room.id, 'canary-message-1');
  const connection = await connectionToken(bob);
  const wire = await openWire(t, server);
  assert.equal(await wire.ask({ connect: { token: 'canary-connection-token' } }), 3500);
  await subscribe(server.url, bob, room.channel, () => undefined);
  const output = server.output().replace(link, '');
  const secrets = [
    password,
    link.split('#')[1],
    url.split('#')[1],
    session.refreshToken,
    renewed.refreshToken,
    session.accessToken,
    connection,
    ana.accessToken,
    'canary',
  ];
  for (const secret of secrets) {
    assert.ok(secret !== undefined && secret.length > 5);
    assert.equal(output.includes(secret), false, secret.slice(0, 8));
  }
  assert.ok(output.includes('"route":"/v1/auth/login"'), 'the log was on');
});
