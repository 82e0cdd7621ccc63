// Decides what an event looks like as a row of the audit log: one line of bounded length, not sealed yet.
import type { Insertable } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { AuditEventsTable } from '../db/identity-tables.ts';
import { safeText } from '../http/log.ts';
import type { AuditEntry } from './ports.ts';

/**
 * An event as a row, for a statement that stores it; whatever comes in, it stays one line of bounded length.
 *
 * @param now Unix ms
 */
export function auditRow(entry: AuditEntry, now: number): Insertable<AuditEventsTable> {
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
