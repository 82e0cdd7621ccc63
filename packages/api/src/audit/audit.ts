// Decides how an event comes into the audit log: with the fact that it is about, or beside a request that stores nothing.
import type { Insertable } from 'kysely';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { Clock } from '../context.ts';
import type { Database } from '../db/database.ts';
import type { AuditEventsTable } from '../db/identity-tables.ts';
import { safeText } from '../http/log.ts';
import { createNoteQueue, type NoteBounds } from './note-queue.ts';
import { systemRequester, type Audit, type AuditEntry } from './ports.ts';
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
    rowOf({ name: 'audit.dropped', outcome: 'failure', requester: systemRequester, details: { count } }, clock.now());
  const queue = createNoteQueue({ database, log, dropped }, bounds);
  return {
    async record(query, entry) {
      await query.insertInto('audit_events').values(rowOf(entry, clock.now())).execute();
    },
    note(entry) {
      const now = clock.now();
      const sampled = sampler.sample(entry, now);
      if (sampled !== undefined) queue.add(rowOf(sampled, now));
    },
    flushed: () => queue.flushed(),
    close: () => queue.close(),
  };
}

function rowOf(entry: AuditEntry, now: number): Insertable<AuditEventsTable> {
  const { requester } = entry;
  return {
    id: uuidv7(),
    at: now,
    name: entry.name,
    outcome: entry.outcome,
    reason: lineOf(entry.reason),
    actor_id: lineOf(entry.actorId),
    subject_id: lineOf(entry.subjectId),
    session_id: lineOf(entry.sessionId),
    token_hash: lineOf(entry.tokenHash),
    key_id: lineOf(entry.keyId),
    source: safeText(requester.source),
    user_agent: safeText(requester.userAgent),
    request_id: safeText(requester.requestId),
    details: detailsOf(entry),
    seq: null,
    previous_hash: null,
    hash: null,
  };
}

/** Whatever comes in, an event stays one line of bounded length. */
function lineOf(text: string | undefined): string | null {
  return text === undefined ? null : safeText(text);
}

function detailsOf({ details = {} }: AuditEntry): string {
  const safe = Object.entries(details).map(([name, value]) => [
    name,
    typeof value === 'string' ? safeText(value) : value,
  ]);
  return JSON.stringify(Object.fromEntries(safe));
}
