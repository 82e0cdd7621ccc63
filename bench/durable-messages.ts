// Decides what a durable message costs: POST over a real HTTP server, committed with a flush, relayed to a sink, beside a bare insert.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openHouse } from './durable-messages/house.ts';
import type { Load, LoadReport } from './durable-messages/load.ts';
import { bareInsert } from './harness/bare-insert.ts';
import { atLeast, below, numberOption, report } from './harness/report.ts';

const SECONDS = numberOption('seconds', 8);
const SOCKETS = 64;
const WARM_UP_SECONDS = 2;
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

const measured = await measure();
const floor = bareInsert();
report([
  atLeast({
    name: 'durable messages through POST, as fast as it goes',
    unit: 'messages/s',
    value: measured.perSecond,
    floor: floor.perSecond,
    target: TARGET_PER_SECOND,
  }),
  // One core has 1,000,000 µs a second.
  below({
    name: 'durable message, POST to relayed',
    unit: 'µs CPU/message',
    value: measured.cpuMicroseconds,
    floor: floor.cpuMicroseconds,
    target: Math.round(1_000_000 / TARGET_PER_SECOND),
  }),
  { name: `durable messages, ${SOCKETS} in flight: answer p50`, unit: 'ms', value: measured.latenciesMs.p50 },
  { name: `durable messages, ${SOCKETS} in flight: answer p99`, unit: 'ms', value: measured.latenciesMs.p99 },
]);
