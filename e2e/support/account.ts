// Decides how the end-to-end tests and the benchmarks act as a person without a browser: plain HTTP and a plain WebSocket.
import type { Message, RealtimeToken, Room, SessionTokens } from '@parley/contract';
import { WebSocket } from 'ws';

/** A signed-in person. */
export interface Account {
  accessToken: string;
  userId: string;
  /** Calls the api; rejects with status and body when the answer is not 2xx. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
}

/** Calls `path` of the api at `base`; the answer's JSON, or a rejection that names status and body. */
export async function callApi<T>(
  base: string,
  request: { method: string; path: string; body?: unknown; token?: string },
): Promise<T> {
  const response = await fetch(base + request.path, {
    method: request.method,
    headers: {
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(request.token === undefined ? {} : { authorization: `Bearer ${request.token}` }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${request.method} ${request.path}: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

const accountOf = (base: string, tokens: SessionTokens): Account => ({
  accessToken: tokens.accessToken,
  userId: tokens.user.id,
  call: (method, path, body) => callApi(base, { method, path, body, token: tokens.accessToken }),
});

/** Makes the first administrator through the link that the server printed. */
export async function setUp(base: string, setupLink: string): Promise<Account> {
  const token = setupLink.split('#')[1];
  const body = { token, email: 'ana@example.com', name: 'Ana', password: 'correct horse battery', client: 'native' };
  return accountOf(base, await callApi<SessionTokens>(base, { method: 'POST', path: '/v1/setup', body }));
}

/** Registers another person through an invitation by `host`, into `roomId` if given. */
export async function join(base: string, host: Account, name: string, roomId?: string): Promise<Account> {
  const created = await host.call<{ url: string }>('POST', '/v1/invitations', roomId === undefined ? {} : { roomId });
  const body = {
    email: `${name.toLowerCase()}@example.com`,
    name,
    password: 'correct horse battery',
    invitation: created.url.split('#')[1],
    client: 'native',
  };
  return accountOf(base, await callApi<SessionTokens>(base, { method: 'POST', path: '/v1/auth/register', body }));
}

/** Makes a room that `account` owns. */
export const createRoom = (account: Account, name: string): Promise<Room> =>
  account.call('POST', '/v1/rooms', { name, isPrivate: true });

/** Sends a message; resolves when the server has acknowledged it. */
export const send = (account: Account, roomId: string, clientMessageId: string): Promise<Message> =>
  account.call('POST', `/v1/rooms/${roomId}/messages`, { clientMessageId, text: `text of ${clientMessageId}` });

/** A live subscription over a plain WebSocket. */
export interface Subscriber {
  close(): void;
}

/**
 * Connects and subscribes to `channel` with tokens of the api; resolves when the subscription is live.
 *
 * @param onPublication gets each publication's `data`
 */
export async function subscribe(
  base: string,
  account: Account,
  channel: string,
  onPublication: (data: unknown) => void,
): Promise<Subscriber> {
  const connection = await account.call<RealtimeToken>('GET', '/v1/realtime/connection-token');
  const subscription = await account.call<RealtimeToken>('POST', '/v1/realtime/subscription-token', { channel });
  const socket = new WebSocket(`${base.replace('http', 'ws')}/connection/websocket`);
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code, reason) => reject(new Error(`closed with ${code} ${reason.toString()}`)));
    socket.on('open', () => {
      socket.send(
        `${JSON.stringify({ id: 1, connect: { token: connection.token } })}\n${JSON.stringify({ id: 2, subscribe: { channel, token: subscription.token } })}`,
      );
    });
    socket.on('message', (frame: Buffer) => {
      for (const line of frame.toString().split('\n')) {
        if (line === '{}') socket.send('{}');
        const reply = JSON.parse(line) as {
          id?: number;
          error?: { code: number; message: string };
          push?: { channel: string; pub?: { data: unknown } };
        };
        if (reply.error) reject(new Error(`refused: ${reply.error.code} ${reply.error.message}`));
        if (reply.id === 2) resolve();
        if (reply.push?.channel === channel && reply.push.pub) onPublication(reply.push.pub.data);
      }
    });
  });
  return { close: () => socket.close() };
}
