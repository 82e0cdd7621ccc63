// Decides what identity throws away, and when: successors past their limit, tokens and sessions past their end.
import type { ApiContext } from '../context.ts';
import { LIMITS } from '../http/limits.ts';
import { expireSessions } from './expire-sessions.ts';
import { sweepCounts } from '../http/shared-counters.ts';
import { turnOffLegacyPasswords } from './password-upgrade.ts';
import { sweepKeys } from './api-keys.ts';
import { sweepTries } from './login-failures.ts';
import { sweepUnconfirmed } from './register.ts';
import { sweepWaits } from './shared-backoff.ts';

const DAY_MS = 86_400_000;
/** Used and expired invitations are kept this long, so that "who was invited" can be answered. */
const INVITATION_KEEP_MS = 30 * DAY_MS;

/**
 * Erases what nothing can use any more. A session's rows stay a day beyond its absolute end; a rotated token stays as
 * long as presenting it would end the family.
 */
export async function sweepIdentity(ports: Pick<ApiContext, 'config' | 'clock' | 'database' | 'audit'>): Promise<void> {
  const now = ports.clock.now();
  const replayMs = Math.max(ports.config.refreshGrace, ports.config.refreshReplayLimit) * 1_000;
  await expireSessions(ports);
  await ports.database.transact(async (query) => {
    await query
      .updateTable('refresh_tokens')
      .set({ successor_box: null })
      .where('successor_box', 'is not', null)
      .where('used_at', '<=', now - replayMs)
      .execute();
    await query
      .deleteFrom('refresh_tokens')
      .where('status', '=', 'rotated')
      .where('idle_expires_at', '<=', now)
      .execute();
    await query
      .deleteFrom('sessions')
      .where('expires_at', '<=', now - DAY_MS)
      .execute();
    await query.deleteFrom('challenges').where('expires_at', '<=', now).execute();
    await query
      .deleteFrom('factor_failures')
      .where('since', '<=', now - LIMITS.factors.failureWindowMs)
      .execute();
    await query
      .deleteFrom('totp_factors')
      .where('confirmed_at', 'is', null)
      .where('created_at', '<=', now - LIMITS.factors.totpSetupLifeMs)
      .execute();
    await query
      .deleteFrom('one_time_tokens')
      .where('expires_at', '<=', now - LIMITS.mailedLinks.keepMs)
      .execute();
    await turnOffLegacyPasswords(query, now);
    await query
      .deleteFrom('invitations')
      .where('expires_at', '<=', now - INVITATION_KEEP_MS)
      .execute();
    await sweepTries(query, now);
    await sweepCounts(query, now);
    await sweepWaits(query, now);
    await sweepUnconfirmed(query, now);
    await sweepKeys(query, now);
  });
}
