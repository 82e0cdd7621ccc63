// Decides who may make an account, and makes it: account, used invitation and session in one transaction.
import type { RegisterRequest } from '@parley/contract';
import type { Transaction } from 'kysely';
import type { z } from 'zod';
import type { Requester } from '../audit/ports.ts';
import type { Tables } from '../db/schema.ts';
import { insertUser, judgeAccount, type AccountJudged, type JudgedAccount } from './accounts.ts';
import { findOneTimeToken, giveBack, noteUser, useOneTimeToken } from './one-time-tokens.ts';
import { openSession, type Opened } from './open-session.ts';
import { refusedByPolicy } from './password-audit.ts';
import type { Busy } from './passwords.ts';
import type { IdentityPorts } from './ports.ts';

/** What a registration gets. */
export type Registered =
  | { ok: true; opened: Opened }
  | {
      ok: false;
      problem: 'registration.closed' | 'invitation.required' | 'invitation.invalid' | 'user.exists';
    }
  | (AccountJudged & { ok: false })
  | Busy;

/** What was typed, with the defaults filled in. */
export type TypedRegistration = z.output<typeof RegisterRequest>;

/** Makes an account, if the settings and the invitation allow it. */
export async function register(
  ports: IdentityPorts,
  typed: TypedRegistration,
  requester: Requester,
): Promise<Registered> {
  const { registration } = ports.config;
  const { invitation } = typed;
  const now = ports.clock.now();
  if (registration === 'closed') return { ok: false, problem: 'registration.closed' };
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
  const registered = await ports.database.transact((query) =>
    store(query, ports, { account: judged.account, passwordHash: hashed.hash, typed, requester, now }),
  );
  if (registered.ok) ports.wakeRelay();
  return registered;
}

async function store(
  query: Transaction<Tables>,
  ports: IdentityPorts,
  made: { account: JudgedAccount; passwordHash: string; typed: TypedRegistration; requester: Requester; now: number },
): Promise<Registered> {
  const { account, passwordHash, typed, requester, now } = made;
  const used =
    typed.invitation === undefined
      ? undefined
      : await useOneTimeToken(query, { kind: 'invitation', token: typed.invitation, now });
  if (typed.invitation !== undefined && used === undefined) return { ok: false, problem: 'invitation.invalid' };
  const user = await insertUser(query, { account, role: used?.role ?? 'member', passwordHash, now });
  if (user === undefined) {
    if (used !== undefined) await giveBack(query, used.id);
    return { ok: false, problem: 'user.exists' };
  }
  if (used !== undefined) {
    await noteUser(query, { invitationId: used.id, userId: user.id });
    await ports.onRegistered(query, user, { roomId: used.room_id, invitedBy: used.invited_by });
  }
  return {
    ok: true,
    opened: await openSession(query, ports, { user, client: typed.client, requester, methods: ['pwd'] }),
  };
}
