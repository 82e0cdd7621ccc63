// Decides how a person comes into a public room.
import type { Room } from '@parley/contract';
import { admit } from '../access.ts';
import { decide, type Refused } from '../decide.ts';
import type { CollaborationPorts, InRoom } from '../ports.ts';
import { enterRoom } from './enter.ts';
import { getRoom } from './list.ts';
import { mayJoinRoom } from './policy.ts';
import { lockRoom } from './store.ts';

/** Makes the caller a member; somebody who is one already stays as they are. */
export async function joinRoom(
  ports: Pick<CollaborationPorts, 'database' | 'clock' | 'wakeRelay'>,
  visit: InRoom,
): Promise<{ ok: true; room: Room } | Refused> {
  const now = ports.clock.now();
  const person = { id: visit.actor.userId, name: visit.actor.name };
  const joined = await decide<{ isNew: boolean }>(ports.database, async (query) => {
    const room = await lockRoom(query, visit.roomId);
    const access = await admit(query, visit, mayJoinRoom);
    if (!access.ok) return access;
    if (room === undefined || access.membership !== null) return { ok: true, isNew: false };
    await enterRoom(query, room, { person, role: 'member', origin: { actor: person, now } });
    return { ok: true, isNew: true };
  });
  if (!joined.ok) return joined;
  if (joined.isNew) ports.wakeRelay();
  return getRoom(ports, visit);
}
