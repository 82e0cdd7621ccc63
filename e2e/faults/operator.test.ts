// Proves what an unlucky operator meets: every fault of set-up ends in a sentence that says what to do, and nothing is lost.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LAUNCHER, makeDataFolder, runParley, startServer as startOnce } from '../support/command.ts';
import { createRoom, send, setUp } from '../support/account.ts';
import { startServer, until } from '../support/server.ts';

const canary = 'canary horse battery';

test('start in production prints the set-up link past the log, at every level, and as no log line', async (t) => {
  const server = await startServer({ NODE_ENV: 'production', LOG_LEVEL: 'warn' });
  t.after(() => server.close());
  const lines = server.output().split('\n');
  const holding = lines.filter((line) => line.includes('/setup#'));
  assert.deepEqual(holding, [`  ${server.setupLink()}`]);
  await setUp(server.url, server.setupLink());
  await assert.rejects(setUp(server.url, server.setupLink()), /409 .*setup\.done/);
});

/** Makes a data folder with what `fill` puts there; says how `parley start` ends on it. */
async function startOn(t: TestContext, fill: (folder: string) => Promise<unknown>): Promise<string> {
  const folder = await makeDataFolder(t);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await fill(folder);
  const ended = await runParley(['start', '--port', '0', '--data', folder]);
  assert.deepEqual([ended.code, ended.stdout], [1, '']);
  return ended.stderr.replaceAll(folder, '<data>');
}

/** A database as a later version would leave it. */
async function writeNewerDatabase(folder: string): Promise<void> {
  const made = await runParley(['user', 'create', '--email', 'a@b.example', '--name', 'A', '--data', folder], {
    input: `${canary}\n`,
  });
  assert.equal(made.code, 0, made.stderr);
  const database = new DatabaseSync(path.join(folder, 'parley.db'));
  database.exec("insert into kysely_migration (name, timestamp) values ('9999-later', '2099')");
  database.close();
}

test('start on a data folder that is not as it should be is one sentence with a way out', async (t) => {
  const folderCases: [(folder: string) => Promise<unknown>, RegExp][] = [
    [(folder) => writeFile(path.join(folder, 'keys.json'), '{'), /^error: <data>\/keys\.json: .* or move it away: /],
    [(folder) => mkdir(path.join(folder, 'keys.json')), /^error: <data>\/keys\.json is not a file/],
    [(folder) => writeFile(path.join(folder, 'api-key'), '\n'), /^error: <data>\/api-key must hold .*Move it away/],
    [(folder) => writeFile(path.join(folder, 'parley.db'), 'x'.repeat(9_000)), /not a SQLite database\. Check/],
    [(folder) => mkdir(path.join(folder, 'parley.db')), /cannot be opened\. Check/],
    [writeNewerDatabase, /written by a newer Parley \(it knows 9999-later\)\. Start that version\./],
  ];
  for (const [fill, expected] of folderCases) {
    const told = await startOn(t, fill);
    assert.match(told, expected);
    assert.match(told, /^error: [^\n]+\n$/);
  }
});

test('start killed at any moment of its first run starts well the next time', { timeout: 60_000 }, async (t) => {
  const dataFolder = await makeDataFolder(t);
  for (const afterMs of [250, 350, 450, 550, 650]) {
    const child = spawn(process.execPath, [LAUNCHER, 'start', '--port', '0', '--data', dataFolder], {
      env: { ...process.env, NODE_ENV: 'development' },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    // The moment is the input of this test, not a wait for something.
    await delay(afterMs);
    child.kill('SIGKILL');
    await ended;
  }
  const server = await startOnce(t, { dataFolder });
  assert.match(server.setupLink ?? '', /\/setup#st_/);
  await setUp(server.publicUrl, server.setupLink ?? '');
});

test('SIGTERM lets a POST that is under way end; it is answered and stored', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  const ana = await setUp(server.url, server.setupLink());
  const room = await createRoom(ana, 'General');
  const body = JSON.stringify({ clientMessageId: randomUUID(), text: 'half way' });
  const { port, hostname } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = once(socket, 'close');
  const head = [
    `POST /v1/rooms/${room.id}/messages HTTP/1.1`,
    `Host: ${hostname}`,
    `Authorization: Bearer ${ana.accessToken}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Expect: 100-continue',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  // The server has taken the request when it asks for its body.
  await once(socket, 'data');
  process.kill(server.pid(), 'SIGTERM');
  await until('the server to say that it stops', () => server.output().includes('stopping'));
  socket.write(body);
  await closed;
  assert.match(Buffer.concat(chunks).toString(), /HTTP\/1\.1 201 Created[^]*half way/);
  await until('the process to end', () => server.output().includes('"msg":"stopped"'));
  await server.start();
  const page = await ana.call<{ data: { text: string }[] }>('GET', `/v1/rooms/${room.id}/messages`);
  assert.deepEqual(
    page.data.map(({ text }) => text),
    ['half way'],
  );
});

test(
  'another program that holds the write lock delays writes or refuses them, and reading goes on',
  { timeout: 60_000 },
  async (t) => {
    const server = await startServer({ PARLEY_RATE_LIMIT_FACTOR: '100' });
    t.after(() => server.close());
    const ana = await setUp(server.url, server.setupLink());
    const room = await createRoom(ana, 'General');
    await send(ana, room.id, 'before-the-lock');
    const other = new DatabaseSync(path.join(server.data, 'parley.db'));
    t.after(() => other.close());
    other.exec('begin immediate');
    const refused = assert.rejects(send(ana, room.id, 'under-the-lock'), /503 .*storage\.unavailable/);
    const page = await ana.call<{ data: unknown[] }>('GET', `/v1/rooms/${room.id}/messages`);
    assert.equal(page.data.length, 1);
    assert.equal((await fetch(`${server.url}/livez`)).status, 200);
    await refused;
    other.exec('rollback');
    await send(ana, room.id, 'under-the-lock');
    const after = await ana.call<{ data: { seq: number }[] }>('GET', `/v1/rooms/${room.id}/messages`);
    assert.deepEqual(
      after.data.map(({ seq }) => seq),
      [1, 2],
    );
  },
);
