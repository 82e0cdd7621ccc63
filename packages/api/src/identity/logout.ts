// Decides how sessions are ended by the person they belong to: this one, another, all others, or all everywhere.
import type { Audit, AuditEntry, Requester } from '../audit/ports.ts';
import type { Actor } from '../context.ts';
import { recordRevocation } from '../realtime/revocation.ts';
import type { IdentityPorts } from './ports.ts';
import { isSecret, parseRefreshToken } from './refresh-token.ts';
import {
  announceEnded,
  endAllSessions,
  endSession,
  lockSession,
  lockUser,
  type EndedSession,
  type EndReason,
} from './sessions.ts';

/** Which session is to end, by whose wish, and how that is called. */
interface Ending {
  sessionId: string;
  /** Only a session of this person; of anybody if not given. */
  userId?: string;
  reason: EndReason & ('logout' | 'revoked');
  requester: Requester;
}

/** Signs out of a session: its tokens and live connections end at once. An ended or unknown one is no fault. */
export async function logOut(
  ports: IdentityPorts,
  session: { sessionId: string },
  requester: Requester,
): Promise<void> {
  await endOne(ports, { ...session, reason: 'logout', requester });
}

/** Signs out of the session of a refresh token of any generation. Unknown tokens are no fault. */
export async function logOutByToken(ports: IdentityPorts, token: string, requester: Requester): Promise<void> {
  const sessionId = await findSession(ports, token);
  if (sessionId !== undefined) await logOut(ports, { sessionId }, requester);
}

/**
 * Ends one of a person's sessions.
 *
 * @returns false if they have no such active session
 */
export function endOwnSession(
  ports: IdentityPorts,
  actor: Pick<Actor, 'userId'>,
  wanted: { sessionId: string; requester: Requester },
): Promise<boolean> {
  return endOne(ports, { ...wanted, userId: actor.userId, reason: 'revoked' });
}

async function endOne(ports: IdentityPorts, ending: Ending): Promise<boolean> {
  const ended = await ports.database.transact(async (query) => {
    const session = await lockSession(query, ports.database.dialect, ending.sessionId);
    if (session?.status !== 'active') return undefined;
    if (ending.userId !== undefined && session.user_id !== ending.userId) return undefined;
    await ports.audit.record(query, endedEntry(ending, session));
    return endSession(query, ports, { session, reason: ending.reason });
  });
  if (ended === undefined) return false;
  announceEnded(ports, [ended]);
  return true;
}

function endedEntry(
  ending: Pick<Ending, 'reason' | 'requester'>,
  session: { id: string; user_id: string },
): AuditEntry {
  return {
    name: ending.reason === 'logout' ? 'logout.one' : 'session.revoked',
    outcome: 'success',
    requester: ending.requester,
    reason: ending.reason,
    actorId: session.user_id,
    subjectId: session.user_id,
    sessionId: session.id,
  };
}

/**
 * Ends all of a person's sessions but the one that asks.
 *
 * @returns how many were active
 */
export async function endOtherSessions(ports: IdentityPorts, actor: Actor, requester: Requester): Promise<number> {
  const ended = await ports.database.transact(async (query) => {
    await lockUser(query, ports.database.dialect, actor.userId);
    const others = await query
      .selectFrom('sessions')
      .select('id')
      .where('user_id', '=', actor.userId)
      .where('id', '!=', actor.sessionId)
      .where('status', '=', 'active')
      .orderBy('id')
      .execute();
    const done: EndedSession[] = [];
    for (const { id } of others) {
      const session = await lockSession(query, ports.database.dialect, id);
      if (session?.status !== 'active') continue;
      await ports.audit.record(query, endedEntry({ reason: 'revoked', requester }, session));
      done.push(await endSession(query, ports, { session, reason: 'revoked' }));
    }
    return done;
  });
  announceEnded(ports, ended);
  return ended.length;
}

/** Ends every session of a person, the one that asks as well, and every token of theirs: the epoch grows. */
export async function logOutEverywhere(ports: IdentityPorts, actor: Actor, requester: Requester): Promise<void> {
  const raised = await ports.database.transact(async (query) => {
    const { userId, sessionId } = actor;
    await ports.audit.record(query, {
      name: 'logout.all',
      outcome: 'success',
      requester,
      actorId: userId,
      subjectId: userId,
      sessionId,
    });
    return endAllSessions(query, ports, { userId, reason: 'logout_all' });
  });
  ports.revocations.raiseEpoch(raised.userId, raised.epoch);
  ports.disconnector.disconnect(raised.userId);
}

/**
 * Ends what a token opens: the session of a refresh token of any generation, or an access token alone. Any other text
 * is no fault (RFC 7009), and nothing tells it apart.
 */
export async function revokeToken(ports: IdentityPorts, token: string, requester: Requester): Promise<void> {
  const sessionId = await findSession(ports, token);
  if (sessionId !== undefined) return logOut(ports, { sessionId }, requester);
  const verified = ports.verifyAccess(token);
  if (!verified.ok) return;
  const { jti, sub, sid, exp } = verified.claims;
  const subject = `jti:${jti}` as const;
  const expiresAt = exp * 1_000 + LEEWAY_MS;
  await ports.database.transact(async (query) => {
    await recordRevocation(query, subject, expiresAt);
    await recordRevoked(ports.audit, query, { userId: sub, sessionId: sid, requester });
  });
  ports.revocations.add(subject, expiresAt);
}

/** The verifiers' leeway, at most. */
const LEEWAY_MS = 120_000;

function recordRevoked(
  audit: Audit,
  query: Parameters<Audit['record']>[0],
  revoked: { userId: string; sessionId: string; requester: Requester },
): Promise<void> {
  const { userId, sessionId, requester } = revoked;
  const who = { actorId: userId, subjectId: userId, sessionId };
  return audit.record(query, { name: 'token.revoked', outcome: 'success', requester, ...who });
}

/** The session of a refresh token, whichever way it came; undefined if the text is none. */
async function findSession(ports: Pick<IdentityPorts, 'database'>, token: string): Promise<string | undefined> {
  const parsed = parseRefreshToken(token);
  if (parsed === undefined) return undefined;
  const row = await ports.database.read
    .selectFrom('refresh_tokens')
    .select(['session_id', 'secret_hash'])
    .where('id', '=', parsed.id)
    .executeTakeFirst();
  return row !== undefined && isSecret(parsed.secret, row.secret_hash) ? row.session_id : undefined;
}
