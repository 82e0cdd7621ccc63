// Decides when events are sealed into the chain and by whom: within a second, by one sealer a database at a time.
import { sql, type Transaction } from 'kysely';
import type { Logger } from 'pino';
import type { Clock } from '../context.ts';
import type { Database, Dialect } from '../db/database.ts';
import type { AuditEventRow } from '../db/identity-tables.ts';
import type { Tables } from '../db/schema.ts';
import { createAlarm } from '../outbox/alarm.ts';
import { FIRST_HASH, hashEvent } from './chain.ts';

/** Events that one transaction seals. */
const BATCH = 250;
/** How often the sealer looks; what is stored is sealed within twice this. */
const POLL_MS = 400;
/** How often the end of the chain is logged, for who keeps the log elsewhere. */
const ANCHOR_MS = 3_600_000;
/** The name of the lock among the advisory locks of PostgreSQL: "parleyau" in ASCII. */
const LOCK = 0x7061_726c_6579_6175n;

/** The end of the chain. */
export interface ChainEnd {
  seq: number;
  hash: string;
}

/** The running sealer. */
export interface Sealer {
  /** Seals what is stored now, as far as no other sealer does. */
  seal(): Promise<void>;
  /** Seals once more and ends. */
  stop(): Promise<void>;
}

/** What the sealer asks for. */
export interface SealerPorts {
  database: Database;
  clock: Clock;
  log: Pick<Logger, 'info' | 'error'>;
}

/** Starts the sealer. A crash leaves a batch sealed as a whole or not at all; the next start goes on. */
export function startSealer(ports: SealerPorts): Sealer {
  const alarm = createAlarm();
  const state = { isStopping: false };
  const anchor = createAnchor(ports);
  const seal = async (): Promise<void> => {
    while ((await hasUnsealed(ports.database)) && (await sealBatch(ports.database)) > 0);
  };
  const run = async (): Promise<void> => {
    while (!state.isStopping) {
      await seal().catch((error: unknown) => ports.log.error({ err: error }, 'audit events could not be sealed'));
      await anchor().catch((error: unknown) => ports.log.error({ err: error }, 'the audit log could not be read'));
      await alarm.sleep(POLL_MS);
    }
    await seal();
  };
  const ended = run();
  return {
    seal,
    async stop() {
      state.isStopping = true;
      alarm.stop();
      await ended.catch((error: unknown) => ports.log.error({ err: error }, 'audit events wait to be sealed'));
    },
  };
}

/** Logs the end of the chain from time to time: whoever rewrites the table cannot rewrite a log kept elsewhere. */
function createAnchor({ database, clock, log }: SealerPorts): () => Promise<void> {
  const last = { at: 0, seq: 0 };
  return async () => {
    if (Math.abs(clock.now() - last.at) < ANCHOR_MS) return;
    last.at = clock.now();
    const end = await chainEnd(database.read);
    if (end.seq > last.seq) log.info({ event: 'audit.anchor', ...end }, 'end of the audit chain');
    last.seq = end.seq;
  };
}

async function hasUnsealed(database: Database): Promise<boolean> {
  const row = await database.read
    .selectFrom('audit_events')
    .select('position')
    .where('seq', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The last sealed event, the checkpoint that stands for erased ones, or the beginning. */
export async function chainEnd(query: Database['read']): Promise<ChainEnd> {
  const last = await query
    .selectFrom('audit_events')
    .select(['seq', 'hash'])
    .where('seq', 'is not', null)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last !== undefined && last.seq !== null && last.hash !== null) return { seq: last.seq, hash: last.hash };
  return chainStart(query);
}

/** What the oldest remaining event is chained to. */
export async function chainStart(query: Database['read']): Promise<ChainEnd> {
  const checkpoint = await query
    .selectFrom('audit_checkpoints')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return checkpoint ?? { seq: 0, hash: FIRST_HASH };
}

/** @returns how many events were sealed; 0 also when another node seals */
function sealBatch(database: Database): Promise<number> {
  return database.transact(async (query) => {
    if (!(await takeLock(query, database.dialect))) return 0;
    const rows = await query
      .selectFrom('audit_events')
      .selectAll()
      .where('seq', 'is', null)
      .orderBy('position')
      .limit(BATCH)
      .execute();
    let end = await chainEnd(query);
    const seals = rows.map((row) => {
      const seal = sealOf(row, end);
      end = seal;
      return seal;
    });
    if (seals.length > 0) await store(query, database.dialect, seals);
    return seals.length;
  });
}

/** One sealer a database: SQLite has one writer; PostgreSQL gives the lock back with the transaction. */
export async function takeLock(query: Transaction<Tables>, dialect: Dialect): Promise<boolean> {
  if (dialect === 'sqlite') return true;
  const { rows } = await sql<{ isOurs: boolean }>`select pg_try_advisory_xact_lock(${LOCK}) as "isOurs"`.execute(query);
  return rows[0]?.isOurs === true;
}

interface Seal extends ChainEnd {
  position: number;
  previousHash: string;
}

function sealOf(row: AuditEventRow, end: ChainEnd): Seal {
  const seq = end.seq + 1;
  return { position: row.position, seq, previousHash: end.hash, hash: hashEvent(end.hash, seq, row) };
}

/** One parameter for seals of every number, so that they share one prepared statement. */
async function store(query: Transaction<Tables>, dialect: Dialect, seals: readonly Seal[]): Promise<void> {
  const json = JSON.stringify(seals);
  const sealed =
    dialect === 'sqlite'
      ? sql`(select value ->> 'position' as position, value ->> 'seq' as seq, value ->> 'previousHash' as previous_hash,
          value ->> 'hash' as hash from json_each(${json}))`
      : sql`(select position, seq, "previousHash" as previous_hash, hash from jsonb_to_recordset(${json}::jsonb)
          as s(position bigint, seq bigint, "previousHash" text, hash text))`;
  await sql`update audit_events set seq = sealed.seq, previous_hash = sealed.previous_hash, hash = sealed.hash
    from ${sealed} as sealed where audit_events.position = sealed.position`.execute(query);
}
