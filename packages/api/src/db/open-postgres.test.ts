// Proves what happens to PostgreSQL's connections when the server goes away and comes back.
import assert from 'node:assert/strict';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { sql } from 'kysely';
import { pino } from 'pino';
import { openPostgres } from './open-postgres.ts';
import { postgresFailure } from './postgres-errors.ts';
import { testPostgres } from './testing/each-database.ts';

const log = pino({ level: 'silent' });

test('postgresFailure() names what the server could not do and leaves what the caller did wrong', () => {
  for (const [code, expected] of [
    ['53100', 'storage.full'],
    ['53300', 'storage.unavailable'],
    ['57P01', 'storage.unavailable'],
    ['57P03', 'storage.unavailable'],
    ['08006', 'storage.unavailable'],
    ['28P01', 'storage.unavailable'],
    ['57014', 'storage.unavailable'],
    ['ECONNREFUSED', 'storage.unavailable'],
    ['ECONNRESET', 'storage.unavailable'],
    ['23505', undefined],
    ['23503', undefined],
    ['42P01', undefined],
    ['22P02', undefined],
  ] as const) {
    const failure = postgresFailure(Object.assign(new Error('secret detail'), { code }));
    assert.ok(failure instanceof Error);
    assert.equal(failure.name === 'StorageError' && 'code' in failure ? failure.code : undefined, expected, code);
    if (expected !== undefined) assert.doesNotMatch(failure.message, /secret/);
  }
});

test('ping() and transact() say that nobody listens, without the address', async (t) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  const database = openPostgres({ url: `postgres://app:hunter2@127.0.0.1:${port}/app`, poolSize: 2, log });
  t.after(() => database.close());
  const refusal = (error: Error & { code?: string }) => {
    assert.equal(error.name, 'StorageError');
    assert.equal(error.code, 'storage.unavailable');
    assert.match(error.message, /Check that the server of DATABASE_URL runs/);
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  };
  await assert.rejects(database.ping(), refusal);
  await assert.rejects(
    database.transact(() => Promise.resolve()),
    refusal,
  );
});

/** A door in front of PostgreSQL that can be shut: its connections then break and new ones are refused. */
async function createDoor(t: TestContext, socketPath: string) {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server: Server = createServer((socket) => {
    if (!isOpen) return void socket.destroy();
    const upstream = connect(socketPath);
    for (const side of [socket, upstream]) {
      sockets.add(side);
      side.on('error', () => side.destroy());
      side.on('close', () => sockets.delete(side));
    }
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  t.after(() => {
    breakAll();
    server.close();
  });
  return {
    port: (server.address() as { port: number }).port,
    breakAll,
    shut() {
      isOpen = false;
      breakAll();
    },
    reopen() {
      isOpen = true;
    },
  };
}

testPostgres('a broken connection fails what runs on it, and what comes later heals by itself', async (database, t) => {
  const { rows } = await sql<{ folder: string; name: string; port: string }>`
    select current_setting('unix_socket_directories') as folder, current_database() as name, current_setting('port') as port
  `.execute(database.read);
  const { folder, name, port } = rows[0]!;
  const door = await createDoor(t, `${folder}/.s.PGSQL.${port}`);
  const distant = openPostgres({ url: `postgres://postgres@127.0.0.1:${door.port}/${name}`, poolSize: 2, log });
  t.after(() => distant.close());
  await distant.ping();
  await assert.rejects(
    distant.transact(async (query) => {
      await sql`insert into revocations (subject, expires_at) values ('sid:1', 1)`.execute(query);
      door.shut();
      await sql`select 1`.execute(query);
    }),
    { name: 'StorageError', code: 'storage.unavailable' },
  );
  await assert.rejects(distant.ping(), { name: 'StorageError', code: 'storage.unavailable' });
  door.reopen();
  await distant.transact((query) =>
    sql`insert into revocations (subject, expires_at) values ('sid:2', 2)`.execute(query),
  );
  assert.deepEqual(await database.read.selectFrom('revocations').select('subject').execute(), [{ subject: 'sid:2' }]);
});
