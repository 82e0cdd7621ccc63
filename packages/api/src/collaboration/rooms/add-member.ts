// Decides how somebody is brought into a room by another person, or gets another role there.
import type { Member } from '@parley/contract';
import type { Transaction } from 'kysely';
import type { RoomRow, Tables } from '../../db/schema.ts';
import { memberJoined, type Origin } from '../../outbox/event.ts';
import { record } from '../../outbox/outbox.ts';
import { admit, type RoomAccess } from '../access.ts';
import { decide, type Refused } from '../decide.ts';
import type { CollaborationPorts, InRoom } from '../ports.ts';
import { enterRoom } from './enter.ts';
import { mayAppointOwners, mayManageMembers } from './policy.ts';
import { presentMember } from './present.ts';
import { findMember, findPerson, isLastOwner, lockRoom, type MemberRow } from './store.ts';

/** Who is to be a member, and in which role. */
export interface Addition {
  userId: string;
  role: 'owner' | 'member';
}

/** Makes a person a member with this role; for a member with another role, changes the role. */
export async function addMember(
  ports: Pick<CollaborationPorts, 'database' | 'clock' | 'wakeRelay'>,
  visit: InRoom,
  addition: Addition,
): Promise<{ ok: true; member: Member } | Refused> {
  const { actor, roomId } = visit;
  const origin = { actor: { id: actor.userId, name: actor.name }, now: ports.clock.now() };
  const added = await decide<{ member: Member }>(ports.database, async (query) => {
    const room = await lockRoom(query, roomId);
    const access = await admit(query, visit, mayManageMembers);
    if (!access.ok) return access;
    if (room === undefined) return { ok: false, problem: 'not_found' };
    const present = await findMember(query, roomId, addition.userId);
    if (present?.role === addition.role) return { ok: true, member: presentMember(present) };
    if (present !== undefined) return changeRole(query, present, { access, addition, origin });
    return bringIn(query, room, { access, addition, origin });
  });
  if (added.ok) ports.wakeRelay();
  return added;
}

interface About {
  access: RoomAccess;
  addition: Addition;
  origin: Origin;
}

async function bringIn(query: Transaction<Tables>, room: RoomRow, { access, addition, origin }: About) {
  if (addition.role === 'owner' && !mayAppointOwners(access.standing)) return forbidden();
  const person = await findPerson(query, addition.userId);
  if (person === undefined) return { ok: false, problem: 'not_found' } as const;
  const membership = await enterRoom(query, room, { person, role: addition.role, origin });
  return { ok: true, member: presentMember({ ...membership, name: person.name }) } as const;
}

async function changeRole(query: Transaction<Tables>, present: MemberRow, { access, addition, origin }: About) {
  if (!mayAppointOwners(access.standing)) return forbidden();
  if (await isLastOwner(query, present)) return { ok: false, problem: 'room.last_owner' } as const;
  await query.updateTable('memberships').set({ role: addition.role }).where('id', '=', present.id).execute();
  const member = presentMember({ ...present, role: addition.role });
  await record(query, [memberJoined(present.room_id, member, origin)]);
  return { ok: true, member } as const;
}

const forbidden = () => ({ ok: false, problem: 'auth.forbidden' }) as const;
