// Decides how tests open an audit log over a database: a fake clock, a log in memory, entries that differ by a number.
import type { Database } from '../../db/database.ts';
import { captureLog, type CapturedLog } from '../../http/testing/platform.ts';
import { createAudit, type AuditLog } from '../audit.ts';
import type { NoteBounds } from '../note-queue.ts';
import type { AuditEntry } from '../ports.ts';
import { startSealer, type Sealer } from '../sealer.ts';

/** An audit log with what a test touches. */
export interface Ledger extends CapturedLog {
  audit: AuditLog;
  sealer: Sealer;
  clock: { now: () => number };
  tick: (ms: number) => void;
  /** Records events in one transaction each, then seals them. */
  fill: (count: number) => Promise<void>;
}

/** An event of its own. */
export function entryOf(number: number): AuditEntry {
  return {
    name: 'session.created',
    outcome: 'success',
    requester: { source: '192.0.2.1', userAgent: 'test', requestId: `r${number}` },
    actorId: `user-${number}`,
    details: { number },
  };
}

/** Opens the log; the sealer of the test seals by hand. */
export async function openLedger(database: Database, bounds?: NoteBounds): Promise<Ledger> {
  const captured = captureLog();
  const time = { now: Date.UTC(2026, 0, 1) };
  const clock = { now: () => time.now };
  const audit = createAudit({ database, clock, log: captured.log, ...(bounds === undefined ? {} : { bounds }) });
  const sealer = startSealer({ database, clock, log: captured.log });
  await sealer.stop();
  return {
    ...captured,
    audit,
    sealer,
    clock,
    tick: (ms) => {
      time.now += ms;
    },
    async fill(count) {
      for (let number = 1; number <= count; number++)
        await database.transact((query) => audit.record(query, entryOf(number)));
      await sealer.seal();
    },
  };
}
