// Decides what the hash of an audit event covers: everything that it says, its number, and the hash before it.
import { createHash } from 'node:crypto';
import type { AuditEventRow } from '../db/identity-tables.ts';

/** The hash that stands before the first event. */
export const FIRST_HASH = '0'.repeat(64);

/** What is sealed of an event. */
export type SealedFacts = Omit<AuditEventRow, 'position' | 'seq' | 'previous_hash' | 'hash'>;

/**
 * The text that is hashed: JSON (RFC 8259) without spaces, members in alphabetical order, `details` as the text that is
 * stored. Two databases, and an exported line, give the same text.
 */
export function canonicalEvent(seq: number, facts: SealedFacts): string {
  return JSON.stringify({
    actorId: facts.actor_id,
    at: facts.at,
    details: facts.details,
    id: facts.id,
    keyId: facts.key_id,
    name: facts.name,
    outcome: facts.outcome,
    reason: facts.reason,
    requestId: facts.request_id,
    seq,
    sessionId: facts.session_id,
    source: facts.source,
    subjectId: facts.subject_id,
    tokenHash: facts.token_hash,
    userAgent: facts.user_agent,
  });
}

/**
 * The hash of an event.
 *
 * @param previousHash of the event before it, or {@link FIRST_HASH}
 * @returns SHA-256 over the previous hash, a line feed and the canonical text; 64 hexadecimal digits
 */
export function hashEvent(previousHash: string, seq: number, facts: SealedFacts): string {
  return createHash('sha256')
    .update(`${previousHash}\n${canonicalEvent(seq, facts)}`)
    .digest('hex');
}
