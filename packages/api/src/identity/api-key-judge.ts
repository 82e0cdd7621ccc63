// Decides whether a presented key of a program is good, mostly from memory, and notes when keys are used.
import type { Requester } from '../audit/ports.ts';
import type { ApiContext } from '../context.ts';
import type { KeyJudge, KeyJudged } from '../http/gate-ports.ts';
import { LIMITS } from '../http/limits.ts';
import { background } from '../http/log.ts';
import type { RateLimits } from '../http/rate-limits.ts';
import { hashKeySecret, isKeySecret, keyEnvironment, makeKeySecret, parseApiKey } from './api-key-format.ts';

/** What judging keys asks for. */
export type KeyJudgePorts = Pick<ApiContext, 'config' | 'clock' | 'log' | 'database' | 'revocations' | 'audit'> & {
  limits: Pick<RateLimits, 'take'>;
};

type Row = NonNullable<Awaited<ReturnType<typeof readKey>>>;

/** A key as it is kept in memory; `readAt` is when it was read. */
interface Known {
  row: Row;
  readAt: number;
  isExpiryNoted: boolean;
}

function readKey(database: ApiContext['database'], id: string) {
  return database.read
    .selectFrom('api_keys as k')
    .innerJoin('users as u', 'u.id', 'k.user_id')
    .select([
      'k.id',
      'k.secret_hash',
      'k.scopes',
      'k.expires_at',
      'k.revoked_at',
      'k.first_used_at',
      'k.last_used_at',
      'u.id as user_id',
      'u.name',
      'u.role',
      'u.epoch',
      'u.disabled_at',
    ])
    .where('k.id', '=', id)
    .executeTakeFirst();
}

/**
 * Makes the judge. A key is read from the database every {@link LIMITS}.apiKeys.cacheMs at most. What ends sooner is
 * seen at once, because the list of revocations is asked each time: a revoked key is in it, and a raised epoch (another
 * role, a disabled account, a new password) makes the key be read anew, with what its person may do now.
 */
export function createKeyJudge(ports: KeyJudgePorts): KeyJudge {
  const { clock, database, limits, revocations } = ports;
  const environment = keyEnvironment(ports.config);
  const cache = new Map<string, Known>();
  const noHash = hashKeySecret(makeKeySecret());

  const fromMemory = (id: string): Known | undefined => {
    const known = cache.get(id);
    if (known === undefined || clock.now() - known.readAt >= LIMITS.apiKeys.cacheMs) return undefined;
    const { user_id: sub, epoch: uv } = known.row;
    return revocations.isRevoked({ sub, uv }) ? undefined : known;
  };
  const remember = (row: Row): Known => {
    const known = { row, readAt: clock.now(), isExpiryNoted: cache.get(row.id)?.isExpiryNoted ?? false };
    cache.delete(row.id);
    // Who is let in again must not wait until the memory of the refusal is old.
    if (row.disabled_at !== null) return known;
    cache.set(row.id, known);
    const [oldest] = cache.keys();
    if (cache.size > LIMITS.apiKeys.cached && oldest !== undefined) cache.delete(oldest);
    return known;
  };
  const judgeKnown = (known: Known, requester: Requester): KeyJudged => {
    const { row } = known;
    if (row.revoked_at !== null || row.disabled_at !== null) return { kind: 'refused', reason: 'key ended' };
    if (row.expires_at <= clock.now()) {
      if (!known.isExpiryNoted) noteExpiry(ports, row, requester);
      known.isExpiryNoted = true;
      return { kind: 'refused', reason: 'key expired' };
    }
    if (revocations.isRevoked({ sub: row.user_id, sid: row.id, uv: row.epoch }))
      return { kind: 'refused', reason: 'key revoked' };
    const { user_id: userId, name, role, epoch, id: sessionId } = row;
    return { kind: 'actor', actor: { userId, name, role, epoch, sessionId, scopes: row.scopes.split(' ') } };
  };

  return {
    async judge(presented, requester) {
      const parts = parseApiKey(presented);
      if (parts?.environment !== environment) return { kind: 'refused', reason: 'not a key of this installation' };
      let known = fromMemory(parts.id);
      if (known === undefined) {
        const looked = await limits.take('apikey-lookups', requester.source);
        if (!looked.ok) return { kind: 'limited', taken: looked };
        const row = await readKey(database, parts.id);
        known = row === undefined ? undefined : remember(row);
      }
      // The same work for a key that there is none of.
      const isRight = isKeySecret(parts.secret, known?.row.secret_hash ?? noHash);
      if (known === undefined || !isRight) return { kind: 'refused', reason: 'unknown key' };
      const judged = judgeKnown(known, requester);
      if (judged.kind !== 'actor') return judged;
      const taken = await limits.take('apikey', parts.id);
      if (!taken.ok) return { kind: 'limited', taken };
      noteUse(ports, known.row, requester);
      return judged;
    },
  };
}

function noteExpiry(ports: KeyJudgePorts, row: Row, requester: Requester): void {
  const subject = { actorId: row.user_id, subjectId: row.user_id, keyId: row.id };
  ports.audit.note({ name: 'apikey.expired', outcome: 'failure', requester, ...subject });
}

/** Notes in the background that a key was used: its first use in the audit log, its last one to the minute. */
function noteUse(ports: KeyJudgePorts, row: Row, requester: Requester): void {
  const now = ports.clock.now();
  if (now - (row.last_used_at ?? 0) < LIMITS.apiKeys.lastUsedMs) return;
  row.last_used_at = now;
  const work = ports.database.transact(async (query) => {
    await query.updateTable('api_keys').set({ last_used_at: now }).where('id', '=', row.id).execute();
    if (row.first_used_at !== null) return;
    const first = await query
      .updateTable('api_keys')
      .set({ first_used_at: now })
      .where('id', '=', row.id)
      .where('first_used_at', 'is', null)
      .executeTakeFirst();
    row.first_used_at = now;
    if (first.numUpdatedRows === 0n) return;
    const subject = { actorId: row.user_id, subjectId: row.user_id, keyId: row.id };
    await ports.audit.record(query, { name: 'apikey.used_first', outcome: 'success', requester, ...subject });
  });
  background(ports.log, 'noting the use of a key', work);
}
