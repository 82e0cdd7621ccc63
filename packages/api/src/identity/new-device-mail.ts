// Decides who is mailed about a sign-in on a device that the person has not used before.
import type { Transaction } from 'kysely';
import type { Requester } from '../audit/ports.ts';
import type { ApiContext } from '../context.ts';
import type { Tables, UserRow } from '../db/schema.ts';
import { deviceLabel } from './device-label.ts';
import { makeLink } from './one-time-links.ts';

const HOUR_MS = 3_600_000;
/** An account this young without a session before is signed in to for the first time: that is no news. */
const YOUNG_MS = 24 * HOUR_MS;

/**
 * Queues the mail, in the transaction that began the session, where a mail server is configured.
 *
 * @param session the new one, which does not count as an earlier one
 */
export async function mailNewDevice(
  query: Transaction<Tables>,
  ports: Pick<ApiContext, 'config' | 'clock' | 'mailer'>,
  session: { user: UserRow; sessionId: string; requester: Requester },
): Promise<void> {
  const { user, sessionId, requester } = session;
  if (!ports.mailer.isConfigured) return;
  const now = ports.clock.now();
  const earlier = await query
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', user.id)
    .where('id', '!=', sessionId)
    .limit(1)
    .executeTakeFirst();
  if (earlier === undefined && user.created_at > now - YOUNG_MS) return;
  const { url } = await makeLink(query, ports, { kind: 'not_me', user });
  const data = { name: user.name, device: deviceLabel(requester.userAgent), source: requester.source, url };
  await ports.mailer.queue(query, { to: user.email, template: 'new_device', data });
}
