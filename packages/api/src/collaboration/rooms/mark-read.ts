// Decides how a read pointer moves: forward only, and never beyond the newest message.
import type { Membership } from '@parley/contract';
import { readAdvanced } from '../../outbox/event.ts';
import { record } from '../../outbox/outbox.ts';
import { admit } from '../access.ts';
import { decide, type Refused } from '../decide.ts';
import type { CollaborationPorts, InRoom } from '../ports.ts';
import { mayReadRoom } from './policy.ts';
import { presentMembership } from './present.ts';

/** Moves the caller's read pointer and tells their other devices; a lower number changes nothing. */
export async function markRead(
  ports: Pick<CollaborationPorts, 'database' | 'clock' | 'wakeRelay'>,
  visit: InRoom,
  seq: number,
): Promise<{ ok: true; membership: Membership } | Refused> {
  const { actor, roomId } = visit;
  const marked = await decide<{ membership: Membership; isMoved: boolean }>(ports.database, async (query) => {
    const access = await admit(query, visit, mayReadRoom);
    if (!access.ok) return access;
    const { membership, room } = access;
    if (membership === null) return { ok: false, problem: 'not_found' };
    const readSeq = Math.min(seq, room.last_seq);
    const moved = await query
      .updateTable('memberships')
      .set({ read_seq: readSeq })
      .where('id', '=', membership.id)
      .where('read_seq', '<', readSeq)
      .executeTakeFirst();
    if (moved.numUpdatedRows === 0n) return { ok: true, membership: presentMembership(membership), isMoved: false };
    const origin = { actor: { id: actor.userId, name: actor.name }, now: ports.clock.now() };
    await record(query, [readAdvanced(actor.userId, { roomId, readSeq }, origin)]);
    return { ok: true, membership: presentMembership({ ...membership, readSeq }), isMoved: true };
  });
  if (!marked.ok) return marked;
  if (marked.isMoved) ports.wakeRelay();
  return { ok: true, membership: marked.membership };
}
