// Decides what a presented refresh token gets: a successor, the same successor again, a refusal, or the family's end.
import type { ClientKind } from '@parley/contract';
import type { Audit, AuditEntry, Requester } from '../audit/ports.ts';
import { auditRow } from '../audit/row.ts';
import type { Database } from '../db/database.ts';
import type { UserRow } from '../db/schema.ts';
import { LIMITS } from '../http/limits.ts';
import type { RateLimits, Taken } from '../http/rate-limits.ts';
import type { Mailer } from '../mail/ports.ts';
import { deviceLabel } from './device-label.ts';
import { makeLink } from './one-time-links.ts';
import {
  countReplay,
  holdFamily,
  moveAtOnce,
  readFamily,
  storeSuccessor,
  type Family,
  type Move,
} from './refresh-store.ts';
import {
  isSecret,
  makeRefreshToken,
  openSuccessor,
  parseRefreshToken,
  printRefreshToken,
  sealSuccessor,
  type RefreshToken,
} from './refresh-token.ts';
import { endSession, lockSession, type EndedSession, type SessionPorts } from './sessions.ts';

/** The session that a token belongs to. */
type RotatedSession = Pick<Family, 'sessionId' | 'client'>;

/**
 * What a presented token gets. `reason` is for the log. `ended` is there when the family has just been revoked: make
 * it effective with `announceEnded`.
 */
export type Rotated =
  | { ok: true; refreshToken: string; user: UserRow; session: RotatedSession; replayed: boolean }
  | { ok: false; problem: 'auth.invalid_grant' | 'refresh.superseded'; reason: string; ended?: EndedSession }
  | { ok: false; problem: 'rate.limited'; taken: Taken & { ok: false } };

/** A token as it came: `client` is the way that it came, the cookie (`web`) or the body (`native`). */
export interface Presented {
  token: string;
  client: ClientKind;
  /** The device that the client shows to be; null if it shows none. */
  deviceId: string | null;
  requester: Requester;
}

/** What rotation asks for. */
export interface RotationPorts extends SessionPorts {
  database: Database;
  limits: Pick<RateLimits, 'take'>;
  audit: Audit;
  mailer: Mailer;
}

/** Rotates tokens; the same token presented many times at once is rotated once and all get the one answer. */
export interface RefreshFamilies {
  rotate(presented: Presented): Promise<Rotated>;
}

type Refusal = Extract<Rotated, { reason: string }>;

const refuse = (reason: string): Refusal => ({ ok: false, problem: 'auth.invalid_grant', reason });
const superseded = (reason: string): Refusal => ({ ok: false, problem: 'refresh.superseded', reason });

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
      const key = `${presented.client} ${presented.deviceId ?? ''} ${presented.token}`;
      const running = inFlight.get(key);
      if (running !== undefined) return running;
      const rotation = rotate(ports, parsed, presented).finally(() => inFlight.delete(key));
      inFlight.set(key, rotation);
      return rotation;
    },
  };
}

/** How often a decision is made anew because the family changed under it: each time somebody else has got on. */
const MAX_ATTEMPTS = 5;

async function rotate(ports: RotationPorts, presented: RefreshToken, by: Presented): Promise<Rotated> {
  const known = await readFamily(ports.database.read, presented.id);
  // Junk is turned away before it can take the write lock or use up the family's rate.
  if (known === undefined) return refuse('unknown');
  if (!isSecret(presented.secret, known.token.secretHash)) return refuse('wrong secret');
  const taken = await ports.limits.take('refresh-family', known.sessionId);
  if (!taken.ok) return { ok: false, problem: 'rate.limited', taken };
  let family: Family | undefined = known;
  for (let attempt = 0; attempt < MAX_ATTEMPTS && family !== undefined; attempt += 1) {
    const decided = await decide(ports, { presented, by, family });
    if (decided !== 'changed') return decided;
    family = await readFamily(ports.database.read, presented.id);
  }
  return superseded('the family changed again and again');
}

/** A token whose secret was right, how it came, and its family as it was read. */
interface Case {
  presented: RefreshToken;
  by: Presented;
  family: Family;
}

/** Why a family answers nobody any more; undefined if it lives. */
function endOf(family: Family, now: number): string | undefined {
  if (!family.isActive) return 'session revoked';
  if (family.user.disabled_at !== null) return 'user disabled';
  if (family.userEpoch !== family.user.epoch) return 'epoch changed';
  if (family.expiresAt <= now) return 'absolute expiry';
  return family.token.idleExpiresAt <= now ? 'idle expiry' : undefined;
}

/**
 * Whether a token came from where its family lives. A browser without its device cookie is judged by its token alone as
 * long as that is the current one; nothing is handed out twice to it. A native client need not keep a device at all.
 */
function isBindingRight({ by, family }: Case, age: number): boolean {
  if (by.client !== family.client) return false;
  if (family.deviceId === null || family.deviceId === by.deviceId) return true;
  return by.deviceId === null && (age === 0 || by.client === 'native');
}

async function decide(ports: RotationPorts, found: Case): Promise<Rotated | 'changed'> {
  const { family } = found;
  const now = ports.clock.now();
  const end = endOf(family, now);
  if (end !== undefined) return refuse(end);
  const { generation, usedAt, replays } = family.token;
  const age = family.currentGeneration - generation;
  const verdict = judgeToken(
    { age, usedAgoMs: now - (usedAt ?? 0), replays, isBindingRight: isBindingRight(found, age) },
    { graceMs: ports.config.refreshGrace * 1_000, replayLimitMs: ports.config.refreshReplayLimit * 1_000 },
  );
  switch (verdict) {
    case 'rotate':
      return advance(ports, found);
    case 'replay':
      return replay(ports, found);
    case 'superseded':
      ports.audit.note(entryOf(found, { name: 'token.refresh_superseded', outcome: 'failure' }));
      return superseded(`generation ${generation}, ${age} behind`);
    case 'reuse': {
      const ended = await endFamily(ports, found);
      return {
        ...refuse(`reuse of generation ${generation}, ${age} behind`),
        ...(ended === undefined ? {} : { ended }),
      };
    }
    default:
      return verdict satisfies never;
  }
}

/** What is audited of a presented token. */
function entryOf({ family, by }: Case, what: Pick<AuditEntry, 'name' | 'outcome'>): AuditEntry {
  const { user, sessionId, token, currentGeneration } = family;
  const details = { generation: token.generation, current: currentGeneration };
  return { ...what, requester: by.requester, actorId: user.id, subjectId: user.id, sessionId, details };
}

async function advance(ports: RotationPorts, found: Case): Promise<Rotated | 'changed'> {
  const { presented, by, family } = found;
  const now = ports.clock.now();
  const successor = makeRefreshToken();
  const box = ports.config.refreshGrace === 0 ? null : sealSuccessor(presented, successor);
  const idleExpiresAt = Math.min(now + ports.config.refreshIdleLife * 1_000, family.expiresAt);
  if (!(await move(ports, found, { successor, box, now, idleExpiresAt, requester: by.requester }))) return 'changed';
  const refreshToken = printRefreshToken(successor);
  return { ok: true, refreshToken, user: family.user, session: family, replayed: false };
}

/** Moves a family on, with the event of it; false if something has happened to it since it was read. */
function move({ database, audit }: RotationPorts, found: Case, next: Omit<Move, 'event'>): Promise<boolean> {
  const { family } = found;
  const entry = entryOf(found, { name: 'token.refreshed', outcome: 'success' });
  if (database.dialect === 'postgres')
    return moveAtOnce(database.read, family, { ...next, event: auditRow(entry, next.now) });
  const { now, requester } = next;
  return database.transact(async (query) => {
    if (!(await holdFamily(query, family, { by: 1, now, requester }))) return false;
    await storeSuccessor(query, family, next);
    await audit.record(query, entry);
    return true;
  });
}

async function replay(ports: RotationPorts, found: Case): Promise<Rotated | 'changed'> {
  const { presented, by, family } = found;
  const box = family.token.successorBox;
  const refreshToken = box === null ? undefined : openSuccessor(presented, box);
  if (refreshToken === undefined) return refuse('successor erased');
  return ports.database.transact(async (query) => {
    const use = { by: 0, now: ports.clock.now(), requester: by.requester } as const;
    if (!(await holdFamily(query, family, use))) return 'changed';
    await countReplay(query, family.token.id);
    await ports.audit.record(query, entryOf(found, { name: 'token.refresh_replayed', outcome: 'success' }));
    return { ok: true, refreshToken, user: family.user, session: family, replayed: true };
  });
}

/** Ends a family whose token was used twice, and tells its person; undefined if somebody else has just ended it. */
function endFamily(ports: RotationPorts, found: Case): Promise<EndedSession | undefined> {
  const { by, family } = found;
  return ports.database.transact(async (query) => {
    const session = await lockSession(query, ports.database.dialect, family.sessionId);
    if (session?.status !== 'active') return undefined;
    const ended = await endSession(query, ports, { session, reason: 'reuse' });
    const what = { name: 'token.reuse_detected', outcome: 'failure' } as const;
    await ports.audit.record(query, { ...entryOf(found, what), reason: 'reuse' });
    const data = {
      name: family.user.name,
      device: deviceLabel(by.requester.userAgent),
      url: (await makeLink(query, ports, { kind: 'not_me', user: family.user })).url,
    };
    await ports.mailer.queue(query, { to: family.user.email, template: 'session_reuse', data });
    return ended;
  });
}
