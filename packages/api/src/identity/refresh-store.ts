// Decides how a refresh family is read and moved on: one statement to read, one compare-and-set that everything hangs on.
import { sql, type Insertable, type Transaction } from 'kysely';
import type { ClientKind } from '@parley/contract';
import type { Requester } from '../audit/ports.ts';
import type { Query } from '../db/database.ts';
import type { AuditEventsTable } from '../db/identity-tables.ts';
import type { Tables, UserRow } from '../db/schema.ts';
import { hashSecret, type RefreshToken } from './refresh-token.ts';

/** Everything that a decision about a token looks at, as of one instant. */
export interface Family {
  sessionId: string;
  client: ClientKind;
  isActive: boolean;
  userEpoch: number;
  expiresAt: number;
  deviceId: string | null;
  /** The generation of the current token. */
  currentGeneration: number;
  user: UserRow;
  token: {
    id: string;
    generation: number;
    secretHash: string;
    usedAt: number | null;
    replays: number;
    successorBox: string | null;
    idleExpiresAt: number;
  };
}

/** Reads a token with its session and its person; undefined for an id that nobody has. */
export async function readFamily(query: Query, tokenId: string): Promise<Family | undefined> {
  const row = await query
    .selectFrom('refresh_tokens as t')
    .innerJoin('sessions as s', 's.id', 't.session_id')
    .innerJoin('users', 'users.id', 's.user_id')
    .selectAll('users')
    .select(['t.session_id', 't.generation', 't.secret_hash', 't.used_at', 't.replays', 't.successor_box'])
    .select(['t.idle_expires_at', 's.client', 's.status', 's.user_epoch', 's.device_id'])
    .select(['s.expires_at', 's.generation as current_generation'])
    .where('t.id', '=', tokenId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    sessionId: row.session_id,
    client: row.client,
    isActive: row.status === 'active',
    userEpoch: row.user_epoch,
    expiresAt: row.expires_at,
    deviceId: row.device_id,
    currentGeneration: row.current_generation,
    user: row,
    token: {
      id: tokenId,
      generation: row.generation,
      secretHash: row.secret_hash,
      usedAt: row.used_at,
      replays: row.replays,
      successorBox: row.successor_box,
      idleExpiresAt: row.idle_expires_at,
    },
  };
}

/**
 * Locks a family for the rest of the transaction and moves its generation, if nothing has happened to it since it was
 * read: it is active, its person is as they were, no other token has become current. This is the statement that races
 * with logout, reset, change of role and other nodes, and exactly one of them wins.
 *
 * @param by 1 to rotate, 0 to answer again with what there is
 * @returns false if something has happened: read again and decide again
 */
export async function holdFamily(
  query: Transaction<Tables>,
  family: Pick<Family, 'sessionId' | 'currentGeneration' | 'userEpoch'>,
  use: { by: 0 | 1; now: number; requester: Requester },
): Promise<boolean> {
  const { numUpdatedRows } = await query
    .updateTable('sessions')
    .set({
      generation: family.currentGeneration + use.by,
      last_used_at: use.now,
      source: use.requester.source,
      user_agent: use.requester.userAgent,
    })
    .where('id', '=', family.sessionId)
    .where('status', '=', 'active')
    .where('generation', '=', family.currentGeneration)
    .where(
      sql<boolean>`exists (select 1 from users where users.id = sessions.user_id
        and users.epoch = ${family.userEpoch} and users.disabled_at is null)`,
    )
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Stores a successor, in the transaction that holds its family: the token that was current is rotated once and for all. */
export async function storeSuccessor(
  query: Transaction<Tables>,
  family: Pick<Family, 'sessionId' | 'currentGeneration'>,
  next: { successor: RefreshToken; box: string | null; now: number; idleExpiresAt: number },
): Promise<void> {
  const { sessionId, currentGeneration: generation } = family;
  // The predecessor's box goes: its successor is presented now, so nobody may be given it again.
  await query
    .updateTable('refresh_tokens')
    .set((column) => ({
      status: 'rotated',
      used_at: column.fn.coalesce('used_at', sql<number>`${next.now}`),
      first_presented_at: column.fn.coalesce('first_presented_at', sql<number>`${next.now}`),
      successor_box: column.case().when('generation', '=', generation).then(next.box).else(null).end(),
    }))
    .where('session_id', '=', sessionId)
    .where('generation', 'in', [generation - 1, generation])
    .execute();
  await query
    .insertInto('refresh_tokens')
    .values({
      id: next.successor.id,
      session_id: sessionId,
      generation: generation + 1,
      secret_hash: hashSecret(next.successor.secret),
      status: 'current',
      used_at: null,
      first_presented_at: null,
      successor_box: null,
      idle_expires_at: next.idleExpiresAt,
      created_at: next.now,
    })
    .execute();
}

/** What follows a current token, and the event that tells of it. */
export interface Move {
  successor: RefreshToken;
  box: string | null;
  now: number;
  idleExpiresAt: number;
  requester: Requester;
  event: Insertable<AuditEventsTable>;
}

/**
 * {@link holdFamily}, {@link storeSuccessor} and the event in one statement, which is a transaction by itself: on
 * PostgreSQL each statement costs a way there and back. If the family is not held, nothing is stored. The tokens may be
 * read before the lock is there: had they changed meanwhile, so had the generation. Counting the rotated ones makes the
 * successor come after them: a family has one current token at any time.
 *
 * @returns false if something has happened: read again and decide again
 */
export async function moveAtOnce(
  query: Query,
  family: Pick<Family, 'sessionId' | 'currentGeneration' | 'userEpoch'>,
  { successor, box, now, idleExpiresAt, requester, event }: Move,
): Promise<boolean> {
  const { sessionId, currentGeneration: generation } = family;
  const columns = Object.keys(event).map((name) => sql.ref(name));
  const values = Object.values(event).map((value) => sql`${value}`);
  const { rows } = await sql`
    with held as (
      update sessions set generation = ${generation + 1}, last_used_at = ${now}, source = ${requester.source},
        user_agent = ${requester.userAgent}
      where id = ${sessionId} and status = 'active' and generation = ${generation}
        and exists (select 1 from users where users.id = sessions.user_id
          and users.epoch = ${family.userEpoch} and users.disabled_at is null)
      returning id
    ), rotated as (
      update refresh_tokens set status = 'rotated', used_at = coalesce(used_at, ${now}),
        first_presented_at = coalesce(first_presented_at, ${now}),
        successor_box = case when generation = ${generation} then ${box} end
      where session_id = ${sessionId} and generation in (${generation - 1}, ${generation})
        and exists (select 1 from held)
      returning id
    ), stored as (
      insert into refresh_tokens (id, session_id, generation, secret_hash, status, idle_expires_at, created_at)
      select ${successor.id}, id, ${generation + 1}, ${hashSecret(successor.secret)}, 'current', ${idleExpiresAt}, ${now}
      from held where (select count(*) from rotated) > 0
    ), noted as (
      insert into audit_events (${sql.join(columns)}) select ${sql.join(values)} from held
    )
    select id from held`.execute(query);
  return rows.length === 1;
}

/** Counts one more answer with the same successor, in the transaction that holds the family. */
export async function countReplay(query: Transaction<Tables>, tokenId: string): Promise<void> {
  await query
    .updateTable('refresh_tokens')
    .set((column) => ({ replays: column('replays', '+', 1) }))
    .where('id', '=', tokenId)
    .execute();
}
