// Decides when a link to set a new password is made, and that asking for one tells nothing about who has an account.
import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Requester } from '../audit/ports.ts';
import type { ApiContext } from '../context.ts';
import type { Tables, UserRow } from '../db/schema.ts';
import { LIMITS } from '../http/limits.ts';
import { canonicalEmail } from './normalise.ts';
import { countRecentResets, lockUser, makeLink, type MadeLink } from './one-time-links.ts';
import type { IdentityPorts } from './ports.ts';
import { findUser } from './users.ts';

/**
 * Takes a request for a reset. Nothing is looked up before the answer: the work waits in the queue behind it, and a
 * name that asks too often is not worked for, whether it exists or not.
 */
export async function requestReset(
  ports: IdentityPorts,
  typed: { email: string; requester: Requester },
): Promise<void> {
  const key = canonicalEmail(typed.email)?.key;
  const identifier = createHash('sha256')
    .update(key ?? typed.email)
    .digest('base64url');
  const taken = await ports.limits.take('forgot-identifier', identifier);
  if (!taken.ok || key === undefined) return;
  ports.afterAnswer.run('reset request', async () => {
    await ports.database.transact(async (query) => {
      const user = await query
        .selectFrom('users')
        .selectAll()
        .where('email_key', '=', key)
        .where('disabled_at', 'is', null)
        .executeTakeFirst();
      if (user !== undefined) await mailReset(query, ports, { user, requester: typed.requester });
    });
  });
}

/** Mails a reset link to a person, unless they were sent as many as an hour may have. */
export async function mailReset(
  query: Transaction<Tables>,
  ports: Pick<ApiContext, 'config' | 'clock' | 'mailer' | 'audit'>,
  wanted: { user: UserRow; requester: Requester },
): Promise<void> {
  const { user, requester } = wanted;
  const entry = { name: 'password.reset_requested', requester, subjectId: user.id } as const;
  await lockUser(query, user.id);
  const sent = await countRecentResets(query, { userId: user.id, now: ports.clock.now() });
  if (sent >= LIMITS.mailedLinks.resets) {
    await ports.audit.record(query, { ...entry, outcome: 'failure', reason: 'too many' });
    return;
  }
  const { url } = await makeLink(query, ports, { kind: 'password_reset', user });
  const data = { name: user.name, url, minutes: LIMITS.mailedLinks.resetMs / 60_000 };
  await ports.mailer.queue(query, { template: 'password_reset', to: user.email, data });
  await ports.audit.record(query, { ...entry, outcome: 'success' });
}

/**
 * Makes a reset link that an administrator hands over by themselves; it ends older ones of the person. Record who did
 * it in the same transaction.
 *
 * @returns undefined if there is no such person, or they are disabled
 */
export async function makeResetLink(
  query: Transaction<Tables>,
  ports: Pick<ApiContext, 'config' | 'clock'>,
  userId: string,
): Promise<MadeLink | undefined> {
  const user = await findUser(query, userId);
  return user === undefined ? undefined : makeLink(query, ports, { kind: 'handed_reset', user });
}
