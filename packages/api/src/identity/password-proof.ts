// Decides whether a signed-in person proved that it is them before their password or their address changes.
import type { Requester } from '../audit/ports.ts';
import type { Actor } from '../context.ts';
import type { SessionRow, UserRow } from '../db/schema.ts';
import type { Busy } from './passwords.ts';
import type { IdentityPorts } from './ports.ts';
import { isRecent } from './recent.ts';
import { findUser } from './users.ts';

/** The person with the session that they act in, or why not. */
export type Proved =
  | { ok: true; user: UserRow; session: SessionRow }
  | {
      ok: false;
      problem: 'auth.invalid_credentials' | 'auth.reauthentication_required' | 'auth.forbidden' | 'auth.invalid_token';
    }
  | Busy;

/** What a person shows: their password, if they have one. */
export interface Shown {
  actor: Actor;
  currentPassword: string | undefined;
  requester: Requester;
}

/**
 * Judges what a person shows. Who has a password shows it; who has none must have signed in, or proved again who they
 * are, within 15 minutes. A program's key is no person.
 */
export async function proveSelf(ports: IdentityPorts, shown: Shown): Promise<Proved> {
  const { actor, currentPassword, requester } = shown;
  const { read } = ports.database;
  const user = await findUser(read, actor.userId);
  const session = await read
    .selectFrom('sessions')
    .selectAll()
    .where('id', '=', actor.sessionId)
    .where('user_id', '=', actor.userId)
    .where('status', '=', 'active')
    .executeTakeFirst();
  if (actor.scopes !== null) return { ok: false, problem: 'auth.forbidden' };
  // It has ended since the gate let this request in.
  if (user === undefined || session === undefined) return { ok: false, problem: 'auth.invalid_token' };
  if (user.password_scheme === 'none') {
    const isProved = await isRecent(read, ports, actor);
    return isProved ? { ok: true, user, session } : { ok: false, problem: 'auth.reauthentication_required' };
  }
  const checked = await ports.passwords.check(currentPassword ?? '', user);
  if (!checked.ok) return checked;
  if (checked.matches) return { ok: true, user, session };
  ports.audit.note({
    name: 'password.change_failed',
    outcome: 'failure',
    reason: 'wrong password',
    requester,
    actorId: user.id,
    subjectId: user.id,
    sessionId: session.id,
  });
  return { ok: false, problem: 'auth.invalid_credentials' };
}
