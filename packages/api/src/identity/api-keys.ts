// Decides what people do with keys of their programs: make, list, rotate with an overlap, revoke.
import type { ApiKey, ApiKeyCreate, ApiKeyCreated, Right } from '@parley/contract';
import type { Selectable, Transaction } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import type { Requester } from '../audit/ports.ts';
import type { Actor } from '../context.ts';
import type { Query } from '../db/database.ts';
import type { ApiKeysTable } from '../db/identity-tables.ts';
import type { Tables, UserRow } from '../db/schema.ts';
import { LIMITS } from '../http/limits.ts';
import { recordRevocation, revocationLifeMs } from '../realtime/revocation.ts';
import { hashKeySecret, keyEnvironment, makeKeySecret, printApiKey } from './api-key-format.ts';
import { makeLink } from './one-time-links.ts';
import { mayGrant } from './policy.ts';
import type { IdentityPorts } from './ports.ts';
import { isRecent } from './recent.ts';
import { announceEnded, type EndedSession } from './sessions.ts';

type Row = Selectable<ApiKeysTable>;
type Ports = Pick<IdentityPorts, 'config' | 'clock' | 'database' | 'audit' | 'mailer' | 'revocations' | 'disconnector'>;

/** Who acts on which key. */
export interface KeyVisit {
  actor: Actor;
  requester: Requester;
  keyId: string;
}

/** What making a key gets; its secret is not shown again. */
export type KeyMade =
  | { ok: true; made: ApiKeyCreated }
  | {
      ok: false;
      problem: 'auth.reauthentication_required' | 'scope.too_wide' | 'apikey.limit' | 'apikey.replaced' | 'not_found';
    };

/** A key as its owner sees it. */
function presentKey(row: Row): ApiKey {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes.split(' ') as Right[],
    createdAt: new Date(row.created_at).toISOString(),
    expiresAt: new Date(row.expires_at).toISOString(),
    lastUsedAt: row.last_used_at === null ? null : new Date(row.last_used_at).toISOString(),
    replacedBy: row.replaced_by,
  };
}

/** A person's keys that still work, newest first. */
export async function listKeys(query: Query, owner: { userId: string; now: number }): Promise<ApiKey[]> {
  const rows = await query
    .selectFrom('api_keys')
    .selectAll()
    .where('user_id', '=', owner.userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', owner.now)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(2 * LIMITS.apiKeys.perUser)
    .execute();
  return rows.map(presentKey);
}

/** Makes a key: of a person who proved recently who they are, with no right that they lack. */
export async function createKey(
  ports: Ports,
  by: Omit<KeyVisit, 'keyId'>,
  wanted: z.output<typeof ApiKeyCreate>,
): Promise<KeyMade> {
  const { actor } = by;
  const scopes = [...new Set(wanted.scopes)];
  if (!mayGrant(actor, scopes)) return { ok: false, problem: 'scope.too_wide' };
  return ports.database.transact(async (query): Promise<KeyMade> => {
    if (!(await isRecent(query, ports, actor))) return { ok: false, problem: 'auth.reauthentication_required' };
    const owner = await lockOwner(query, actor.userId);
    const now = ports.clock.now();
    const working = await listKeys(query, { userId: actor.userId, now });
    if (working.filter((key) => key.replacedBy === null).length >= LIMITS.apiKeys.perUser)
      return { ok: false, problem: 'apikey.limit' };
    const lifeMs = wanted.expiresInDays * 86_400_000;
    const made = await insertKey(query, ports, { userId: actor.userId, name: wanted.name, scopes, lifeMs });
    await ports.audit.record(query, {
      ...about({ ...by, keyId: made.key.id }),
      name: 'apikey.created',
      details: { scopes: scopes.join(' ') },
    });
    const { url } = await makeLink(query, ports, { kind: 'not_me', user: owner });
    await ports.mailer.queue(query, {
      to: owner.email,
      template: 'api_key_created',
      data: { name: owner.name, keyName: wanted.name, url },
    });
    return { ok: true, made };
  });
}

const about = ({ actor, requester, keyId }: KeyVisit) => ({
  outcome: 'success' as const,
  requester,
  actorId: actor.userId,
  subjectId: actor.userId,
  sessionId: actor.sessionId,
  keyId,
});

/** The owner's row, locked until the transaction ends by an update that changes nothing: keys are counted one by one. */
function lockOwner(
  query: Transaction<Tables>,
  userId: string,
): Promise<Pick<UserRow, 'id' | 'name' | 'email' | 'epoch'>> {
  return query
    .updateTable('users')
    .set((column) => ({ epoch: column.ref('epoch') }))
    .where('id', '=', userId)
    .returning(['id', 'name', 'email', 'epoch'])
    .executeTakeFirstOrThrow();
}

async function insertKey(
  query: Transaction<Tables>,
  ports: Pick<Ports, 'config' | 'clock'>,
  wanted: { userId: string; name: string; scopes: readonly string[]; lifeMs: number },
): Promise<ApiKeyCreated> {
  const secret = makeKeySecret();
  const now = ports.clock.now();
  const row: Row = {
    id: uuidv7(),
    user_id: wanted.userId,
    name: wanted.name,
    secret_hash: hashKeySecret(secret),
    scopes: wanted.scopes.join(' '),
    expires_at: now + wanted.lifeMs,
    created_at: now,
    first_used_at: null,
    last_used_at: null,
    revoked_at: null,
    replaced_by: null,
  };
  await query.insertInto('api_keys').values(row).execute();
  const printed = printApiKey({ environment: keyEnvironment(ports.config), id: row.id, secret });
  return { key: presentKey(row), secret: printed };
}

/** A key of the acting person that still works. */
function findOwnKey(query: Query, ports: Pick<Ports, 'clock'>, { actor, keyId }: KeyVisit): Promise<Row | undefined> {
  return query
    .selectFrom('api_keys')
    .selectAll()
    .where('id', '=', keyId)
    .where('user_id', '=', actor.userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', ports.clock.now())
    .executeTakeFirst();
}

/**
 * Replaces a key by one with the same name, life and scopes, as far as its owner still has them. The old one goes on
 * working for a day at most, so that programs can be changed over without a gap.
 */
export async function rotateKey(ports: Ports, visit: KeyVisit): Promise<KeyMade> {
  return ports.database.transact(async (query): Promise<KeyMade> => {
    if (!(await isRecent(query, ports, visit.actor))) return { ok: false, problem: 'auth.reauthentication_required' };
    await lockOwner(query, visit.actor.userId);
    const old = await findOwnKey(query, ports, visit);
    if (old === undefined) return { ok: false, problem: 'not_found' };
    if (old.replaced_by !== null) return { ok: false, problem: 'apikey.replaced' };
    const scopes = (old.scopes.split(' ') as Right[]).filter((scope) => mayGrant(visit.actor, [scope]));
    if (scopes.length === 0) return { ok: false, problem: 'scope.too_wide' };
    const lifeMs = old.expires_at - old.created_at;
    const made = await insertKey(query, ports, { userId: old.user_id, name: old.name, scopes, lifeMs });
    const overlapEnd = Math.min(old.expires_at, ports.clock.now() + LIMITS.apiKeys.overlapMs);
    await query
      .updateTable('api_keys')
      .set({ replaced_by: made.key.id, expires_at: overlapEnd })
      .where('id', '=', old.id)
      .execute();
    await ports.audit.record(query, {
      ...about(visit),
      name: 'apikey.rotated',
      details: { replacedBy: made.key.id },
    });
    return { ok: true, made };
  });
}

/** Ends a key at once, with the connections that rest on it; false if the person has none of this id that works. */
export async function revokeKey(ports: Ports, visit: KeyVisit): Promise<boolean> {
  const ended = await ports.database.transact(async (query): Promise<EndedSession | undefined> => {
    const row = await findOwnKey(query, ports, visit);
    if (row === undefined) return undefined;
    const now = ports.clock.now();
    const until = now + revocationLifeMs(ports.config);
    await query.updateTable('api_keys').set({ revoked_at: now }).where('id', '=', row.id).execute();
    await recordRevocation(query, `sid:${row.id}`, until);
    await ports.audit.record(query, { ...about(visit), name: 'apikey.revoked' });
    return { sessionId: row.id, userId: row.user_id, until };
  });
  if (ended === undefined) return false;
  announceEnded(ports, [ended]);
  return true;
}

/** Ends every key of a person at once; make it effective with `announceEnded` after the commit. */
export async function endAllKeys(
  query: Transaction<Tables>,
  ports: Pick<Ports, 'config' | 'clock' | 'audit'>,
  ending: { userId: string; requester: Requester },
): Promise<EndedSession[]> {
  const { userId, requester } = ending;
  const now = ports.clock.now();
  const rows = await query
    .updateTable('api_keys')
    .set({ revoked_at: now })
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute();
  const until = now + revocationLifeMs(ports.config);
  for (const { id } of rows) {
    await recordRevocation(query, `sid:${id}`, until);
    const who = { requester, actorId: userId, subjectId: userId, keyId: id };
    await ports.audit.record(query, { ...who, name: 'apikey.revoked', outcome: 'success', reason: 'not me' });
  }
  return rows.map(({ id }) => ({ sessionId: id, userId, until }));
}

/** Forgets keys that ended long ago. */
export async function sweepKeys(query: Transaction<Tables>, now: number): Promise<void> {
  await query
    .deleteFrom('api_keys')
    .where((where) =>
      where.or([
        where('expires_at', '<=', now - LIMITS.apiKeys.keepMs),
        where('revoked_at', '<=', now - LIMITS.apiKeys.keepMs),
      ]),
    )
    .execute();
}
