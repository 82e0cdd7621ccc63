// Decides what a new password brings with it: other sessions, links and tokens end, and the person is told.
import type { Transaction } from 'kysely';
import type { ApiContext, Revocations } from '../context.ts';
import type { Tables, UserRow } from '../db/schema.ts';
import type { Disconnector } from '../realtime/disconnect.ts';
import { RESETS, endLinks, makeLink, type LinkKind } from './one-time-links.ts';
import { endAllSessions, type EndReason } from './sessions.ts';

/** What rests on the password or the address that was. */
const ENDED_LINKS: readonly LinkKind[] = [...RESETS, 'email_change', 'email_release'];

type SetPorts = Pick<ApiContext, 'config' | 'clock' | 'mailer'>;

/**
 * Stores a new password of a person, in the transaction that proved that they may: every session, refresh family and
 * link of theirs ends, and a mail says so. Call {@link announceCut} after the commit.
 *
 * @returns the person as they are now
 */
export async function setPassword(
  query: Transaction<Tables>,
  ports: SetPorts,
  set: { userId: string; hash: string },
): Promise<UserRow> {
  const { userId, hash } = set;
  await query
    .updateTable('users')
    .set({ password_hash: hash, password_scheme: 'argon2id', password_changed_at: ports.clock.now() })
    .where('id', '=', userId)
    .execute();
  const user = await cutOff(query, ports, { userId, reason: 'password' });
  const { url } = await makeLink(query, ports, { kind: 'not_me', user });
  const apiKeys = await countApiKeys(query, { userId, now: ports.clock.now() });
  const data = { name: user.name, url, apiKeys };
  await ports.mailer.queue(query, { template: 'password_changed', to: user.email, data });
  return user;
}

/** Ends every session and every link of a person. */
export async function cutOff(
  query: Transaction<Tables>,
  ports: Pick<ApiContext, 'config' | 'clock'>,
  cut: { userId: string; reason: EndReason },
): Promise<UserRow> {
  await endAllSessions(query, ports, cut);
  await endLinks(query, { userId: cut.userId, kinds: ENDED_LINKS, now: ports.clock.now() });
  return query.selectFrom('users').selectAll().where('id', '=', cut.userId).executeTakeFirstOrThrow();
}

/** Makes {@link cutOff} effective on this node and on sockets: call it after the commit. */
export function announceCut(
  ports: { revocations: Pick<Revocations, 'raiseEpoch'>; disconnector: Disconnector },
  { id, epoch }: Pick<UserRow, 'id' | 'epoch'>,
): void {
  ports.revocations.raiseEpoch(id, epoch);
  ports.disconnector.disconnect(id);
}

async function countApiKeys(query: Transaction<Tables>, counted: { userId: string; now: number }): Promise<number> {
  const { count } = await query
    .selectFrom('api_keys')
    .select((column) => column.fn.countAll<number | string>().as('count'))
    .where('user_id', '=', counted.userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', counted.now)
    .executeTakeFirstOrThrow();
  return Number(count);
}
