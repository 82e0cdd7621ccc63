// Decides how an event comes into the audit log: with the fact that it is about, or beside a request that stores nothing.
import type { Insertable } from 'kysely';
import type { Logger } from 'pino';
import type { Clock } from '../context.ts';
import type { Database } from '../db/database.ts';
import type { AuditEventsTable } from '../db/identity-tables.ts';
import { createNoteQueue, type NoteBounds } from './note-queue.ts';
import { systemRequester, type Audit } from './ports.ts';
import { auditRow } from './row.ts';
import { createSampler } from './sampling.ts';

/** The log with its life cycle. */
export interface AuditLog extends Audit {
  /** Resolves when every event that was noted before is stored. */
  flushed(): Promise<void>;
  /** Stores what is still in memory and takes no more notes. */
  close(): Promise<void>;
}

/** What the log asks for. */
export interface AuditPorts {
  database: Pick<Database, 'transact'>;
  clock: Clock;
  log: Logger;
  /** Only tests give others. */
  bounds?: NoteBounds;
}

/** Makes the log. A crash loses at most the notes of the last moment; recorded events share the fate of their fact. */
export function createAudit({ database, clock, log, bounds }: AuditPorts): AuditLog {
  const sampler = createSampler();
  const dropped = (count: number): Insertable<AuditEventsTable> =>
    auditRow(
      { name: 'audit.dropped', outcome: 'failure', requester: systemRequester, details: { count } },
      clock.now(),
    );
  const queue = createNoteQueue({ database, log, dropped }, bounds);
  return {
    async record(query, entry) {
      await query.insertInto('audit_events').values(auditRow(entry, clock.now())).execute();
    },
    note(entry) {
      const now = clock.now();
      const sampled = sampler.sample(entry, now);
      if (sampled !== undefined) queue.add(auditRow(sampled, now));
    },
    flushed: () => queue.flushed(),
    close: () => queue.close(),
  };
}
