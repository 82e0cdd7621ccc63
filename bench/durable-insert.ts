// Decides what a durable transaction of three statements costs: beside its floors, bare node:sqlite with and without a flush per commit.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import type { Database } from '../packages/api/src/db/database.ts';
import { openSqlite } from '../packages/api/src/db/open-sqlite.ts';
import { beside, median, report } from './harness/report.ts';

const ROUNDS = 5;
const TRANSACTIONS = 4_000;
const WRITERS = 64;
const ROOMS = 100;
const NOW = 1_700_000_000_000;
const TEXT = 'A message of an ordinary length, as people write them in a room while they work on something. '.repeat(2);
const PAYLOAD = JSON.stringify({ type: 'message.created', data: { text: TEXT } });

interface Round {
  perSecond: number;
  cpuMicroseconds: number;
}

async function inFolder<T>(work: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  try {
    return await work(join(folder, 'parley.db'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** CPU of the whole process, its threads included, and time on the wall. */
async function measure(work: () => Promise<void>): Promise<Round> {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: TRANSACTIONS / seconds, cpuMicroseconds: (user + system) / TRANSACTIONS };
}

async function prepareTables(file: string): Promise<Database> {
  const database = await openSqlite({ file, log: pino({ level: 'silent' }) });
  await database.migrate();
  await database.transact(async (query) => {
    const user = { id: 'ada', email: 'a@b.c', email_key: 'a@b.c', name: 'Ada', role: 'member' as const };
    await query
      .insertInto('users')
      .values({ ...user, password_hash: 'none', disabled_at: null, created_at: NOW })
      .execute();
    for (let n = 0; n < ROOMS; n += 1) {
      const room = { id: `room-${n}`, name: `Room ${n}`, topic: '', is_private: 0, created_by: 'ada', created_at: NOW };
      await query.insertInto('rooms').values(room).execute();
    }
  });
  return database;
}

function message(n: number, seq: number) {
  const id = `0199a3c2-7b1e-7c10-9d00-${String(n).padStart(12, '0')}`;
  return { id, room_id: `room-${n % ROOMS}`, seq, revision: seq, author_id: 'ada', client_message_id: id, text: TEXT };
}

function ours(): Promise<Round> {
  return inFolder(async (file) => {
    const database = await prepareTables(file);
    let next = 0;
    const send = (n: number): Promise<void> =>
      database.transact(async (query) => {
        const { last_seq: seq } = await query
          .updateTable('rooms')
          .set((eb) => ({ last_seq: eb('last_seq', '+', 1), revision: eb('revision', '+', 1) }))
          .where('id', '=', `room-${n % ROOMS}`)
          .returning('last_seq')
          .executeTakeFirstOrThrow();
        const row = message(n, seq);
        await query
          .insertInto('messages')
          .values({ ...row, created_at: NOW, edited_at: null, deleted_at: null })
          .execute();
        const announcement = { id: row.id, stream: `chat:${row.room_id}`, type: 'message.created', payload: PAYLOAD };
        await query
          .insertInto('outbox')
          .values({ ...announcement, created_at: NOW })
          .execute();
      });
    const writer = async (): Promise<void> => {
      while (next < TRANSACTIONS) await send((next += 1));
    };
    const round = await measure(async () => {
      await Promise.all(Array.from({ length: WRITERS }, writer));
    });
    await database.close();
    return round;
  });
}

function bare(synchronous: 'normal' | 'full'): Promise<Round> {
  return inFolder(async (file) => {
    const prepared = await prepareTables(file);
    await prepared.close();
    const connection = new DatabaseSync(file);
    connection.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous}`);
    const number = connection.prepare(
      'update rooms set last_seq = last_seq + 1, revision = revision + 1 where id = ? returning last_seq',
    );
    const insertMessage = connection.prepare(
      `insert into messages (id, room_id, seq, revision, author_id, client_message_id, text, created_at) values (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const insertOutbox = connection.prepare(
      'insert into outbox (id, stream, type, payload, created_at) values (?, ?, ?, ?, ?)',
    );
    const [begin, commit] = [connection.prepare('begin immediate'), connection.prepare('commit')];
    const round = await measure(() => {
      for (let n = 1; n <= TRANSACTIONS; n += 1) {
        begin.run();
        const row = message(n, Number(number.get(`room-${n % ROOMS}`)?.['last_seq']));
        insertMessage.run(row.id, row.room_id, row.seq, row.seq, row.author_id, row.id, row.text, NOW);
        insertOutbox.run(row.id, `chat:${row.room_id}`, 'message.created', PAYLOAD, NOW);
        commit.run();
      }
      return Promise.resolve();
    });
    connection.close();
    return round;
  });
}

const rounds: { ours: Round; flushed: Round; unflushed: Round }[] = [];
for (let n = 0; n < ROUNDS; n += 1) {
  rounds.push({ ours: await ours(), flushed: await bare('full'), unflushed: await bare('normal') });
}
const of = (kind: 'ours' | 'flushed' | 'unflushed', figure: keyof Round): number =>
  median(rounds.map((round) => round[kind][figure]));

report([
  beside({
    name: `durable transaction, ${WRITERS} writers, beside bare SQLite without a flush`,
    unit: 'µs CPU/transaction',
    value: of('ours', 'cpuMicroseconds'),
    floor: of('unflushed', 'cpuMicroseconds'),
  }),
  beside({
    name: `durable transactions, ${WRITERS} writers, beside bare SQLite with a flush per commit`,
    unit: 'transactions/s',
    value: of('ours', 'perSecond'),
    floor: of('flushed', 'perSecond'),
  }),
]);
