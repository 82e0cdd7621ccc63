// Decides how a person leaves a room, or is removed from it.
import { admit } from '../access.ts';
import { decide, type Refused } from '../decide.ts';
import type { CollaborationPorts, InRoom } from '../ports.ts';
import { closeEnded, endMembership, type Ended } from './end-membership.ts';
import { mayManageMembers, mayReadRoom } from './policy.ts';
import { findMember, isLastOwner, lockRoom } from './store.ts';

type LeavePorts = Pick<
  CollaborationPorts,
  'database' | 'clock' | 'config' | 'revocations' | 'wakeRelay' | 'realtime' | 'log'
>;

/** Ends the caller's own membership. The last owner stays while there are others. */
export async function leaveRoom(ports: LeavePorts, visit: InRoom): Promise<{ ok: true } | Refused> {
  return removeMember(ports, visit, visit.actor.userId);
}

/** Ends a membership: one's own, or another's for those who manage members. */
export async function removeMember(ports: LeavePorts, visit: InRoom, userId: string): Promise<{ ok: true } | Refused> {
  const { actor, roomId } = visit;
  const may = userId === actor.userId ? mayReadRoom : mayManageMembers;
  const origin = { actor: { id: actor.userId, name: actor.name }, now: ports.clock.now() };
  const removed = await decide<{ ended: Ended }>(ports.database, async (query) => {
    await lockRoom(query, roomId);
    const access = await admit(query, visit, may);
    if (!access.ok) return access;
    const membership = await findMember(query, roomId, userId);
    if (membership === undefined) return { ok: false, problem: 'not_found' };
    if (await isLastOwner(query, membership)) return { ok: false, problem: 'room.last_owner' };
    return { ok: true, ended: await endMembership(query, membership, { origin, config: ports.config }) };
  });
  if (!removed.ok) return removed;
  closeEnded(ports, removed.ended);
  return { ok: true };
}
