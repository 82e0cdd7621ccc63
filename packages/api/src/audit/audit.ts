// Decides how an event comes into the audit log: with the fact that it is about, or beside a request that stores nothing.
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { Clock } from '../context.ts';
import type { Database } from '../db/database.ts';
import { background } from '../http/log.ts';
import type { Audit, AuditEntry } from './ports.ts';

/** Makes the log. */
export function createAudit(ports: { database: Pick<Database, 'transact'>; clock: Clock; log: Logger }): Audit {
  const record: Audit['record'] = async (query, entry) => {
    await query.insertInto('audit_events').values(rowOf(entry, ports.clock.now())).execute();
  };
  return {
    record,
    note: (entry) =>
      background(
        ports.log,
        'audit event',
        ports.database.transact((query) => record(query, entry)),
      ),
  };
}

function rowOf(entry: AuditEntry, now: number) {
  return {
    id: uuidv7(),
    at: now,
    name: entry.name,
    outcome: entry.outcome,
    reason: entry.reason ?? null,
    actor_id: entry.actorId ?? null,
    subject_id: entry.subjectId ?? null,
    session_id: entry.sessionId ?? null,
    token_hash: entry.tokenHash ?? null,
    key_id: entry.keyId ?? null,
    source: entry.requester.source,
    user_agent: entry.requester.userAgent,
    request_id: entry.requester.requestId,
    details: JSON.stringify(entry.details ?? {}),
    seq: null,
    previous_hash: null,
    hash: null,
  };
}
