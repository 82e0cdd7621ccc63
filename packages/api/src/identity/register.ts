// Decides who may make an account, and makes it: account, used invitation and session in one transaction.
import type { RegisterRequest } from '@parley/contract';
import type { Transaction } from 'kysely';
import type { z } from 'zod';
import type { Requester } from '../audit/ports.ts';
import type { Tables, UserRow } from '../db/schema.ts';
import { LIMITS } from '../http/limits.ts';
import { insertUser, judgeAccount, type AccountJudged, type JudgedAccount } from './accounts.ts';
import { mailAccountExists, mailVerification } from './email-change.ts';
import { findOneTimeToken, giveBack, noteUser, useOneTimeToken } from './one-time-tokens.ts';
import { openSession, type Opened } from './open-session.ts';
import { refusedByPolicy } from './password-audit.ts';
import type { Busy } from './passwords.ts';
import type { IdentityPorts } from './ports.ts';
import { isSetupRequired } from './setup.ts';

/** What a registration gets. */
export type Registered =
  | { ok: true; opened: Opened }
  | { ok: true; mailed: true }
  | {
      ok: false;
      problem: 'registration.closed' | 'invitation.required' | 'invitation.invalid' | 'user.exists';
    }
  | (AccountJudged & { ok: false })
  | Busy;

/** What was typed, with the defaults filled in. */
export type TypedRegistration = z.output<typeof RegisterRequest>;

/**
 * Makes an account, if the settings and the invitation allow it. With a mail server the answer never says whether there
 * is an account with this address: its owner is told by mail, and a new account opens when the mail's link is followed.
 * Without one nothing can be confirmed: the account opens at once, and a taken address is refused.
 */
export async function register(
  ports: IdentityPorts,
  typed: TypedRegistration,
  requester: Requester,
): Promise<Registered> {
  const { registration } = ports.config;
  const { invitation } = typed;
  const now = ports.clock.now();
  // Whoever comes before the first administrator must not use up the way to make one.
  if (registration === 'closed' || (await isSetupRequired(ports.database.read)))
    return { ok: false, problem: 'registration.closed' };
  if (registration === 'invitation' && invitation === undefined) return { ok: false, problem: 'invitation.required' };
  if (invitation !== undefined) {
    const offer = await findOneTimeToken(ports.database.read, { kind: 'invitation', token: invitation, now });
    if (offer === undefined) return { ok: false, problem: 'invitation.invalid' };
  }
  const judged = await judgeAccount(ports.passwords, typed);
  if (!judged.ok) return refusedByPolicy(ports, judged, requester);
  // Hashed before it is known whether the address is taken: both answers cost the same.
  const hashed = await ports.passwords.hash(typed.password);
  if (!hashed.ok) return hashed;
  const made = { account: judged.account, passwordHash: hashed.hash, typed, requester, now };
  const registered = await ports.database.transact((query) =>
    ports.mailer.isConfigured ? storeByMail(query, ports, made) : store(query, ports, made),
  );
  if (registered.ok) ports.wakeRelay();
  return registered;
}

interface MadeAccount {
  account: JudgedAccount;
  passwordHash: string;
  typed: TypedRegistration;
  requester: Requester;
  now: number;
}

type InvitationUse = { ok: true; used: Awaited<ReturnType<typeof useOneTimeToken>> } | { ok: false };

async function useInvitation(query: Transaction<Tables>, { typed, now }: MadeAccount): Promise<InvitationUse> {
  if (typed.invitation === undefined) return { ok: true, used: undefined };
  const used = await useOneTimeToken(query, { kind: 'invitation', token: typed.invitation, now });
  return used === undefined ? { ok: false } : { ok: true, used };
}

/** Stores a new account with what its invitation brings; undefined if the address is taken. */
async function storeUser(
  query: Transaction<Tables>,
  ports: IdentityPorts,
  made: MadeAccount & { used: (InvitationUse & { ok: true })['used']; awaitsConfirmation: boolean },
): Promise<UserRow | undefined> {
  const { account, passwordHash, used, requester, now, awaitsConfirmation } = made;
  const role = used?.role ?? 'member';
  const user = await insertUser(query, { account, role, passwordHash, now, awaitsConfirmation });
  if (user === undefined) return undefined;
  if (used !== undefined) {
    await noteUser(query, { invitationId: used.id, userId: user.id });
    await ports.onRegistered(query, user, { roomId: used.room_id, invitedBy: used.invited_by });
  }
  await ports.audit.record(query, { name: 'user.created', outcome: 'success', requester, subjectId: user.id });
  return user;
}

async function store(query: Transaction<Tables>, ports: IdentityPorts, made: MadeAccount): Promise<Registered> {
  const invited = await useInvitation(query, made);
  if (!invited.ok) return { ok: false, problem: 'invitation.invalid' };
  const user = await storeUser(query, ports, { ...made, used: invited.used, awaitsConfirmation: false });
  if (user === undefined) {
    if (invited.used !== undefined) await giveBack(query, invited.used.id);
    return { ok: false, problem: 'user.exists' };
  }
  const { client } = made.typed;
  const opened = await openSession(query, ports, { user, client, requester: made.requester, methods: ['pwd'] });
  return { ok: true, opened };
}

/** The invitation is used up in both cases: whether it still works would tell whether the address is taken. */
async function storeByMail(query: Transaction<Tables>, ports: IdentityPorts, made: MadeAccount): Promise<Registered> {
  const invited = await useInvitation(query, made);
  if (!invited.ok) return { ok: false, problem: 'invitation.invalid' };
  const user = await storeUser(query, ports, { ...made, used: invited.used, awaitsConfirmation: true });
  if (user === undefined) await mailToOwner(query, ports, made.account.email.key);
  else await mailVerification(query, ports, user);
  return { ok: true, mailed: true };
}

/** Tells the owner of an address that somebody, perhaps they, wanted another account with it. */
async function mailToOwner(query: Transaction<Tables>, ports: IdentityPorts, emailKey: string): Promise<void> {
  const owner = await query.selectFrom('users').selectAll().where('email_key', '=', emailKey).executeTakeFirstOrThrow();
  await mailAccountExists(query, ports, owner);
}

/** Erases accounts whose address nobody confirmed in time, so that it is free again. */
export async function sweepUnconfirmed(query: Transaction<Tables>, now: number): Promise<void> {
  await query
    .deleteFrom('users')
    .where('awaits_confirmation', '=', 1)
    .where('email_verified_at', 'is', null)
    .where('created_at', '<=', now - LIMITS.unconfirmedMs)
    .where('id', 'not in', (used) => used.selectFrom('invitations').select('used_by').where('used_by', 'is not', null))
    .where('id', 'not in', (joined) => joined.selectFrom('memberships').select('user_id'))
    .execute();
}
