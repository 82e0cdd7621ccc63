// Decides whether the chain is whole: every number there, every hash the one of its event and of the hash before it.
import type { AuditVerified } from '@parley/contract';
import type { Database } from '../db/database.ts';
import type { AuditEventRow } from '../db/identity-tables.ts';
import { hashEvent } from './chain.ts';
import { chainStart, type ChainEnd } from './sealer.ts';

const PAGE = 1_000;

/** What a check of the chain found. */
export interface ChainVerified extends AuditVerified {
  /** The number of the last event that fits, 0 for none. */
  lastSeq: number;
  /** Events that wait to be sealed. */
  unsealed: number;
  /** Whether the expected hash stands in the chain; null if none was expected. */
  isExpectedFound: boolean | null;
}

/**
 * Checks the whole chain, page by page, while the server runs.
 *
 * @param expected a hash that was noted earlier: it must stand in the chain, or the chain was rewritten
 */
export async function verifyChain(
  { read }: Pick<Database, 'read'>,
  expected: string | null = null,
): Promise<ChainVerified> {
  const start = await chainStart(read);
  const found = { end: start, checked: 0, brokenAt: null as number | null, isExpected: start.hash === expected };
  for (;;) {
    const rows = await page(read, found.end.seq);
    for (const row of rows) {
      const next = follow(found.end, row);
      if (next === undefined)
        return { ...(await report(read, found, expected)), ok: false, brokenAt: found.end.seq + 1 };
      found.end = next;
      found.checked += 1;
      found.isExpected ||= next.hash === expected;
    }
    if (rows.length < PAGE) return report(read, found, expected);
  }
}

function page(read: Database['read'], after: number): Promise<AuditEventRow[]> {
  return read.selectFrom('audit_events').selectAll().where('seq', '>', after).orderBy('seq').limit(PAGE).execute();
}

/** The end after one more event; undefined when it does not fit. */
function follow(end: ChainEnd, row: AuditEventRow): ChainEnd | undefined {
  const seq = end.seq + 1;
  if (row.seq !== seq || row.previous_hash !== end.hash) return undefined;
  const hash = hashEvent(end.hash, seq, row);
  return row.hash === hash ? { seq, hash } : undefined;
}

async function report(
  read: Database['read'],
  found: { end: ChainEnd; checked: number; isExpected: boolean },
  expected: string | null,
): Promise<ChainVerified> {
  const { unsealed } = await read
    .selectFrom('audit_events')
    .select((eb) => eb.fn.countAll<number>().as('unsealed'))
    .where('seq', 'is', null)
    .executeTakeFirstOrThrow();
  const isExpectedFound = expected === null ? null : found.isExpected;
  return {
    ok: isExpectedFound !== false,
    checked: found.checked,
    lastHash: found.end.seq === 0 ? null : found.end.hash,
    lastSeq: found.end.seq,
    brokenAt: null,
    unsealed: Number(unsealed),
    isExpectedFound,
  };
}
