// Decides what auditing costs: an event with its fact, sealing into the chain, and a flood of refusals; beside bare inserts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createAudit } from '../packages/api/src/audit/audit.ts';
import type { AuditEntry } from '../packages/api/src/audit/ports.ts';
import { startSealer } from '../packages/api/src/audit/sealer.ts';
import type { Database } from '../packages/api/src/db/database.ts';
import { openSqlite } from '../packages/api/src/db/open-sqlite.ts';
import { bareInsert } from './harness/bare-insert.ts';
import { atLeast, below, beside, type Figure, median, numberOption, report } from './harness/report.ts';

const ROUNDS = 5;
const EVENTS = numberOption('events', 5_000);
/** Writers at once, whose transactions share a flush. */
const WRITERS = 32;
const FLOOD = 100_000;

const log = pino({ level: 'silent' });
const requester = { source: '192.0.2.1', userAgent: 'Mozilla/5.0 (X11; Linux x86_64)', requestId: 'bench' };
const entry: AuditEntry = {
  name: 'token.refreshed',
  outcome: 'success',
  requester,
  actorId: '0199a3c2-7b1e-7c10-9d00-000000000001',
  subjectId: '0199a3c2-7b1e-7c10-9d00-000000000001',
  sessionId: '0199a3c2-7b1e-7c11-9d00-000000000001',
  details: { generation: 3, current: 3 },
};

/** CPU microseconds that one of `count` calls costs, with so many of them at once. */
async function cpuOf(count: number, work: () => Promise<unknown>): Promise<number> {
  const cpu = process.cpuUsage();
  let begun = 0;
  const writer = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / count;
}

async function measure(database: Database): Promise<Figure[]> {
  const clock = { now: Date.now };
  const audit = createAudit({ database, clock, log });
  const sealer = startSealer({ database, clock, log });
  const fact = { identifier: 'bench', failures: 0, stopped_at: null, mailed_at: null, changed_at: 0 };
  await database.transact((query) => query.insertInto('login_failures').values(fact).execute());
  const change = (isAudited: boolean) =>
    database.transact(async (query) => {
      await query
        .updateTable('login_failures')
        .set((set) => ({ failures: set('failures', '+', 1) }))
        .execute();
      if (isAudited) await audit.record(query, entry);
    });
  const rounds: { event: number; sealed: number; floor: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const without = await cpuOf(EVENTS, () => change(false));
    const withEvent = await cpuOf(EVENTS, () => change(true));
    for (let at = 0; at < 4_000; at += 1) audit.note(entry);
    const cpu = process.cpuUsage();
    await audit.flushed();
    await sealer.seal();
    const { user, system } = process.cpuUsage(cpu);
    const floor = bareInsert().cpuMicroseconds;
    rounds.push({ event: withEvent - without, sealed: (user + system) / 4_000, floor });
  }
  const counts = { transactions: 0 };
  const counting = {
    transact: ((work) => {
      counts.transactions += 1;
      return database.transact(work);
    }) as Database['transact'],
  };
  const flooded = createAudit({ database: counting, clock, log });
  const cpu = process.cpuUsage();
  for (let at = 0; at < FLOOD; at += 1)
    flooded.note({ name: 'token.rejected', outcome: 'failure', reason: 'signature', requester });
  await flooded.close();
  const spent = process.cpuUsage(cpu);
  await audit.close();
  await sealer.stop();
  const middle = (of: 'event' | 'sealed' | 'floor'): number => median(rounds.map((round) => round[of]));
  const floor = middle('floor');
  return [
    beside({ name: 'audited event, beside a bare insert', unit: 'µs CPU/event', value: middle('event'), floor }),
    beside({ name: 'noted and sealed event', unit: 'µs CPU/event', value: middle('sealed'), floor }),
    // Ten times what a server of this size can bring about.
    atLeast({ name: 'events noted and sealed', unit: 'events/CPU s', value: 1e6 / middle('sealed'), target: 6_000 }),
    below({
      name: `${FLOOD} refused tokens of one source`,
      unit: 'transactions',
      value: counts.transactions,
      target: 5,
    }),
    { name: 'a refused token of a flood', unit: 'µs CPU', value: (spent.user + spent.system) / FLOOD },
  ];
}

const folder = mkdtempSync(join(tmpdir(), 'parley-bench-audit-'));
const database = await openSqlite({ file: join(folder, 'parley.db'), log });
try {
  await database.migrate();
  report(await measure(database));
} finally {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
}
