// Decides what a durable message costs: POST over a real HTTP server, committed with a flush, relayed to a sink, beside a bare insert.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { openHouse } from './durable-messages/house.ts';
import type { Load, LoadReport } from './durable-messages/load.ts';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 8);
const SOCKETS = 64;
const WARM_UP_SECONDS = 2;
const FLOOR_INSERTS = 20_000;
// Issue 2, "Figures": 1,500 durable messages/s on one process.
const TARGET_PER_SECOND = 1_500;

const run = promisify(execFile);

async function load(options: Load): Promise<LoadReport> {
  const script = join(import.meta.dirname, 'durable-messages', 'load.ts');
  const { stdout } = await run(process.execPath, [script, JSON.stringify(options)]);
  return JSON.parse(stdout) as LoadReport;
}

interface Measured extends LoadReport {
  perSecond: number;
  cpuMicroseconds: number;
}

/** CPU of the server process with all its threads, until the last message has reached the sink. */
async function measure(): Promise<Measured> {
  const house = await openHouse();
  const options = { port: house.port, sockets: SOCKETS, ...house.senders };
  await load({ ...options, seconds: WARM_UP_SECONDS });
  const before = house.delivered();
  const cpu = process.cpuUsage();
  const report = await load({ ...options, seconds: SECONDS });
  while ((await house.api.stats()).outbox.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const { user, system } = process.cpuUsage(cpu);
  const relayed = house.delivered() - before;
  await house.close();
  if (report.refused > 0 || relayed < report.accepted)
    throw new Error(`refused ${report.refused}; accepted ${report.accepted} but relayed ${relayed}`);
  return {
    ...report,
    perSecond: report.accepted / report.seconds,
    cpuMicroseconds: (user + system) / report.accepted,
  };
}

/** The floor: one bare insert of such a row in a transaction of its own, committed to the log without a flush. */
function bareInsert(): { perSecond: number; cpuMicroseconds: number } {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const connection = new DatabaseSync(join(folder, 'floor.db'));
  connection.exec('pragma journal_mode = wal; pragma synchronous = normal');
  connection.exec('create table messages (id text primary key, room_id text, seq integer, text text) strict');
  const insert = connection.prepare('insert into messages values (?, ?, ?, ?)');
  const text = 'A message of an ordinary length, as people write them in a room. '.repeat(3);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  for (let number = 0; number < FLOOR_INSERTS; number += 1) insert.run(`019ab2c4-7e5a-${number}`, 'room', number, text);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  connection.close();
  rmSync(folder, { recursive: true, force: true });
  return { perSecond: FLOOR_INSERTS / seconds, cpuMicroseconds: (user + system) / FLOOR_INSERTS };
}

const measured = await measure();
const floor = bareInsert();
const results = [
  {
    name: 'durable messages through POST, sustained',
    unit: 'messages/s',
    value: Math.round(measured.perSecond),
    floor: Math.round(floor.perSecond),
    ratio: Number((measured.perSecond / floor.perSecond).toFixed(3)),
    target: TARGET_PER_SECOND,
    pass: measured.perSecond >= TARGET_PER_SECOND,
  },
  {
    name: 'CPU of a durable message, POST to relayed',
    unit: 'µs',
    value: Math.round(measured.cpuMicroseconds),
    floor: Number(floor.cpuMicroseconds.toFixed(1)),
    ratio: Number((measured.cpuMicroseconds / floor.cpuMicroseconds).toFixed(1)),
    // One core has 1,000,000 µs a second.
    target: Math.round(1_000_000 / TARGET_PER_SECOND),
    pass: measured.cpuMicroseconds <= 1_000_000 / TARGET_PER_SECOND,
  },
];

if (process.argv.includes('--json')) console.log(JSON.stringify(results));
else {
  const { p50, p99 } = measured.latenciesMs;
  console.table(results);
  console.log(`${SOCKETS} sockets, ${SECONDS} s: answers p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
}
