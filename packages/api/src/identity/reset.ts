// Decides how a new password is set with the link of a mail, and what ends with it.
import type { PasswordReset } from '@parley/contract';
import type { Requester } from '../audit/ports.ts';
import type { UserRow } from '../db/schema.ts';
import { RESETS, findLink, useLink, type PresentedLink } from './one-time-links.ts';
import { refusedByPolicy } from './password-audit.ts';
import { judgeNewPassword, type PolicyRefusal } from './password-change.ts';
import { announceCut, setPassword } from './password-set.ts';
import type { Busy } from './passwords.ts';
import type { IdentityPorts } from './ports.ts';

/** What a reset gets. It opens no session: the person signs in with the new password, and their second factor. */
export type PasswordWasReset = { ok: true } | { ok: false; problem: 'link.invalid' } | PolicyRefusal | Busy;

/**
 * Sets a new password. The link is used up in one statement together with everything that ends: sessions, families,
 * connections, device cookies, other links, the hard stop against guessing.
 */
export async function resetPassword(
  ports: IdentityPorts,
  typed: PasswordReset & { requester: Requester },
): Promise<PasswordWasReset> {
  const { token, newPassword, requester } = typed;
  const presented = { token, kinds: RESETS, now: ports.clock.now() } as const;
  // A password that the rules refuse leaves the link good; it is hashed only for who holds one.
  const found = await findLink(ports.database.read, presented);
  if (found === undefined) return refuseLink(ports, requester);
  const refused = await judgeNewPassword(ports, newPassword, found.user);
  if (refused !== undefined) return refusedByPolicy(ports, refused, requester);
  const hashed = await ports.passwords.hash(newPassword);
  if (!hashed.ok) return hashed;
  const user = await store(ports, { presented, hash: hashed.hash, requester });
  if (user === undefined) return refuseLink(ports, requester);
  announceCut(ports, user);
  return { ok: true };
}

function refuseLink(ports: IdentityPorts, requester: Requester): { ok: false; problem: 'link.invalid' } {
  ports.audit.note({ name: 'password.reset_failed', outcome: 'failure', reason: 'link', requester });
  return { ok: false, problem: 'link.invalid' };
}

function store(
  ports: IdentityPorts,
  reset: { presented: PresentedLink; hash: string; requester: Requester },
): Promise<UserRow | undefined> {
  const { presented, hash, requester } = reset;
  return ports.database.transact(async (query) => {
    const found = await useLink(query, presented);
    if (found === undefined) return undefined;
    const { user, kind } = found;
    // Who has read the mail has shown that the address is theirs; whom a link was handed to has not.
    const isProof = kind === 'password_reset' && ports.mailer.isConfigured;
    await query
      .updateTable('users')
      .set((column) => ({
        device_epoch: column('device_epoch', '+', 1),
        awaits_confirmation: 0,
        email_verified_at: user.email_verified_at ?? (isProof ? presented.now : null),
      }))
      .where('id', '=', user.id)
      .execute();
    const present = await setPassword(query, ports, { userId: user.id, hash });
    await ports.lockout.clear(query, { emailKey: user.email_key });
    await ports.audit.record(query, {
      name: 'password.reset_completed',
      outcome: 'success',
      requester,
      actorId: user.id,
      subjectId: user.id,
    });
    return present;
  });
}
