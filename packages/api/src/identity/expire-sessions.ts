// Decides when a session that nobody uses any more is recorded as expired.
import { systemRequester } from '../audit/ports.ts';
import type { ApiContext } from '../context.ts';
import type { EndReason } from './sessions.ts';

/** A refresh that was in time may still be under way: sessions are recorded as expired this much later. */
const SLACK_MS = 60_000;
/** Sessions in one sweep; the rest comes with the next. */
const BATCH = 500;

/**
 * Records the end of sessions whose last token has passed its idle or the session's absolute end. Nothing could be
 * refreshed since then; what is new is that the list of sessions and the audit log say so. Of several nodes one records.
 */
export async function expireSessions(ports: Pick<ApiContext, 'clock' | 'database' | 'audit'>): Promise<void> {
  const now = ports.clock.now();
  const reason: EndReason = 'expired';
  await ports.database.transact(async (query) => {
    const over = await query
      .selectFrom('refresh_tokens')
      .innerJoin('sessions', 'sessions.id', 'refresh_tokens.session_id')
      .select(['sessions.id', 'sessions.user_id', 'sessions.expires_at'])
      .where('refresh_tokens.status', '=', 'current')
      .where('refresh_tokens.idle_expires_at', '<=', now - SLACK_MS)
      .where('sessions.status', '=', 'active')
      .orderBy('sessions.id')
      .limit(BATCH)
      .execute();
    for (const session of over) {
      const ended = await query
        .updateTable('sessions')
        .set({ status: 'revoked', revoked_reason: reason, ended_at: now })
        .where('id', '=', session.id)
        .where('status', '=', 'active')
        .executeTakeFirst();
      if (ended.numUpdatedRows === 0n) continue;
      await ports.audit.record(query, {
        name: 'session.expired',
        outcome: 'success',
        reason: session.expires_at <= now - SLACK_MS ? 'absolute' : 'idle',
        requester: systemRequester,
        subjectId: session.user_id,
        sessionId: session.id,
      });
    }
  });
}
