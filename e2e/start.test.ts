import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { Centrifuge } from 'centrifuge';
import { LAUNCHER, ROOT, makeDataFolder, runParley, startServer } from './support/command.ts';
import type { Greeting } from './support/command.ts';

interface Session {
  accessToken: string;
}

async function post<T>(url: string, body: unknown, token?: string): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-parley-client': 'web',
      origin: new URL(url).origin,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, `${url} ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

/** Follows the set-up link of a fresh server. */
async function becomeAdmin(server: Greeting): Promise<Session> {
  const token = new URL(server.setupLink ?? '').hash.slice(1);
  const person = { email: 'ada@example.org', name: 'Ada', password: 'a long pass phrase' };
  return post(`${server.publicUrl}/v1/setup`, { token, client: 'native', ...person });
}

test('start: the link makes the first administrator once, and is not printed again', async (context) => {
  const dataFolder = await makeDataFolder(context);
  const first = await startServer(context, { dataFolder });
  assert.match(first.setupLink ?? '', /^http:\/\/localhost:\d+\/setup#/);
  await becomeAdmin(first);
  await assert.rejects(becomeAdmin(first), / 409 .*setup\.done/);
  assert.equal(await first.end('SIGTERM'), 0);
  const second = await startServer(context, { dataFolder });
  assert.equal(second.setupLink, undefined);
});

test('start: what was acknowledged is there after kill -9', async (context) => {
  const dataFolder = await makeDataFolder(context);
  const first = await startServer(context, { dataFolder });
  const { accessToken } = await becomeAdmin(first);
  const room = await post<{ id: string }>(`${first.publicUrl}/v1/rooms`, { name: 'General' }, accessToken);
  const messages = `/v1/rooms/${room.id}/messages`;
  const sent: string[] = [];
  for (const text of ['one', 'two', 'three']) {
    const message = { text, clientMessageId: randomUUID() };
    sent.push((await post<{ id: string }>(first.publicUrl + messages, message, accessToken)).id);
  }
  assert.equal(await first.end('SIGKILL'), 'SIGKILL');
  const second = await startServer(context, { dataFolder, port: first.port });
  const headers = { authorization: `Bearer ${accessToken}` };
  const response = await fetch(`${second.publicUrl}${messages}?limit=10`, { headers });
  const page = (await response.json()) as { data: { id: string }[] };
  assert.deepEqual(
    page.data.map((message) => message.id),
    sent,
  );
});

test('start: SIGTERM tells clients to come back, and ends with 0', async (context) => {
  const dataFolder = await makeDataFolder(context);
  const server = await startServer(context, { dataFolder });
  const minted = await runParley([
    'token',
    'mint',
    '--user',
    '42',
    '--data',
    dataFolder,
    '--port',
    String(server.port),
  ]);
  assert.equal(minted.code, 0, minted.stderr);
  const client = new Centrifuge(`ws://localhost:${server.port}/connection/websocket`, { token: minted.stdout.trim() });
  context.after(() => client.disconnect());
  client.connect();
  await client.ready(5_000);
  const reconnecting = once(client as unknown as NodeJS.EventEmitter, 'connecting') as Promise<[{ code: number }]>;
  assert.equal(await server.end('SIGTERM'), 0);
  const [event] = await reconnecting;
  assert.equal(event.code, 3001);
});

test('start: a port in use is a sentence and exit code 1', async (context) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  context.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const dataFolder = await makeDataFolder(context);
  const ended = await runParley(['start', '--port', String(port), '--data', dataFolder]);
  assert.deepEqual([ended.code, ended.stdout], [1, '']);
  assert.equal(
    ended.stderr,
    `error: port ${port} is in use. Perhaps Parley runs already; otherwise choose another: --port ${port + 1}\n`,
  );
});

test('start: a data folder in use is a sentence and exit code 1, and the first server lives on', async (context) => {
  const dataFolder = await makeDataFolder(context);
  const server = await startServer(context, { dataFolder });
  const ended = await runParley(['start', '--port', '0', '--data', dataFolder]);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /^error: [^\n]*parley\.db[^\n]*\n$/);
  assert.equal((await fetch(`${server.publicUrl}/readyz`)).status, 200);
});

test('start: a wrong setting is named with its allowed form, exit code 2', async (context) => {
  const dataFolder = await makeDataFolder(context);
  const environment = { PORT: 'http', JWT_SECRET: 'changeme' };
  const ended = await runParley(['start', '--data', dataFolder], { environment });
  assert.deepEqual([ended.code, ended.stderr], [2, 'error: PORT must be a whole number from 0 to 65535\n']);
  const weak = await runParley(['start', '--data', dataFolder], { environment: { JWT_SECRET: 'changeme' } });
  assert.equal(weak.code, 2);
  assert.match(weak.stderr, /^error: JWT_SECRET is refused: /);
});

test('doctor: a running server is well; without one nothing fails', async (context) => {
  const dataFolder = await makeDataFolder(context);
  const server = await startServer(context, { dataFolder });
  const args = ['doctor', '--json', '--data', dataFolder, '--port', String(server.port)];
  const running = await runParley(args);
  const records = running.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { check?: string; status?: string; ok?: boolean });
  assert.deepEqual(records.at(-1), { ok: true, failed: 0, checks: 11 }, running.stdout);
  assert.equal(records.find((record) => record.check === 'realtime')?.status, 'ok');
  await server.end('SIGTERM');
  const stopped = await runParley(args);
  assert.equal(stopped.code, 0, stopped.stdout);
  assert.match(stopped.stdout, /"check":"server","status":"skipped"/);
});

test('user: an account made at the machine can sign in, and its role can change', async (context) => {
  const dataFolder = await makeDataFolder(context);
  const data = ['--data', dataFolder];
  const person = ['--email', 'grace@example.org', '--name', 'Grace'];
  const made = await runParley(['user', 'create', ...person, '--role', 'admin', ...data], {
    input: 'a long pass phrase\n',
  });
  assert.deepEqual([made.code, made.stdout], [0, 'Grace <grace@example.org> is admin\n'], made.stderr);
  const twice = await runParley(['user', 'create', ...person, ...data], { input: 'a long pass phrase\n' });
  assert.deepEqual([twice.code, twice.stderr], [1, 'error: There is an account with this e-mail address\n']);
  const short = await runParley(['user', 'create', '--email', 'x@example.org', '--name', 'X', ...data], {
    input: 'short\n',
  });
  assert.deepEqual([short.code, short.stderr], [1, 'error: password must have at least 12 characters\n']);
  const last = await runParley(['user', 'role', 'grace@example.org', 'member', ...data]);
  assert.deepEqual([last.code, last.stderr], [1, 'error: The last administrator cannot lose the role\n']);
  const server = await startServer(context, { dataFolder });
  assert.equal(server.setupLink, undefined);
  const login = { email: 'grace@example.org', password: 'a long pass phrase', client: 'native' };
  assert.ok((await post<Session>(`${server.publicUrl}/v1/auth/login`, login)).accessToken);
});

/** A Node of this machine that is too old for Parley, if there is one. */
function findOldNode(): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => !folder.startsWith(ROOT));
  return folders
    .map((folder) => path.join(folder, 'node'))
    .filter((file) => existsSync(file))
    .find((file) => /^v(1\d|2[0-3])\./.test(spawnSync(file, ['-v'], { encoding: 'utf8' }).stdout));
}

const oldNode = findOldNode();

test(
  'launcher: an old Node gets one sentence that says what to do',
  { skip: oldNode === undefined ? 'no Node below 24 on this machine' : false },
  () => {
    const ended = spawnSync(oldNode ?? '', [LAUNCHER, 'start'], { encoding: 'utf8' });
    assert.equal(ended.status, 1);
    assert.match(
      ended.stderr,
      /^Parley needs Node 24\.15 or later; this is [\d.]+\. In a clone, `npm start` brings its own\.\n$/,
    );
  },
);
