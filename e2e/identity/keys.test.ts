// Decides that the keys of a running server are changed by command, for its API, its sockets and those who read its JWKS.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { createServerTokens } from '../../packages/parley/src/serve/tokens.ts';
import type { ServerTokens } from '../../packages/parley/src/serve/tokens.ts';
import { parseKeyrings } from '../../packages/tokens/src/index.ts';
import { runParley } from '../support/command.ts';
import { startServer, until } from '../support/server.ts';
import type { RunningServer } from '../support/server.ts';

let server: RunningServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

interface Told {
  ok: boolean;
  error?: string;
  changes: { ring: string; kid: string; change: string }[];
  rings: Record<string, { kid: string; state: string; alg?: string }[]>;
}

async function keys(...args: string[]): Promise<Told> {
  const ended = await runParley(['keys', ...args, '--data', server.data, '--json']);
  return JSON.parse(ended.stdout) as Told;
}

/** Signers with the keys that are on disk now. */
async function readTokens(): Promise<ServerTokens> {
  const read = parseKeyrings(await readFile(path.join(server.data, 'keys.json'), 'utf8'));
  assert.ok(read.ok);
  return createServerTokens({ issuer: server.url, rings: read.rings, accessTokenLife: 900 }, { now: Date.now });
}

const claims = { sub: 'user-1', sid: 'session-1', uv: 0, role: 'member', scope: '', client_id: 'web' };

async function statusOf(token: string): Promise<number> {
  const url = `${server.url}/v1/realtime/connection-token`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  await answer.body?.cancel();
  return answer.status;
}

async function connect(token: string): Promise<{ closed: Promise<number> }> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/connection/websocket`);
  const connected = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<number>();
  socket.addEventListener('open', () => socket.send(JSON.stringify({ id: 1, connect: { token } })));
  socket.addEventListener('message', (event) => {
    if (String(event.data).includes('"connect"')) connected.resolve();
  });
  socket.addEventListener('close', ({ code }) => {
    closed.resolve(code);
    connected.reject(new Error(`closed with ${code}`));
  });
  await connected.promise;
  return { closed: closed.promise };
}

test('parley keys list shows six rings with a current key each, and no secret', async () => {
  const { rings } = await keys('list');
  assert.deepEqual(Object.keys(rings), ['access', 'connection', 'subscription', 'device', 'pepper', 'vault']);
  for (const ring of Object.values(rings))
    assert.deepEqual(
      ring.map(({ state }) => state),
      ['current'],
    );
  const text = await readFile(path.join(server.data, 'keys.json'), 'utf8');
  const secret: string = JSON.parse(text).access.keys[0].k;
  assert.equal(JSON.stringify(rings).includes(secret), false);
});

test('a rotation to another algorithm signs nobody out, and its public key is published', async () => {
  const before = (await readTokens()).access.sign(claims, 600);
  assert.equal(await statusOf(before), 200);
  const rotated = await keys('rotate', '--ring', 'access', '--alg', 'ES256');
  const kid = rotated.changes[0]?.kid ?? '';
  await until('the new key to be published', async () => {
    const answer = await fetch(`${server.url}/.well-known/jwks.json`);
    return (await answer.text()).includes(kid);
  });
  assert.equal(await statusOf((await readTokens()).access.sign(claims, 600)), 200);
  assert.equal(await statusOf(before), 200);
});

test('generate, promote and retire take a key through its life, and refuse what cannot be', async () => {
  const made = await keys('generate', '--ring', 'connection', '--alg', 'EdDSA');
  const kid = made.changes[0]?.kid ?? '';
  assert.deepEqual(made.changes, [{ ring: 'connection', kid, change: 'created' }]);
  const promoted = await keys('promote', '--ring', 'connection');
  assert.deepEqual(promoted.changes.map(({ change }) => change).toSorted(), ['promoted', 'retired']);
  const refused = await keys('retire', kid, '--ring', 'connection');
  assert.equal(refused.error, 'connection: it is the current key; promote or rotate to another first');
  const unknown = await keys('revoke', 'nobody', '--ring', 'connection');
  assert.equal(unknown.error, 'connection: there is no key of this id; see parley keys list');
  const warned = await keys('revoke', 'nobody', '--ring', 'vault');
  assert.match(warned.error ?? '', /add --yes if that is meant$/);
});

test('a revoked key is dead on the API and on live sockets within a second of the command', async () => {
  const tokens = await readTokens();
  const token = tokens.access.sign(claims, 600);
  const connection = tokens.connection.sign({ sub: 'user-1', expire_at: Math.floor(Date.now() / 1000) + 600 }, 60);
  await until('the key to be in force', async () => (await statusOf(token)) === 200);
  const { closed } = await connect(connection);
  const current = (await keys('list', '--ring', 'access')).rings.access?.find(({ state }) => state === 'current');
  const revoked = await keys('revoke', current?.kid ?? '', '--ring', 'access');
  const done = performance.now();
  assert.deepEqual(revoked.changes.map(({ change }) => change).toSorted(), ['created', 'promoted', 'revoked']);
  assert.equal(await closed, 3014);
  assert.equal(await statusOf(token), 401);
  const tookMs = performance.now() - done;
  assert.ok(tookMs < 1_000, `${tookMs} ms`);
  assert.equal(await statusOf((await readTokens()).access.sign(claims, 600)), 200);
});

test('SIGHUP makes the server read its keys again, and it stays up', async () => {
  process.kill(server.pid(), 'SIGHUP');
  await until('the server to say so', () => server.output().includes('SIGHUP: reading the keys again'));
  assert.equal(await statusOf((await readTokens()).access.sign(claims, 600)), 200);
});
