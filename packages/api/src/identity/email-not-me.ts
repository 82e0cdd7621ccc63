// Decides what "it was not me" does: nobody is signed in any more, the password is off, and a reset begins.
import type { Requester } from '../audit/ports.ts';
import type { Transaction } from 'kysely';
import type { Tables } from '../db/schema.ts';
import { useLink } from './one-time-links.ts';
import { announceCut, cutOff } from './password-set.ts';
import type { IdentityPorts } from './ports.ts';
import { mailReset } from './reset-request.ts';

/** What the link of a warning gets. */
export type Disowned = { ok: true } | { ok: false; problem: 'link.invalid' };

/**
 * Takes away what was added to an account since a warning about it: whoever did it would come back in without a
 * password, or keep its owner out with a second step of their own.
 */
async function undoSince(
  query: Transaction<Tables>,
  undone: { userId: string; since: number; now: number },
): Promise<void> {
  const { userId, since, now } = undone;
  for (const table of ['passkeys', 'recovery_codes', 'provider_identities'] as const)
    await query.deleteFrom(table).where('user_id', '=', userId).where('created_at', '>=', since).execute();
  await query.deleteFrom('totp_factors').where('user_id', '=', userId).where('confirmed_at', '>=', since).execute();
  await query
    .updateTable('api_keys')
    .set({ revoked_at: now })
    .where('user_id', '=', userId)
    .where('created_at', '>=', since)
    .where('revoked_at', 'is', null)
    .execute();
}

/**
 * Uses the link of a warning. Whoever set the password may know it, so that it is turned off; the person gets a mail to
 * set another, a change of address that waits is dropped, and devices are not known any more. Factors, keys and
 * provider sign-ins that were added since the warning are gone.
 */
export async function disown(
  ports: IdentityPorts,
  presented: { token: string; requester: Requester },
): Promise<Disowned> {
  const { token, requester } = presented;
  const user = await ports.database.transact(async (query) => {
    const found = await useLink(query, { token, kinds: ['not_me'], now: ports.clock.now() });
    if (found === undefined) return undefined;
    const userId = found.user.id;
    await query
      .updateTable('users')
      .set((column) => ({
        password_hash: '',
        password_scheme: 'none',
        device_epoch: column('device_epoch', '+', 1),
      }))
      .where('id', '=', userId)
      .execute();
    await undoSince(query, { userId, since: found.createdAt, now: ports.clock.now() });
    const cut = await cutOff(query, ports, { userId, reason: 'not_me' });
    await ports.audit.record(query, {
      name: 'session.revoked',
      outcome: 'success',
      reason: 'not me',
      requester,
      actorId: userId,
      subjectId: userId,
    });
    await mailReset(query, ports, { user: cut, requester });
    return cut;
  });
  if (user === undefined) return { ok: false, problem: 'link.invalid' };
  announceCut(ports, user);
  return { ok: true };
}
