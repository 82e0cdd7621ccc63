// Decides what ends with a membership: the row, the tokens that rest on it, the live subscription.
import type { Transaction } from 'kysely';
import type { MembershipRow, Tables } from '../../db/schema.ts';
import { background } from '../../http/log.ts';
import { memberLeft, roomLeft, type Origin } from '../../outbox/event.ts';
import { record } from '../../outbox/outbox.ts';
import { roomChannel } from '../../realtime/channels.ts';
import { recordRevocation, revocationLifeMs } from '../../realtime/revocation.ts';
import type { CollaborationPorts } from '../ports.ts';

/** A membership that has ended, with the time until which tokens that rest on it could still be presented. */
export interface Ended {
  membership: MembershipRow;
  revokedUntil: number;
}

/**
 * Ends a membership in the transaction that has locked its room, and records it, so that also a crash right after the
 * commit closes the subscription: the relay unsubscribes for `member.left`.
 */
export async function endMembership(
  query: Transaction<Tables>,
  membership: MembershipRow,
  about: { origin: Origin; config: CollaborationPorts['config'] },
): Promise<Ended> {
  const { room_id: roomId, user_id: userId } = membership;
  const { origin, config } = about;
  const revokedUntil = origin.now + revocationLifeMs(config);
  await query.deleteFrom('memberships').where('id', '=', membership.id).execute();
  await recordRevocation(query, `mid:${membership.id}`, revokedUntil);
  await record(query, [memberLeft(roomId, userId, origin), roomLeft(userId, roomId, origin)]);
  return { membership, revokedUntil };
}

/**
 * Makes the end felt at once, after the commit: tokens are refused on this node, and the subscription is closed without
 * waiting for the relay, which may have a backlog. If the gateway cannot be reached now, the relay does it.
 */
export function closeEnded(
  ports: Pick<CollaborationPorts, 'revocations' | 'wakeRelay' | 'realtime' | 'log'>,
  { membership, revokedUntil }: Ended,
): void {
  ports.revocations.add(`mid:${membership.id}`, revokedUntil);
  ports.wakeRelay();
  const channel = roomChannel(membership.room_id);
  const closing = ports.realtime.deliver({ kind: 'unsubscribe', userId: membership.user_id, channel });
  background(ports.log, 'unsubscribing a former member at once', closing);
}
