// Decides how the audit log is listed, exported and shown.
import type { AuditEvent, AuditPage, AuditQuery } from '@parley/contract';
import type { z } from 'zod';
import type { Database, Query } from '../db/database.ts';
import type { AuditEventRow } from '../db/identity-tables.ts';
import type { Tables } from '../db/schema.ts';
import type { ExpressionBuilder } from 'kysely';

const EXPORT_PAGE = 500;
/** Stands behind every character that a name may have. */
const AFTER_NAMES = '{';

/** Which events are meant; see the contract. Times are Unix ms; `since` is included, `until` is not. */
export interface AuditFilter {
  name?: string | undefined;
  user?: string | undefined;
  session?: string | undefined;
  outcome?: 'success' | 'failure' | undefined;
  since?: number | undefined;
  until?: number | undefined;
}

/** The filter that a query says. */
export function filterOf(query: Omit<z.output<typeof AuditQuery>, 'limit' | 'after'>): AuditFilter {
  const { since, until, ...rest } = query;
  return {
    ...rest,
    since: since === undefined ? undefined : Date.parse(since),
    until: until === undefined ? undefined : Date.parse(until),
  };
}

/** A page of events, newest first. `after` is the `next` of the page before. */
export async function listEvents(
  query: Query,
  filter: AuditFilter,
  page: { limit: number; after?: string | undefined },
): Promise<AuditPage> {
  const before = page.after === undefined ? undefined : positionOf(page.after);
  const rows = await query
    .selectFrom('audit_events')
    .selectAll()
    .where((eb) => eb.and(conditions(eb, filter)))
    .where((eb) => (before === undefined ? eb.lit(true) : eb('position', '<', before)))
    .orderBy('position', 'desc')
    .limit(page.limit + 1)
    .execute();
  const data = rows.slice(0, page.limit);
  const hasMore = rows.length > page.limit;
  const last = data.at(-1);
  const next = hasMore && last !== undefined ? Buffer.from(String(last.position)).toString('base64url') : null;
  return { data: data.map(presentEvent), page: { next, prev: null, hasMore } };
}

/** The position that a cursor stands on; one that is not ours begins behind the end. */
function positionOf(cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString();
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

function conditions(eb: ExpressionBuilder<Tables, 'audit_events'>, filter: AuditFilter) {
  const { name, user, session, outcome, since, until } = filter;
  return [
    ...(name === undefined ? [] : nameConditions(eb, name)),
    ...(user === undefined ? [] : [eb.or([eb('actor_id', '=', user), eb('subject_id', '=', user)])]),
    ...(session === undefined ? [] : [eb('session_id', '=', session)]),
    ...(outcome === undefined ? [] : [eb('outcome', '=', outcome)]),
    ...(since === undefined ? [] : [eb('at', '>=', since)]),
    ...(until === undefined ? [] : [eb('at', '<', until)]),
  ];
}

function nameConditions(eb: ExpressionBuilder<Tables, 'audit_events'>, name: string) {
  if (!name.endsWith('*')) return [eb('name', '=', name)];
  const prefix = name.slice(0, -1);
  return [eb('name', '>=', prefix), eb('name', '<', `${prefix}${AFTER_NAMES}`)];
}

/** Sealed events in the order of the chain, as lines of JSON, each with its line feed. Reads page by page. */
export async function* exportEvents({ read }: Pick<Database, 'read'>, filter: AuditFilter): AsyncGenerator<string> {
  for (let after = 0; ;) {
    const rows = await read
      .selectFrom('audit_events')
      .selectAll()
      .where((eb) => eb.and(conditions(eb, filter)))
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(EXPORT_PAGE)
      .execute();
    if (rows.length > 0) yield rows.map(exportLine).join('');
    if (rows.length < EXPORT_PAGE) return;
    after = rows.at(-1)?.seq ?? after;
  }
}

/** Everything that the hash covers stands in the line, so that an export can be verified by itself. */
function exportLine(row: AuditEventRow): string {
  const { tokenHash, previousHash } = { tokenHash: row.token_hash, previousHash: row.previous_hash };
  return `${JSON.stringify({ ...presentEvent(row), tokenHash, previousHash })}\n`;
}

/** An event as administrators see it. */
export function presentEvent(row: AuditEventRow): AuditEvent {
  return {
    id: row.id,
    seq: row.seq,
    at: new Date(row.at).toISOString(),
    name: row.name,
    outcome: row.outcome,
    reason: row.reason,
    actorId: row.actor_id,
    subjectId: row.subject_id,
    sessionId: row.session_id,
    keyId: row.key_id,
    source: row.source,
    userAgent: row.user_agent,
    requestId: row.request_id,
    details: JSON.parse(row.details) as AuditEvent['details'],
    hash: row.hash,
  };
}
