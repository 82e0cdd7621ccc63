// Decides how an identity at a provider is linked to an account, and unlinked.
import type { Transaction } from 'kysely';
import type { Requester } from '../../audit/ports.ts';
import type { ProviderConfig } from '../../config.ts';
import type { Tables } from '../../db/schema.ts';
import { lockUser, recordChange, type Changer, type ChangePorts } from '../factors/change.ts';
import { countWaysIn } from '../factors/overview.ts';
import { mayRemoveWay } from '../factors/policy.ts';
import { isRecent } from '../recent.ts';
import type { ProviderPerson } from './talk.ts';

/**
 * Stores whose an identity is.
 *
 * @returns false if it is somebody's already
 */
export async function storeIdentity(
  query: Transaction<Tables>,
  linked: { userId: string; person: ProviderPerson; now: number },
): Promise<boolean> {
  const { person, userId, now } = linked;
  const stored = await query
    .insertInto('provider_identities')
    .values({
      issuer: person.issuer,
      subject: person.subject,
      user_id: userId,
      email: person.email ?? '',
      created_at: now,
      last_used_at: null,
    })
    .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doNothing())
    .executeTakeFirst();
  return stored.numInsertedOrUpdatedRows === 1n;
}

/** A link that a person asked for from their session, with whom the provider vouched for. */
export interface WantedLink {
  provider: ProviderConfig;
  person: ProviderPerson;
  userId: string;
  sessionId: string;
  requester: Requester;
}

/** What linking gets; `factor.exists` is an identity that belongs to somebody, or one of this provider that they have. */
export type Linked = { ok: true } | { ok: false; problem: 'auth.required' | 'factor.exists' };

/** Links an identity, if the session that asked for it still lives. */
export function linkIdentity(ports: ChangePorts, wanted: WantedLink): Promise<Linked> {
  const { provider, person, userId, sessionId, requester } = wanted;
  return ports.database.transact(async (query) => {
    const now = ports.clock.now();
    const user = await lockUser(query, ports.database.dialect, userId);
    const session = await query
      .selectFrom('sessions')
      .select('id')
      .where('id', '=', sessionId)
      .where('user_id', '=', userId)
      .where('status', '=', 'active')
      .where('expires_at', '>', now)
      .executeTakeFirst();
    if (user === undefined || session === undefined) return { ok: false, problem: 'auth.required' };
    const own = await query
      .selectFrom('provider_identities')
      .select('subject')
      .where('issuer', '=', person.issuer)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    if (own !== undefined || !(await storeIdentity(query, { userId, person, now })))
      return { ok: false, problem: 'factor.exists' };
    const sentence = `Your account was linked to a sign-in with ${provider.name}.`;
    const change = { name: 'provider.linked', user, requester, sessionId, factor: provider.id, sentence } as const;
    await recordChange(query, ports, change);
    return { ok: true };
  });
}

/** What unlinking gets. */
export type Unlinked =
  | { ok: true }
  | { ok: false; problem: 'auth.reauthentication_required' | 'not_found' | 'factor.last' };

/** Unlinks an identity, unless it is the last way to sign in. */
export function unlinkIdentity(
  ports: ChangePorts,
  changer: Changer,
  provider: ProviderConfig | undefined,
): Promise<Unlinked> {
  const { actor, requester } = changer;
  return ports.database.transact(async (query) => {
    if (!(await isRecent(query, ports, actor))) return { ok: false, problem: 'auth.reauthentication_required' };
    const user = await lockUser(query, ports.database.dialect, actor.userId);
    if (user === undefined || provider === undefined) return { ok: false, problem: 'not_found' };
    const identity = await query
      .selectFrom('provider_identities')
      .select('subject')
      .where('issuer', '=', provider.issuer)
      .where('user_id', '=', user.id)
      .executeTakeFirst();
    if (identity === undefined) return { ok: false, problem: 'not_found' };
    if (!mayRemoveWay(await countWaysIn(query, ports, user))) return { ok: false, problem: 'factor.last' };
    await query
      .deleteFrom('provider_identities')
      .where('issuer', '=', provider.issuer)
      .where('user_id', '=', user.id)
      .execute();
    const sentence = `The sign-in with ${provider.name} was removed from your account.`;
    const { sessionId } = actor;
    const change = { name: 'provider.unlinked', user, requester, sessionId, factor: provider.id, sentence } as const;
    await recordChange(query, ports, change);
    return { ok: true };
  });
}
