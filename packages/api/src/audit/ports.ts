// Holds what the rest of the api tells the audit log.
import type { Transaction } from 'kysely';
import type { Tables } from '../db/schema.ts';
import type { AuditEventName } from './events.ts';

/** Where a request came from, as it is recorded. */
export interface Requester {
  /** The address that requests are counted under. */
  source: string;
  /** What the client says it is, made fit for one line. */
  userAgent: string;
  requestId: string;
}

/** The requester of what the server does by itself. */
export const systemRequester: Requester = { source: '', userAgent: '', requestId: '' };

/** One event. Nothing in it may be a secret, nor what a person typed. Ids of people, sessions and keys. */
export interface AuditEntry {
  name: AuditEventName;
  outcome: 'success' | 'failure';
  requester: Requester;
  /** The class of a failure. */
  reason?: string;
  /** Who did it, and to whom. */
  actorId?: string;
  subjectId?: string;
  sessionId?: string;
  /** A truncated hash of a `jti`, never the token. */
  tokenHash?: string;
  keyId?: string;
  details?: Readonly<Record<string, string | number | boolean>>;
}

/** The audit log as verbs write it. */
export interface Audit {
  /** Stores an event in the transaction of the fact: both or neither. */
  record(query: Transaction<Tables>, entry: AuditEntry): Promise<void>;
  /** Stores an event that no transaction is about, such as a refusal; it is written in the background. */
  note(entry: AuditEntry): void;
}
