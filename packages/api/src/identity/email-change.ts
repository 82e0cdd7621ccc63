// Decides how an address is confirmed and how it is changed: the new one confirms, and the old one if it was confirmed.
import type { EmailChange } from '@parley/contract';
import type { Transaction } from 'kysely';
import type { Requester } from '../audit/ports.ts';
import type { Actor } from '../context.ts';
import type { Tables, UserRow } from '../db/schema.ts';
import { LIMITS } from '../http/limits.ts';
import { canonicalEmail, type CanonicalEmail } from './normalise.ts';
import { makeLink, useLink, type FoundLink } from './one-time-links.ts';
import { proveSelf, type Proved } from './password-proof.ts';
import { announceCut, cutOff } from './password-set.ts';
import type { IdentityPorts } from './ports.ts';
import { findUser } from './users.ts';

const hours = LIMITS.mailedLinks.confirmMs / 3_600_000;

/** What asking for another address gets; the same whether or not somebody else has it. */
export type EmailChangeTaken = { ok: true } | { ok: false; problem: 'request.invalid' } | (Proved & { ok: false });

/** Takes the wish for another address, once the person has proved that it is them. */
export async function requestEmailChange(
  ports: IdentityPorts,
  actor: Actor,
  typed: EmailChange & { requester: Requester },
): Promise<EmailChangeTaken> {
  const { currentPassword, requester } = typed;
  const email = canonicalEmail(typed.email);
  if (email === undefined) return { ok: false, problem: 'request.invalid' };
  const proved = await proveSelf(ports, { actor, currentPassword, requester });
  if (!proved.ok) return proved;
  ports.afterAnswer.run('change of address', () =>
    ports.database.transact((query) => mailChange(query, ports, { user: proved.user, email, requester })),
  );
  return { ok: true };
}

async function mailChange(
  query: Transaction<Tables>,
  ports: IdentityPorts,
  wanted: { user: UserRow; email: CanonicalEmail; requester: Requester },
): Promise<void> {
  const { user, email, requester } = wanted;
  const { mailer } = ports;
  const entry = { name: 'email.change_requested', requester, actorId: user.id, subjectId: user.id } as const;
  const owner = await query
    .selectFrom('users')
    .select(['id', 'name', 'email'])
    .where('email_key', '=', email.key)
    .executeTakeFirst();
  if (owner !== undefined && owner.id !== user.id) {
    await mailAccountExists(query, ports, owner);
    return ports.audit.record(query, { ...entry, outcome: 'failure', reason: 'taken' });
  }
  const { name } = user;
  const confirm = await makeLink(query, ports, { kind: 'email_change', user, email: email.email });
  const data = { name, url: confirm.url, hours };
  await mailer.queue(query, { template: 'email_change_confirm', to: email.email, data });
  if (user.email_verified_at !== null) {
    const release = await makeLink(query, ports, { kind: 'email_release', user, email: email.email });
    await mailer.queue(query, {
      template: 'email_change_release',
      to: user.email,
      data: { ...data, url: release.url, newEmail: email.email },
    });
  }
  const notMe = await makeLink(query, ports, { kind: 'not_me', user });
  const notice = { name, newEmail: email.email, url: notMe.url };
  await mailer.queue(query, { template: 'email_change_notice', to: user.email, data: notice });
  return ports.audit.record(query, { ...entry, outcome: 'success' });
}

/** Tells the owner of an address that somebody, perhaps they, wanted to use it for another account. */
export function mailAccountExists(
  query: Transaction<Tables>,
  ports: Pick<IdentityPorts, 'config' | 'mailer'>,
  owner: Pick<UserRow, 'name' | 'email'>,
): Promise<void> {
  const { publicUrl } = ports.config;
  const data = { name: owner.name, signInUrl: `${publicUrl}/sign-in`, resetUrl: `${publicUrl}/forgot` };
  return ports.mailer.queue(query, { template: 'account_exists', to: owner.email, data });
}

/** Mails a link that confirms the present address, unless it is confirmed. */
export async function requestVerification(ports: IdentityPorts, actor: Actor): Promise<void> {
  await ports.database.transact(async (query) => {
    const user = await findUser(query, actor.userId);
    if (user !== undefined && user.email_verified_at === null) await mailVerification(query, ports, user);
  });
}

/** Mails a link that confirms the address of an account, in a transaction of the caller's. */
export async function mailVerification(
  query: Transaction<Tables>,
  ports: Pick<IdentityPorts, 'config' | 'clock' | 'mailer'>,
  user: Pick<UserRow, 'id' | 'email' | 'epoch' | 'name'>,
): Promise<void> {
  const { url } = await makeLink(query, ports, { kind: 'email_verify', user });
  await ports.mailer.queue(query, { template: 'email_verify', to: user.email, data: { name: user.name, url, hours } });
}

/** A person after a link was used, and whether their address is another now. */
interface Confirmed {
  user: UserRow;
  isChanged: boolean;
}

/** What presenting the link of a mail gets. */
export type EmailConfirmed = { ok: true } | { ok: false; problem: 'link.invalid' };

/**
 * Uses the link of a confirming mail. The last one of a change puts the new address in place and ends every session:
 * the name that one signs in with is another now.
 */
export async function confirmEmail(
  ports: IdentityPorts,
  presented: { token: string; requester: Requester },
): Promise<EmailConfirmed> {
  const now = ports.clock.now();
  const { token, requester } = presented;
  const confirmed = await ports.database.transact(async (query): Promise<Confirmed | undefined> => {
    const found = await useLink(query, { token, kinds: ['email_verify', 'email_change', 'email_release'], now });
    if (found === undefined) return undefined;
    if (found.kind === 'email_verify') return putInPlace(query, ports, { found, requester });
    const waiting = await query
      .selectFrom('one_time_tokens')
      .select('id')
      .where('user_id', '=', found.user.id)
      .where('kind', 'in', ['email_change', 'email_release'])
      .where('expires_at', '>', now)
      .executeTakeFirst();
    if (waiting !== undefined) return { user: found.user, isChanged: false };
    return putInPlace(query, ports, { found, requester });
  });
  if (confirmed === undefined) return { ok: false, problem: 'link.invalid' };
  if (confirmed.isChanged) announceCut(ports, confirmed.user);
  return { ok: true };
}

/** Stores what was confirmed. Undefined if somebody else has got the address meanwhile. */
async function putInPlace(
  query: Transaction<Tables>,
  ports: IdentityPorts,
  { found, requester }: { found: FoundLink; requester: Requester },
): Promise<Confirmed | undefined> {
  const { user } = found;
  const email = canonicalEmail(found.email);
  if (email === undefined) throw new TypeError('an address that was asked for is one');
  const other = await query
    .selectFrom('users')
    .select('id')
    .where('email_key', '=', email.key)
    .where('id', '!=', user.id)
    .executeTakeFirst();
  if (other !== undefined) return undefined;
  await query
    .updateTable('users')
    .set({ email: email.email, email_key: email.key, email_verified_at: ports.clock.now() })
    .where('id', '=', user.id)
    .execute();
  const isChanged = found.kind !== 'email_verify';
  await ports.audit.record(query, {
    name: 'email.confirmed',
    outcome: 'success',
    requester,
    actorId: user.id,
    subjectId: user.id,
    details: { isChanged },
  });
  return { user: isChanged ? await cutOff(query, ports, { userId: user.id, reason: 'email' }) : user, isChanged };
}
