// Decides how a session begins and ends, and what ends with it.
import type { ClientKind } from '@parley/contract';
import type { Transaction } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { ApiConfig } from '../config.ts';
import type { Requester } from '../audit/ports.ts';
import type { Clock, Revocations } from '../context.ts';
import type { Database } from '../db/database.ts';
import type { SessionRow, Tables, UserRow } from '../db/schema.ts';
import { LIMITS } from '../http/limits.ts';
import type { Disconnector } from '../realtime/disconnect.ts';
import { recordEpoch, recordRevocation, revocationLifeMs } from '../realtime/revocation.ts';
import { hashSecret, makeRefreshToken, printRefreshToken } from './refresh-token.ts';

/** How a person proved who they are (RFC 8176): password, one-time code, hardware key, or elsewhere. */
export type AuthenticationMethod = 'pwd' | 'otp' | 'hwk' | 'fed';

/** Whether a word of a session's row is one of the methods. */
export const isAuthenticationMethod = (word: string): word is AuthenticationMethod =>
  ['pwd', 'otp', 'hwk', 'fed'].includes(word);

/** Why a session ended, as it is recorded. */
export type EndReason =
  | 'logout'
  | 'logout_all'
  | 'revoked'
  | 'reuse'
  | 'limit'
  | 'role'
  | 'expired'
  | 'disabled'
  | 'admin'
  | 'password'
  | 'email'
  | 'not_me';

/** A session that ended in a transaction: what {@link announceEnded} makes effective after the commit. */
export interface EndedSession {
  sessionId: string;
  userId: string;
  /** When the last token that rests on it is dead anyway; Unix ms. */
  until: number;
}

/** A session that has begun, with the first token of its family. */
export interface StartedSession {
  sessionId: string;
  refreshToken: string;
  /** The oldest sessions, which made room for this one. */
  evicted: EndedSession[];
}

/** What beginning and ending ask for. */
export interface SessionPorts {
  config: ApiConfig;
  clock: Clock;
}

/** Locks a session's row until the transaction ends; SQLite has one writer and needs no lock. */
export function lockSession(
  query: Transaction<Tables>,
  dialect: Database['dialect'],
  sessionId: string,
): Promise<SessionRow | undefined> {
  const select = query.selectFrom('sessions').selectAll().where('id', '=', sessionId);
  return (dialect === 'postgres' ? select.forUpdate() : select).executeTakeFirst();
}

/**
 * Locks a person's row until the transaction ends. Whoever touches several sessions of one person does this first, so
 * that no two of them wait for each other.
 */
export async function lockUser(
  query: Transaction<Tables>,
  dialect: Database['dialect'],
  userId: string,
): Promise<void> {
  if (dialect === 'sqlite') return;
  await query.selectFrom('users').select('id').where('id', '=', userId).forUpdate().execute();
}

/** Begins a session: a family of refresh tokens with its first generation. The id is always new. */
export async function startSession(
  query: Transaction<Tables>,
  ports: SessionPorts,
  wanted: {
    user: Pick<UserRow, 'id' | 'epoch'>;
    client: ClientKind;
    requester: Requester;
    methods: readonly AuthenticationMethod[];
    deviceId: string;
  },
): Promise<StartedSession> {
  const { config } = ports;
  const { user, client, requester, methods, deviceId } = wanted;
  const now = ports.clock.now();
  const sessionId = uuidv7();
  const expiresAt = now + config.refreshAbsoluteLife * 1_000;
  const token = makeRefreshToken();
  const evicted = await makeRoom(query, ports, user.id);
  await query
    .insertInto('sessions')
    .values({
      id: sessionId,
      user_id: user.id,
      client,
      status: 'active',
      revoked_reason: null,
      user_epoch: user.epoch,
      created_at: now,
      expires_at: expiresAt,
      authenticated_at: now,
      last_used_at: now,
      methods: methods.join(' '),
      source: requester.source,
      user_agent: requester.userAgent,
      device_id: deviceId,
      ended_at: null,
    })
    .execute();
  await query
    .insertInto('refresh_tokens')
    .values({
      id: token.id,
      session_id: sessionId,
      generation: 0,
      secret_hash: hashSecret(token.secret),
      status: 'current',
      used_at: null,
      first_presented_at: null,
      successor_box: null,
      idle_expires_at: Math.min(now + config.refreshIdleLife * 1_000, expiresAt),
      created_at: now,
    })
    .execute();
  return { sessionId, refreshToken: printRefreshToken(token), evicted };
}

async function makeRoom(query: Transaction<Tables>, ports: SessionPorts, userId: string): Promise<EndedSession[]> {
  const surplus = await query
    .selectFrom('sessions')
    .select(['id', 'user_id'])
    .where('user_id', '=', userId)
    .where('status', '=', 'active')
    .where('expires_at', '>', ports.clock.now())
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .offset(LIMITS.sessionsPerUser - 1)
    .limit(LIMITS.sessionsPerUser)
    .execute();
  const ended: EndedSession[] = [];
  for (const session of surplus) ended.push(await endSession(query, ports, { session, reason: 'limit' }));
  return ended;
}

/** Ends a session: its status, the successors that it could still hand out, and the tokens that rest on it. */
export async function endSession(
  query: Transaction<Tables>,
  ports: SessionPorts,
  ending: { session: Pick<SessionRow, 'id' | 'user_id'>; reason: EndReason },
): Promise<EndedSession> {
  const { id, user_id: userId } = ending.session;
  const until = ports.clock.now() + revocationLifeMs(ports.config);
  await query
    .updateTable('sessions')
    .set({ status: 'revoked', revoked_reason: ending.reason, ended_at: ports.clock.now() })
    .where('id', '=', id)
    .where('status', '=', 'active')
    .execute();
  await query.updateTable('refresh_tokens').set({ successor_box: null }).where('session_id', '=', id).execute();
  await recordRevocation(query, `sid:${id}`, until);
  return { sessionId: id, userId, until };
}

/** Ends every session of a person and every token that rests on one: the epoch grows. */
export async function endAllSessions(
  query: Transaction<Tables>,
  ports: SessionPorts,
  ending: { userId: string; reason: EndReason },
): Promise<{ userId: string; epoch: number }> {
  const { epoch } = await query
    .updateTable('users')
    .set((column) => ({ epoch: column('epoch', '+', 1) }))
    .where('id', '=', ending.userId)
    .returning('epoch')
    .executeTakeFirstOrThrow();
  // Sessions before their tokens: a rotation holds the session first, and two that wait for each other would both fail.
  await query
    .updateTable('sessions')
    .set({ status: 'revoked', revoked_reason: ending.reason, ended_at: ports.clock.now() })
    .where('user_id', '=', ending.userId)
    .where('status', '=', 'active')
    .execute();
  const sessions = query.selectFrom('sessions').select('id').where('user_id', '=', ending.userId);
  await query
    .updateTable('refresh_tokens')
    .set({ successor_box: null })
    .where('session_id', 'in', sessions)
    .where('successor_box', 'is not', null)
    .execute();
  const raised = { userId: ending.userId, epoch };
  await recordEpoch(query, raised, ports.clock.now() + revocationLifeMs(ports.config));
  return raised;
}

/** What makes an end effective, for its own connections only: call it after the commit that recorded the end. */
export function announceEnded(
  ports: { revocations: Pick<Revocations, 'add'>; disconnector: Disconnector },
  ended: readonly EndedSession[],
): void {
  for (const { sessionId, userId, until } of ended) {
    ports.revocations.add(`sid:${sessionId}`, until);
    ports.disconnector.disconnectSession({ sessionId, userId });
  }
}
