// Decides which sessions a person sees, and what they see of them.
import type { SessionList } from '@parley/contract';
import type { Actor, ApiContext } from '../context.ts';
import { LIMITS } from '../http/limits.ts';
import { deviceLabel } from './device-label.ts';

/** The sessions of a person that can still be renewed, the one that was used last first. */
export async function listSessions(
  ports: Pick<ApiContext, 'database' | 'clock'>,
  actor: Pick<Actor, 'userId' | 'sessionId'>,
): Promise<SessionList> {
  const now = ports.clock.now();
  const rows = await ports.database.read
    .selectFrom('sessions')
    .innerJoin('refresh_tokens', (join) =>
      join.onRef('refresh_tokens.session_id', '=', 'sessions.id').on('refresh_tokens.status', '=', 'current'),
    )
    .selectAll('sessions')
    .select('refresh_tokens.idle_expires_at')
    .where('sessions.user_id', '=', actor.userId)
    .where('sessions.status', '=', 'active')
    .where('refresh_tokens.idle_expires_at', '>', now)
    .orderBy('sessions.last_used_at', 'desc')
    .orderBy('sessions.id', 'desc')
    .limit(LIMITS.sessionsPerUser)
    .execute();
  const data = rows.map((row) => ({
    id: row.id,
    client: row.client,
    createdAt: new Date(row.created_at).toISOString(),
    lastUsedAt: new Date(row.last_used_at).toISOString(),
    expiresAt: new Date(row.idle_expires_at).toISOString(),
    source: row.source,
    device: deviceLabel(row.user_agent),
    methods: row.methods.split(' '),
    isCurrent: row.id === actor.sessionId,
  }));
  return { data };
}
