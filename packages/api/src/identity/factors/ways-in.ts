// Decides which ways in an intruder may have left behind: the young ones, which are closed when the owner says so.
import type { Transaction } from 'kysely';
import type { Requester } from '../../audit/ports.ts';
import type { ApiContext } from '../../context.ts';
import type { Tables } from '../../db/schema.ts';

/**
 * Removes passkeys and links to providers that a person got after an instant (Unix ms). A second step stays: without it
 * the account would be easier to enter than before.
 */
export async function dropNewWaysIn(
  query: Transaction<Tables>,
  ports: Pick<ApiContext, 'audit'>,
  dropped: { userId: string; since: number; requester: Requester },
): Promise<void> {
  const { userId, since, requester } = dropped;
  const passkeys = await query
    .deleteFrom('passkeys')
    .where('user_id', '=', userId)
    .where('created_at', '>', since)
    .executeTakeFirst();
  const identities = await query
    .deleteFrom('provider_identities')
    .where('user_id', '=', userId)
    .where('created_at', '>', since)
    .executeTakeFirst();
  const who = { outcome: 'success', reason: 'not me', requester, actorId: userId, subjectId: userId } as const;
  if (passkeys.numDeletedRows > 0n)
    await ports.audit.record(query, { ...who, name: 'factor.removed', details: { factor: 'passkey' } });
  if (identities.numDeletedRows > 0n)
    await ports.audit.record(query, { ...who, name: 'provider.unlinked', details: { factor: 'provider' } });
}
