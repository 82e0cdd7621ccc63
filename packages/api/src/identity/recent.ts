// Decides whether a person proved who they are recently enough to do something delicate.
import type { Actor, ApiContext } from '../context.ts';
import type { Query } from '../db/database.ts';
import { LIMITS } from '../http/limits.ts';

/**
 * Whether the session behind a request was opened, or proved again, within the last 15 minutes. If not, answer
 * `auth.reauthentication_required`: the client then asks for the password or a code and sends `auth/reauthenticate`.
 *
 * @returns false for an ended session, and for programs, which have no session
 */
export async function isRecent(query: Query, ports: Pick<ApiContext, 'clock'>, actor: Actor): Promise<boolean> {
  const session = await query
    .selectFrom('sessions')
    .select('authenticated_at')
    .where('id', '=', actor.sessionId)
    .where('user_id', '=', actor.userId)
    .where('status', '=', 'active')
    .executeTakeFirst();
  if (session === undefined) return false;
  return ports.clock.now() - session.authenticated_at < LIMITS.reauthenticateMs;
}
