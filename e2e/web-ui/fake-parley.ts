// Decides what the web app sees of a server in its own tests: one person, one long room, everything inside the page's network.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Message, Room, UserSummary } from '@parley/contract';
import type { Page, Route, WebSocketRoute } from 'playwright-core';
import { IDENTITY, PEOPLE, createIdentity, identityPath } from './fake-identity.ts';
import type { FakeIdentity } from './fake-identity.ts';

/** Where the app is; nothing listens there, every request is answered by the test. Browsers trust it like https. */
export const ORIGIN = 'http://parley.localhost';
/** The name of the one room. */
export const ROOM = 'General';

const DIST = new URL('../../packages/web/dist/', import.meta.url);
const [ME, OTHER] = PEOPLE;
const ROOM_ID = '01900000-0000-7000-8000-0000000000aa';
const CHANNEL = `chat:${ROOM_ID}`;
const START = Date.UTC(2026, 0, 1);
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
};
const POLICY = [
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'",
  "connect-src 'self' ws://parley.localhost; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** The fake, as the tests steer it. `violations` collects what the browser reports against the policy. */
export interface FakeParley {
  readonly violations: string[];
  /** Accounts, sessions, factors, keys, audit log. */
  readonly identity: FakeIdentity;
  /** While set, sending is refused with this code and title. */
  refusal: { status: number; code: string; title: string } | undefined;
  /** While set, reading messages waits for it. */
  gate: Promise<void> | undefined;
  /** Delivers a message of the other person. */
  say(text: string): void;
}

/** Answers everything that `page` asks for. The room holds `count` messages of very different heights. */
export async function fakeParley(page: Page, count: number): Promise<FakeParley> {
  const messages = Array.from({ length: count }, (_, i) => historyMessage(i + 1));
  const sockets = new Set<WebSocketRoute>();
  const fake: FakeParley = {
    violations: [],
    identity: createIdentity(),
    refusal: undefined,
    gate: undefined,
    say: (text) => announce(sockets, append(messages, OTHER, { text, clientMessageId: randomUUID() }), messages.length),
  };
  page.on('console', (entry) => {
    if (entry.text().includes('Content Security Policy')) fake.violations.push(entry.text());
  });
  await page.route(`${ORIGIN}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    return pathname.startsWith('/v1/') ? answer(route, { messages, sockets, fake }) : file(route, pathname);
  });
  await page.routeWebSocket(/\/connection\/websocket$/, (socket) => {
    sockets.add(socket);
    socket.onClose(() => void sockets.delete(socket));
    socket.onMessage((frame) => {
      for (const line of String(frame).split('\n')) if (line !== '{}') command(socket, line);
    });
  });
  return fake;
}

function historyMessage(seq: number): Message {
  const words = 'nothing that was accepted is ever lost '.repeat(1 + ((seq * 7) % 9));
  return {
    ...blank(seq, seq % 4 < 2 ? OTHER : ME),
    text: `#${seq} ${words}${seq % 11 === 0 ? '\n\nand a second paragraph' : ''}`,
    createdAt: new Date(START + seq * 400_000).toISOString(),
  };
}

function blank(seq: number, author: UserSummary): Message {
  return {
    id: `01900000-0000-7000-8001-${String(seq).padStart(12, '0')}`,
    roomId: ROOM_ID,
    seq,
    revision: seq,
    author,
    clientMessageId: `history-${seq}`,
    text: '',
    createdAt: new Date().toISOString(),
    editedAt: null,
    deletedAt: null,
  };
}

function append(messages: Message[], author: UserSummary, body: { text: string; clientMessageId: string }): Message {
  const message = { ...blank(messages.length + 1, author), ...body };
  messages.push(message);
  return message;
}

function announce(sockets: ReadonlySet<WebSocketRoute>, message: Message, offset: number): void {
  const type = message.deletedAt !== null ? 'deleted' : message.editedAt === null ? 'created' : 'edited';
  const event = { id: randomUUID(), time: message.createdAt, actor: message.author, seq: message.revision };
  const data = { ...event, type: `message.${type}`, data: { message } };
  for (const socket of sockets) socket.send(JSON.stringify({ push: { channel: CHANNEL, pub: { data, offset } } }));
}

function command(socket: WebSocketRoute, line: string): void {
  const { id, ...asked } = JSON.parse(line) as { id: number } & Record<string, unknown>;
  const place = { recoverable: true, positioned: true, epoch: 'e', offset: 0, recovered: false, publications: [] };
  const client = { client: 'c1', user: ME.id, conn_info: { name: ME.name } };
  const replies: Readonly<Record<string, unknown>> = {
    connect: { client: 'c1', version: 'fake', ping: 25, pong: true, subs: { [`user:${ME.id}`]: place } },
    subscribe: place,
    unsubscribe: {},
    presence: { presence: { c1: client } },
  };
  const name = Object.keys(asked).find((key) => key in replies);
  const reply = name === undefined ? { error: { code: 108, message: 'not available' } } : { [name]: replies[name] };
  socket.send(JSON.stringify({ id, ...reply }));
}

async function file(route: Route, pathname: string): Promise<void> {
  const isFile = /\.(?:js|css|svg)$/.test(pathname);
  const name = isFile ? pathname.slice(1) : 'index.html';
  const contentType = TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
  await route.fulfill({
    body: await readFile(new URL(name, DIST)),
    contentType,
    headers: isFile ? {} : { 'content-security-policy': POLICY },
  });
}

type World = { messages: Message[]; sockets: ReadonlySet<WebSocketRoute>; fake: FakeParley };

async function answer(route: Route, world: World): Promise<void> {
  const request = route.request();
  const url = new URL(request.url());
  const path = identityPath(url.pathname.replace(`/${ROOM_ID}`, '/:id').replace(/\/messages\/.+/, '/messages/:id'));
  if (request.method() === 'GET' && path.endsWith('/messages')) await world.fake.gate;
  const name = `${request.method()} ${path}`;
  const body = (request.postDataJSON() ?? {}) as Record<string, string>;
  const asked = { body, query: url.searchParams, messageId: url.pathname.split('/').at(-1) ?? '' };
  const delicate = IDENTITY[name];
  if (delicate !== undefined) world.fake.identity.calls.push(name);
  const result =
    delicate === undefined
      ? HANDLERS[name]?.(world, asked)
      : delicate(world.fake.identity, { body, query: url.searchParams, path: url.pathname });
  if (result === undefined)
    return route.fulfill(problem({ status: 404, code: 'not_found', title: 'There is no such thing' }));
  const refused = result as { problem?: Refusal } | null;
  if (refused === null) return route.fulfill({ status: 204 });
  if (refused.problem !== undefined) return route.fulfill(problem(refused.problem));
  if (typeof result === 'string') return route.fulfill({ body: result, contentType: 'application/x-ndjson' });
  return route.fulfill({ json: result });
}

type Refusal = { status: number; code: string; title: string; retryAfter?: number };

const problem = ({ status, code, title, retryAfter }: Refusal) => ({
  status,
  contentType: 'application/problem+json',
  headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
  body: JSON.stringify({ type: 'about:blank', status, code, title, requestId: 'request-1' }),
});

type Asked = { body: Record<string, string>; query: URLSearchParams; messageId: string };
const NO_MORE = { next: null, prev: null, hasMore: false };

const HANDLERS: Readonly<Record<string, (world: World, asked: Asked) => unknown>> = {
  'GET /v1/realtime/connection-token': () => ({ token: 'connection', expiresIn: 900 }),
  'POST /v1/realtime/subscription-token': () => ({ token: 'subscription', expiresIn: 900 }),
  'GET /v1/rooms': ({ messages }) => ({ data: [roomOf(messages)], page: NO_MORE }),
  'GET /v1/rooms/:id/members': () => ({
    data: [{ ...ME, role: 'owner', joinedAt: new Date(START).toISOString() }],
    page: NO_MORE,
  }),
  'PUT /v1/rooms/:id/read': () => ({}),
  'POST /v1/rooms/:id/typing': () => ({}),
  'GET /v1/rooms/:id/changes': ({ messages }) => ({
    messages: [],
    revision: Math.max(...messages.map(({ revision }) => revision)),
    lastSeq: messages.length,
    hasMore: false,
    position: null,
  }),
  'GET /v1/rooms/:id/messages': ({ messages }, { query }) => {
    const end = Number(query.get('before') ?? messages.length + 1) - 1;
    const start = Math.max(0, end - Number(query.get('limit') ?? 50));
    return { data: messages.slice(start, end), page: { ...NO_MORE, prev: start > 0 ? String(start + 1) : null } };
  },
  'POST /v1/rooms/:id/messages': ({ messages, sockets, fake }, { body }) => {
    if (fake.refusal !== undefined) return { problem: fake.refusal };
    const { text = '', clientMessageId = '' } = body;
    const message = append(messages, ME, { text, clientMessageId });
    announce(sockets, message, messages.length);
    return message;
  },
  'PATCH /v1/rooms/:id/messages/:id': ({ messages, sockets }, { body, messageId }) =>
    change(messages, sockets, { id: messageId, text: body['text'] ?? '', editedAt: new Date().toISOString() }),
  'DELETE /v1/rooms/:id/messages/:id': ({ messages, sockets }, { messageId }) =>
    change(messages, sockets, { id: messageId, text: '', deletedAt: new Date().toISOString() }),
};

function change(messages: Message[], sockets: World['sockets'], next: Partial<Message> & { id: string }): unknown {
  const at = messages.findIndex(({ id }) => id === next.id);
  const before = messages[at];
  if (before === undefined) return undefined;
  const message = { ...before, ...next, revision: Math.max(...messages.map(({ revision }) => revision)) + 1 };
  messages[at] = message;
  announce(sockets, message, message.revision);
  return message;
}

function roomOf(messages: readonly Message[]): Room {
  const joinedAt = new Date(START).toISOString();
  return {
    id: ROOM_ID,
    name: ROOM,
    topic: 'Everything that concerns all of us',
    isPrivate: false,
    channel: CHANNEL,
    lastSeq: messages.length,
    memberCount: 1,
    membership: { role: 'owner', readSeq: messages.length, joinedAt },
    unread: 0,
    createdAt: joinedAt,
  };
}
