// Decides how a signed-in person changes their password, and how the session that they do it in goes on.
import type { PasswordChange } from '@parley/contract';
import type { FieldProblem } from '@parley/contract';
import type { Requester } from '../audit/ports.ts';
import type { Actor } from '../context.ts';
import type { SessionRow, UserRow } from '../db/schema.ts';
import { openSession, type Opened } from './open-session.ts';
import { refusedByPolicy } from './password-audit.ts';
import type { PasswordRule } from './password-policy.ts';
import { proveSelf, type Proved } from './password-proof.ts';
import { announceCut, setPassword } from './password-set.ts';
import type { Busy } from './passwords.ts';
import type { IdentityPorts } from './ports.ts';
import { isAuthenticationMethod } from './sessions.ts';

/** A new password that the rules refuse. */
export interface PolicyRefusal {
  ok: false;
  problem: 'password.policy';
  rule: PasswordRule;
  errors: FieldProblem[];
}

/** What a change gets: the session that takes the place of the present one. */
export type PasswordChanged = { ok: true; opened: Opened } | (Proved & { ok: false }) | PolicyRefusal | Busy;

/**
 * Changes a password. Every session of the person ends and every connection is cut; the one that they act in goes on
 * under a new id, with new tokens. Of two changes at once the second finds another password and is refused.
 */
export async function changePassword(
  ports: IdentityPorts,
  actor: Actor,
  typed: PasswordChange & { requester: Requester },
): Promise<PasswordChanged> {
  const { currentPassword, newPassword, requester } = typed;
  const proved = await proveSelf(ports, { actor, currentPassword, requester });
  if (!proved.ok) return proved;
  const refused = await judgeNewPassword(ports, newPassword, proved.user);
  if (refused !== undefined) return refusedByPolicy(ports, refused, requester);
  const hashed = await ports.passwords.hash(newPassword);
  if (!hashed.ok) return hashed;
  const opened = await store(ports, { ...proved, hash: hashed.hash, requester });
  if (opened === undefined) return { ok: false, problem: 'auth.invalid_credentials' };
  announceCut(ports, opened.user);
  return { ok: true, opened };
}

/** What the rules say against a new password of a person. */
export async function judgeNewPassword(
  ports: Pick<IdentityPorts, 'passwords'>,
  password: string,
  owner: UserRow,
): Promise<PolicyRefusal | undefined> {
  const refused = await ports.passwords.judge(password, owner);
  if (refused === undefined) return undefined;
  const errors = [{ pointer: '/newPassword', message: refused.message }];
  return { ok: false, problem: 'password.policy', rule: refused.rule, errors };
}

async function store(
  ports: IdentityPorts,
  change: { user: UserRow; session: SessionRow; hash: string; requester: Requester },
): Promise<Opened | undefined> {
  const { session, hash, requester } = change;
  return ports.database.transact(async (query) => {
    // Locks the row, and finds out whether the password that was shown is still the one: a change raises the epoch.
    const { numUpdatedRows } = await query
      .updateTable('users')
      .set({ password_hash: hash })
      .where('id', '=', change.user.id)
      .where('epoch', '=', change.user.epoch)
      .where('disabled_at', 'is', null)
      .executeTakeFirst();
    const present = await query
      .selectFrom('sessions')
      .select('id')
      .where('id', '=', session.id)
      .where('status', '=', 'active')
      .executeTakeFirst();
    if (numUpdatedRows === 0n || present === undefined) return undefined;
    const user = await setPassword(query, ports, { userId: change.user.id, hash });
    await ports.audit.record(query, {
      name: 'password.changed',
      outcome: 'success',
      requester,
      actorId: user.id,
      subjectId: user.id,
      sessionId: session.id,
    });
    const methods = session.methods.split(' ').filter(isAuthenticationMethod);
    const deviceId = session.device_id ?? undefined;
    return openSession(query, ports, { user, client: session.client, requester, methods, deviceId });
  });
}
