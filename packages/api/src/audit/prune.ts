// Decides how old events are erased: only sealed ones, only from the beginning, and a checkpoint keeps their last hash.
import type { Clock } from '../context.ts';
import type { Database } from '../db/database.ts';
import type { Transaction } from 'kysely';
import type { Tables } from '../db/schema.ts';
import { chainStart, takeLock, type ChainEnd } from './sealer.ts';
import { systemRequester, type Audit } from './ports.ts';

/** Events that one transaction erases. */
const BATCH = 2_000;

/** What erasing asks for. */
export interface PrunePorts {
  database: Database;
  clock: Clock;
  audit: Pick<Audit, 'record'>;
}

/**
 * Erases the events before a time, as far as they stand at the beginning of the chain without a newer one between them.
 * Repeated calls go on where one was broken off.
 *
 * @param before Unix ms
 * @returns how many were erased
 */
export async function pruneEvents(ports: PrunePorts, before: number): Promise<number> {
  let pruned = 0;
  for (;;) {
    const count = await pruneBatch(ports, before);
    pruned += count;
    if (count < BATCH) break;
  }
  if (pruned > 0) {
    await ports.database.transact((query) =>
      ports.audit.record(query, {
        name: 'audit.pruned',
        outcome: 'success',
        requester: systemRequester,
        details: { events: pruned, before: new Date(before).toISOString() },
      }),
    );
  }
  return pruned;
}

function pruneBatch({ database, clock }: PrunePorts, before: number): Promise<number> {
  return database.transact(async (query) => {
    if (!(await takeLock(query, database.dialect))) throw new Error('events are being sealed; try again in a moment');
    const start = await chainStart(query);
    const last = await lastOld(query, start, before);
    if (last === undefined) return 0;
    await query
      .insertInto('audit_checkpoints')
      .values({ ...last, created_at: clock.now() })
      .execute();
    await query.deleteFrom('audit_events').where('seq', '<=', last.seq).execute();
    return last.seq - start.seq;
  });
}

/** The last event of the batch that is to go. */
async function lastOld(query: Transaction<Tables>, start: ChainEnd, before: number): Promise<ChainEnd | undefined> {
  const rows = await query
    .selectFrom('audit_events')
    .select(['seq', 'hash', 'at'])
    .where('seq', '>', start.seq)
    .orderBy('seq')
    .limit(BATCH)
    .execute();
  const kept = rows.findIndex((row) => row.at >= before);
  const last = rows.at(kept === -1 ? -1 : kept - 1);
  return kept === 0 || last === undefined || last.seq === null || last.hash === null
    ? undefined
    : { seq: last.seq, hash: last.hash };
}
