// Decides the floor of a durable message: one bare insert of such a row in a transaction of its own, without a flush.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const INSERTS = 20_000;
const TEXT = 'A message of an ordinary length, as people write them in a room. '.repeat(3);

/** Measures it in this process, on a file of its own. */
export function bareInsert(): { perSecond: number; cpuMicroseconds: number } {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const connection = new DatabaseSync(join(folder, 'floor.db'));
  connection.exec('pragma journal_mode = wal; pragma synchronous = normal');
  connection.exec('create table messages (id text primary key, room_id text, seq integer, text text) strict');
  const insert = connection.prepare('insert into messages values (?, ?, ?, ?)');
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  for (let number = 0; number < INSERTS; number += 1) insert.run(`019ab2c4-7e5a-${number}`, 'room', number, TEXT);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  connection.close();
  rmSync(folder, { recursive: true, force: true });
  return { perSecond: INSERTS / seconds, cpuMicroseconds: (user + system) / INSERTS };
}
