// Decides what a presented refresh token gets: a successor, the same successor again, a refusal, or the family's end.
import type { ClientKind } from '@parley/contract';
import type { Transaction } from 'kysely';
import type { Database } from '../db/database.ts';
import type { RefreshTokenRow, SessionRow, Tables, UserRow } from '../db/schema.ts';
import { LIMITS } from '../http/limits.ts';
import type { RateLimits, Taken } from '../http/rate-limits.ts';
import {
  hashSecret,
  isSecret,
  makeRefreshToken,
  openSuccessor,
  parseRefreshToken,
  printRefreshToken,
  sealSuccessor,
  type RefreshToken,
} from './refresh-token.ts';
import { endSession, lockSession, type EndedSession, type SessionPorts } from './sessions.ts';

/**
 * What a presented token gets. `reason` is for the log. `ended` is there when the family has just been revoked: make
 * it effective with `announceEnded`.
 */
export type Rotated =
  | { ok: true; refreshToken: string; user: UserRow; session: SessionRow; replayed: boolean }
  | { ok: false; problem: 'auth.invalid_grant' | 'refresh.superseded'; reason: string; ended?: EndedSession }
  | { ok: false; problem: 'rate.limited'; taken: Taken & { ok: false } };

/** A token as it came: `client` is the way that it came, the cookie (`web`) or the body (`native`). */
export interface Presented {
  token: string;
  client: ClientKind;
}

/** What rotation asks for. */
export interface RotationPorts extends SessionPorts {
  database: Database;
  limits: Pick<RateLimits, 'take'>;
}

/** Rotates tokens; the same token presented many times at once is rotated once and all get the one answer. */
export interface RefreshFamilies {
  rotate(presented: Presented): Promise<Rotated>;
}

type Refusal = Extract<Rotated, { reason: string }>;

const refuse = (reason: string): Refusal => ({ ok: false, problem: 'auth.invalid_grant', reason });
const superseded = (reason: string): Refusal => ({ ok: false, problem: 'refresh.superseded', reason });

/** Everything that a decision looks at, read under the lock of the session. */
interface Family {
  presented: RefreshToken;
  client: ClientKind;
  row: RefreshTokenRow;
  session: SessionRow;
  user: UserRow;
  /** How many generations the presented token is behind the current one. */
  age: number;
}

/** What the table of identity rules says about a token of a living family; pure. */
export type Verdict = 'rotate' | 'replay' | 'superseded' | 'reuse';

/** The times that decide about a rotated token. */
export interface ReplayRules {
  graceMs: number;
  /** Second limit, for answers that were lost: only while the successor was never presented. Off when grace is 0. */
  replayLimitMs: number;
}

/**
 * Judges a token whose secret was right, of a family that lives.
 *
 * @param token `age` 0 is current; 1 the direct predecessor, whose successor was never presented (presenting it would
 * have made another generation); 2 the token before, whose successor was presented
 */
export function judgeToken(
  token: { age: number; usedAgoMs: number; replays: number; isBindingRight: boolean },
  rules: ReplayRules,
): Verdict {
  if (!token.isBindingRight) return 'reuse';
  if (token.age === 0) return 'rotate';
  const isInGrace = token.usedAgoMs < rules.graceMs;
  const isInReplayLimit = rules.graceMs > 0 && token.usedAgoMs < rules.replayLimitMs;
  if (token.age === 1 && (isInGrace || isInReplayLimit))
    return token.replays < LIMITS.refreshReplays ? 'replay' : 'superseded';
  if (token.age === 2 && isInGrace) return 'superseded';
  return 'reuse';
}

/** Makes the rotation. */
export function createRefreshFamilies(ports: RotationPorts): RefreshFamilies {
  const inFlight = new Map<string, Promise<Rotated>>();
  return {
    rotate(presented) {
      const parsed = parseRefreshToken(presented.token);
      if (parsed === undefined) return Promise.resolve(refuse('malformed'));
      const key = `${presented.client} ${presented.token}`;
      const running = inFlight.get(key);
      if (running !== undefined) return running;
      const rotation = rotate(ports, parsed, presented.client).finally(() => inFlight.delete(key));
      inFlight.set(key, rotation);
      return rotation;
    },
  };
}

async function rotate(ports: RotationPorts, presented: RefreshToken, client: ClientKind): Promise<Rotated> {
  // Junk is turned away before it can take the write lock or use up the family's rate.
  const known = await ports.database.read
    .selectFrom('refresh_tokens')
    .select(['session_id', 'secret_hash'])
    .where('id', '=', presented.id)
    .executeTakeFirst();
  if (known === undefined) return refuse('unknown');
  if (!isSecret(presented.secret, known.secret_hash)) return refuse('wrong secret');
  const taken = await ports.limits.take('refresh-family', known.session_id);
  if (!taken.ok) return { ok: false, problem: 'rate.limited', taken };
  return ports.database.transact(async (query) => {
    const found = await readFamily(query, ports, { presented, client, sessionId: known.session_id });
    return found.ok ? decide(query, ports, found.family) : found;
  });
}

async function readFamily(
  query: Transaction<Tables>,
  ports: RotationPorts,
  wanted: { presented: RefreshToken; client: ClientKind; sessionId: string },
): Promise<{ ok: true; family: Family } | Refusal> {
  const session = await lockSession(query, ports.database.dialect, wanted.sessionId);
  const tokens = await query
    .selectFrom('refresh_tokens')
    .selectAll()
    .where('session_id', '=', wanted.sessionId)
    .where((where) => where.or([where('id', '=', wanted.presented.id), where('status', '=', 'current')]))
    .execute();
  const row = tokens.find((token) => token.id === wanted.presented.id);
  const current = tokens.find((token) => token.status === 'current');
  if (session === undefined || row === undefined || current === undefined) return refuse('unknown');
  const user = await query.selectFrom('users').selectAll().where('id', '=', session.user_id).executeTakeFirst();
  const now = ports.clock.now();
  if (session.status === 'revoked') return refuse('session revoked');
  if (user === undefined || user.disabled_at !== null) return refuse('user disabled');
  if (session.user_epoch !== user.epoch) return refuse('epoch changed');
  if (session.expires_at <= now) return refuse('absolute expiry');
  if (row.idle_expires_at <= now) return refuse('idle expiry');
  const age = current.generation - row.generation;
  return { ok: true, family: { presented: wanted.presented, client: wanted.client, row, session, user, age } };
}

async function decide(query: Transaction<Tables>, ports: RotationPorts, family: Family): Promise<Rotated> {
  const { row, session } = family;
  const verdict = judgeToken(
    {
      age: family.age,
      usedAgoMs: ports.clock.now() - (row.used_at ?? 0),
      replays: row.replays,
      isBindingRight: session.client === family.client,
    },
    { graceMs: ports.config.refreshGrace * 1_000, replayLimitMs: ports.config.refreshReplayLimit * 1_000 },
  );
  switch (verdict) {
    case 'rotate':
      return advance(query, ports, family);
    case 'replay':
      return replay(query, family);
    case 'superseded':
      return superseded(`generation ${row.generation}, ${family.age} behind`);
    case 'reuse': {
      const ended = await endSession(query, ports, { session, reason: 'reuse' });
      return { ...refuse(`reuse of generation ${row.generation}, ${family.age} behind`), ended };
    }
  }
}

async function advance(query: Transaction<Tables>, ports: RotationPorts, family: Family): Promise<Rotated> {
  const { row, session, user, presented } = family;
  const now = ports.clock.now();
  const successor = makeRefreshToken();
  await query
    .updateTable('refresh_tokens')
    .set({
      status: 'rotated',
      used_at: now,
      first_presented_at: now,
      successor_box: ports.config.refreshGrace === 0 ? null : sealSuccessor(presented, successor),
    })
    .where('id', '=', row.id)
    .execute();
  // The successor is presented now, so nobody may be given it again.
  await query
    .updateTable('refresh_tokens')
    .set({ successor_box: null })
    .where('session_id', '=', session.id)
    .where('generation', '=', row.generation - 1)
    .execute();
  await query
    .insertInto('refresh_tokens')
    .values({
      id: successor.id,
      session_id: session.id,
      generation: row.generation + 1,
      secret_hash: hashSecret(successor.secret),
      status: 'current',
      used_at: null,
      first_presented_at: null,
      successor_box: null,
      idle_expires_at: Math.min(now + ports.config.refreshIdleLife * 1_000, session.expires_at),
      created_at: now,
    })
    .execute();
  return { ok: true, refreshToken: printRefreshToken(successor), user, session, replayed: false };
}

async function replay(query: Transaction<Tables>, family: Family): Promise<Rotated> {
  const { row, session, user, presented } = family;
  const refreshToken = row.successor_box === null ? undefined : openSuccessor(presented, row.successor_box);
  if (refreshToken === undefined) return refuse('successor erased');
  await query
    .updateTable('refresh_tokens')
    .set((column) => ({ replays: column('replays', '+', 1) }))
    .where('id', '=', row.id)
    .execute();
  return { ok: true, refreshToken, user, session, replayed: true };
}
