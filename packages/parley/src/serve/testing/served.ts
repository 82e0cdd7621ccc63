// Decides how tests run the whole server in their own process, and talk to it over real HTTP and real sockets.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { SessionTokens } from '@parley/contract';
import { pino } from 'pino';
import { readKeys } from '../../settings/key-store.ts';
import { loadSecrets, type Secrets } from '../../settings/secret-files.ts';
import { readSettings } from '../../settings/settings.ts';
import { startServer } from '../compose.ts';

/** An answer: its status and its body, parsed if it is JSON. */
export interface Answer<T = unknown> {
  status: number;
  body: T;
}

/** A running server. */
export interface Served {
  url: string;
  dataFolder: string;
  secrets: Secrets;
  setupToken: string;
  /** Stops it before the test ends. */
  stop(): Promise<void>;
  /** Makes a request; `authorization` is a whole header, or nothing. */
  call<T = unknown>(authorization: string, request: string, body?: object): Promise<Answer<T>>;
}

/** Starts a server on a free port with an empty folder; it ends with the test. */
export async function serve(t: TestContext, environment: Record<string, string> = {}): Promise<Served> {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-served-'));
  const webFolder = path.join(folder, 'web');
  mkdirSync(webFolder);
  writeFileSync(path.join(webFolder, 'index.html'), '<!doctype html><title>Parley</title>');
  const dataFolder = path.join(folder, 'data');
  const read = readSettings({
    environment: { NODE_ENV: 'development', PARLEY_RATE_LIMIT_FACTOR: '1000', ...environment },
    flags: { PORT: '0', PARLEY_DATA: dataFolder },
    readFile: () => '',
  });
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('; '));
  const { settings } = read;
  const server = await startServer({
    settings,
    log: pino({ level: 'silent' }),
    clock: { now: Date.now },
    version: '0.0.0',
    webFolder,
    readKeys: () => readKeys(settings, []),
    async loadSecrets() {
      const loaded = await loadSecrets(settings);
      if (!loaded.ok) throw new Error(loaded.problem);
      return loaded.secrets;
    },
  });
  const state: { stopping: Promise<void> | undefined } = { stopping: undefined };
  const stop = (): Promise<void> => (state.stopping ??= server.stop(1_000));
  t.after(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    url,
    dataFolder,
    secrets: server.secrets,
    setupToken: server.setupLink?.split('#')[1] ?? '',
    stop,
    call: (authorization, request, body) => call(url, { authorization, request, body }),
  };
}

async function call<T>(
  url: string,
  wanted: { authorization: string; request: string; body: object | undefined },
): Promise<Answer<T>> {
  const [method = '', where = ''] = wanted.request.split(' ');
  const headers: Record<string, string> = {};
  if (wanted.authorization !== '') headers.authorization = wanted.authorization;
  if (wanted.body !== undefined) headers['content-type'] = 'application/json';
  const response = await fetch(`${url}${where}`, {
    method,
    headers,
    ...(wanted.body === undefined ? {} : { body: JSON.stringify(wanted.body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, body: (isJson ? JSON.parse(text) : text) as T };
}

/** A person with a session. */
export interface Someone {
  id: string;
  name: string;
  /** The whole `Authorization` header. */
  bearer: string;
}

const password = 'correct horse battery';

function someoneOf({ status, body }: Answer<SessionTokens>): Someone {
  if (status > 201) throw new Error(`no session: ${status} ${JSON.stringify(body)}`);
  return { id: body.user.id, name: body.user.name, bearer: `Bearer ${body.accessToken}` };
}

/** Makes the first administrator. */
export async function setUp(served: Served): Promise<Someone> {
  const body = { token: served.setupToken, email: 'root@example.org', name: 'Root', password, client: 'native' };
  return someoneOf(await served.call('', 'POST /v1/setup', body));
}

/** Invites and registers somebody. */
export async function join(served: Served, admin: Someone, name: string, role = 'member'): Promise<Someone> {
  const invited = await served.call<{ url: string }>(admin.bearer, 'POST /v1/invitations', { role });
  const invitation = invited.body.url.split('#')[1];
  const body = { email: `${name}@example.org`, name, password, invitation, client: 'native' };
  return someoneOf(await served.call('', 'POST /v1/auth/register', body));
}

/** Signs somebody in again. */
export async function signIn(served: Served, name: string): Promise<Someone> {
  const body = { email: `${name}@example.org`, password, client: 'native' };
  return someoneOf(await served.call('', 'POST /v1/auth/login', body));
}

/** A reply of the gateway. */
export interface WireReply {
  id?: number;
  error?: { code: number };
  connect?: { subs?: Record<string, unknown> };
  subscribe?: object;
}

/** A socket that speaks the protocol by hand. */
export interface Wire {
  /** Sends a command; resolves with its reply, or with the code that the connection was closed with. */
  ask(command: object): Promise<WireReply | number>;
  /** Resolves with the code and the time (`performance.now()`) of the end. */
  closed: Promise<{ code: number; at: number }>;
}

/** Opens a socket; it is closed with the test. */
export async function openWire(t: TestContext, served: Served): Promise<Wire> {
  const socket = new WebSocket(`${served.url.replace('http', 'ws')}/connection/websocket`);
  t.after(() => socket.close());
  const closed = new Promise<{ code: number; at: number }>((resolve) => {
    socket.addEventListener('close', ({ code }) => resolve({ code, at: performance.now() }));
  });
  const waiting = new Map<number, (reply: WireReply) => void>();
  socket.addEventListener('message', ({ data }) => {
    for (const line of String(data).split('\n')) {
      if (line === '{}') socket.send('{}');
      const reply = JSON.parse(line) as WireReply;
      if (reply.id !== undefined) waiting.get(reply.id)?.(reply);
    }
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error('the socket did not open')));
  });
  const ids = { last: 0 };
  return {
    closed,
    ask(command) {
      ids.last += 1;
      const id = ids.last;
      const replied = new Promise<WireReply>((resolve) => waiting.set(id, resolve));
      socket.send(JSON.stringify({ id, ...command }));
      return Promise.race([replied, closed.then(({ code }) => code)]);
    },
  };
}
