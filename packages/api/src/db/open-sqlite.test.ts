// Proves what only the embedded database promises: durable in groups, one process, full and locked disks.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { StorageError, type Database } from './database.ts';
import { openSqlite, type SqliteOptions } from './open-sqlite.ts';
import { insertSampleRoom, sampleAnnouncement, sendSampleMessage } from './testing/sample-rows.ts';

const log = pino({ level: 'silent' });

/** What a test leaves behind, removed in the opposite order. */
function createPlace(t: TestContext) {
  const leftovers = new AsyncDisposableStack();
  t.after(() => leftovers.disposeAsync());
  const folder = mkdtempSync(join(tmpdir(), 'parley-sqlite-'));
  leftovers.defer(() => rmSync(folder, { recursive: true, force: true }));
  const open = async (options: Partial<SqliteOptions> = {}): Promise<Database> => {
    const database = await openSqlite({ file: join(folder, 'parley.db'), log, ...options });
    leftovers.defer(() => database.close());
    await database.migrate();
    return database;
  };
  return { folder, leftovers, open };
}

const announce = (database: Database, id: string) =>
  database.transact((query) => query.insertInto('outbox').values(sampleAnnouncement(id)).execute());

const countOf = async (database: Database) => (await database.read.selectFrom('outbox').select('id').execute()).length;

const aTurn = () => new Promise<'pending'>((resolve) => setImmediate(resolve, 'pending'));

test('transact() resolves after the flush, not before', { timeout: 10_000 }, async (t) => {
  const flushed: (() => void)[] = [];
  let isHeld = false;
  const flush = () => (isHeld ? new Promise<void>((resolve) => flushed.push(resolve)) : Promise.resolve());
  const { leftovers, open } = createPlace(t);
  const database = await open({ flush });
  isHeld = true;
  leftovers.defer(() => {
    isHeld = false;
    for (const finish of flushed) finish();
  });
  const first = announce(database, 'a');
  const second = announce(database, 'b');
  assert.equal(await Promise.race([first, aTurn()]), 'pending');
  assert.equal(await countOf(database), 2);
  assert.equal(flushed.length, 1);
  isHeld = false;
  flushed[0]!();
  await Promise.all([first, second]);
});

test('transact() that is refused waits for the flush of what it has read', { timeout: 10_000 }, async (t) => {
  const flushed: (() => void)[] = [];
  let isHeld = false;
  const flush = () => (isHeld ? new Promise<void>((resolve) => flushed.push(resolve)) : Promise.resolve());
  const { leftovers, open } = createPlace(t);
  const database = await open({ flush });
  isHeld = true;
  leftovers.defer(() => {
    isHeld = false;
    for (const finish of flushed) finish();
  });
  const stored = announce(database, 'a');
  const settled: string[] = [];
  const refused = database
    .transact(async (query) => {
      await query.selectFrom('outbox').select('id').execute();
      throw new Error('stored before');
    })
    .catch((error: Error) => void settled.push(error.message));
  for (let turn = 0; turn < 50; turn += 1) await aTurn();
  assert.deepEqual(settled, []);
  isHeld = false;
  flushed[0]!();
  await Promise.all([stored, refused]);
  assert.deepEqual(settled, ['stored before']);
});

test('transact() shares flushes: 100 at once need few', async (t) => {
  let flushes = 0;
  const database = await createPlace(t).open({
    flush: (wal) => {
      flushes += 1;
      return wal.datasync();
    },
  });
  flushes = 0;
  await Promise.all(Array.from({ length: 100 }, (_, n) => announce(database, String(n))));
  assert.equal(await countOf(database), 100);
  assert.ok(flushes >= 1 && flushes <= 20, `${flushes} flushes`);
});

test('a failed flush is told to the writer, and nothing is written after it', async (t) => {
  const failure = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
  let isBroken = false;
  const database = await createPlace(t).open({
    flush: (wal) => (isBroken ? Promise.reject(failure) : wal.datasync()),
  });
  isBroken = true;
  await assert.rejects(announce(database, 'a'), { code: 'storage.unavailable', cause: failure });
  isBroken = false;
  await assert.rejects(announce(database, 'b'), { code: 'storage.unavailable' });
  await assert.rejects(database.ping(), { code: 'storage.unavailable' });
  assert.equal(await countOf(database), 1);
});

test('openSqlite() refuses a file that is in use, and takes it when it has been closed', async (t) => {
  const file = join(createPlace(t).folder, 'data', 'parley.db');
  const first = await openSqlite({ file, log });
  await assert.rejects(openSqlite({ file, log }), {
    name: 'StorageError',
    code: 'storage.unavailable',
    message: `Another Parley process uses ${file}. Stop it, or give this one its own data folder.`,
  });
  await first.close();
  const second = await openSqlite({ file, log });
  await second.close();
});

test('openSqlite() says what is wrong with a file that is no database', async (t) => {
  const file = join(createPlace(t).folder, 'parley.db');
  writeFileSync(file, 'These are the notes of a meeting, and they are long enough to be read as a header. '.repeat(8));
  await assert.rejects(openSqlite({ file, log }), { code: 'storage.unavailable', message: /not a SQLite database/ });
});

test('openSqlite() says what is wrong with a data folder that cannot be made', async (t) => {
  const folder = createPlace(t).folder;
  writeFileSync(join(folder, 'data'), '');
  await assert.rejects(openSqlite({ file: join(folder, 'data', 'parley.db'), log }), {
    code: 'storage.unavailable',
    message: `The data folder ${join(folder, 'data')} cannot be used. Check that it may be created and written by this user.`,
  });
});

test('transact() waits for the lock of another program, and says so when it takes too long', async (t) => {
  const { folder, leftovers, open } = createPlace(t);
  const database = await open({ busyTimeoutMs: 200 });
  const other = new DatabaseSync(join(folder, 'parley.db'), { timeout: 0 });
  leftovers.defer(() => other.close());
  other.exec('begin immediate');
  const waiting = announce(database, 'a');
  assert.equal(await Promise.race([waiting, aTurn()]), 'pending');
  other.exec('rollback');
  await waiting;
  other.exec('begin immediate');
  await assert.rejects(announce(database, 'b'), { code: 'storage.unavailable', message: /holds the write lock/ });
  other.exec('rollback');
  await announce(database, 'c');
  assert.equal(await countOf(database), 2);
});

test(
  'transact() undoes work that does not end, such as a transaction inside a transaction',
  { timeout: 10_000 },
  async (t) => {
    const database = await createPlace(t).open({ transactionTimeoutMs: 50 });
    let inner: Promise<unknown> = Promise.resolve();
    const outer = database.transact(async (query) => {
      await query.insertInto('outbox').values(sampleAnnouncement('outer')).execute();
      inner = announce(database, 'inner');
      await inner;
    });
    await assert.rejects(outer, { code: 'storage.unavailable', message: /undone after 0.05 s/ });
    await inner;
    assert.deepEqual(await database.read.selectFrom('outbox').select('id').execute(), [{ id: 'inner' }]);
  },
);

test('close() finishes what was begun', async (t) => {
  const { folder, open } = createPlace(t);
  const database = await open();
  const writes = Array.from({ length: 50 }, (_, n) => announce(database, String(n)));
  await database.close();
  await Promise.all(writes);
  assert.equal(existsSync(join(folder, 'parley.db-wal')), false);
  const again = await open();
  assert.equal(await countOf(again), 50);
});

test('read cannot write', async (t) => {
  const database = await createPlace(t).open();
  await assert.rejects(database.read.insertInto('outbox').values(sampleAnnouncement('a')).execute(), {
    code: 'storage.unavailable',
  });
});

test(':memory: keeps every promise but the disk', async (t) => {
  const database = await createPlace(t).open({ file: ':memory:' });
  await database.transact(insertSampleRoom);
  const numbers = await Promise.all(['a', 'b', 'c'].map((id) => sendSampleMessage(database, id)));
  assert.deepEqual(numbers, [1, 2, 3]);
  assert.equal(await countOf(database), 3);
});

test('the log starts anew again and again while 64 writers do not pause', { timeout: 60_000 }, async (t) => {
  const { folder, leftovers, open } = createPlace(t);
  const database = await open({ checkpoint: { passiveBytes: 256 * 1024, gateBytes: 1024 * 1024 } });
  const observer = new DatabaseSync(join(folder, 'parley.db'), { timeout: 0 });
  leftovers.defer(() => observer.close());
  const framesInUse = observer.prepare('pragma wal_checkpoint(noop)');
  const payload = JSON.stringify('x'.repeat(4_000));
  let written = 0;
  let frames = 0;
  let restarts = 0;
  const writeUntilRestarted = async (): Promise<void> => {
    while (restarts < 3) {
      const row = { ...sampleAnnouncement(String(written)), payload };
      written += 1;
      await database.transact((query) => query.insertInto('outbox').values(row).execute());
      const now = Number(framesInUse.get()?.['log']);
      if (now < frames) restarts += 1;
      frames = now;
    }
  };
  await Promise.all(Array.from({ length: 64 }, writeUntilRestarted));
  assert.equal(await countOf(database), written);
});

test('a full disk refuses the write, keeps what was acknowledged, and heals', { timeout: 60_000 }, async (t) => {
  const { folder, leftovers, open } = createPlace(t);
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk], { encoding: 'utf8' });
  if (mounted.status !== 0) return t.skip(`a small disk cannot be mounted here: ${mounted.stderr ?? mounted.error}`);
  leftovers.defer(() => {
    spawnSync('umount', [disk]);
  });
  const database = await open({ file: join(disk, 'parley.db') });
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(1024 * 1024));
  const payload = JSON.stringify('x'.repeat(20_000));
  const stored: string[] = [];
  let refusal: unknown;
  for (let n = 0; n < 1_000 && refusal === undefined; n += 1) {
    const row = { ...sampleAnnouncement(String(n)), payload };
    await database
      .transact((query) => query.insertInto('outbox').values(row).execute())
      .then(
        () => stored.push(row.id),
        (error: unknown) => {
          refusal = error;
        },
      );
  }
  assert.ok(refusal instanceof StorageError);
  assert.equal(refusal.code, 'storage.full');
  const ids = async () =>
    (await database.read.selectFrom('outbox').select('id').orderBy('position').execute()).map((row) => row.id);
  assert.ok(stored.length > 0);
  assert.deepEqual(await ids(), stored);
  rmSync(join(disk, 'ballast'));
  await announce(database, 'healed');
  assert.deepEqual(await ids(), [...stored, 'healed']);
});
