// Decides how a room gets another name or topic.
import type { Room } from '@parley/contract';
import { roomUpdated } from '../../outbox/event.ts';
import { record } from '../../outbox/outbox.ts';
import { admit } from '../access.ts';
import { decide, type Refused } from '../decide.ts';
import type { CollaborationPorts, InRoom } from '../ports.ts';
import { getRoom } from './list.ts';
import { mayChangeRoom } from './policy.ts';
import { lockRoom, updateRoom } from './store.ts';

/** Changes what is given; what is absent stays. */
export async function changeRoom(
  ports: Pick<CollaborationPorts, 'database' | 'clock' | 'wakeRelay'>,
  visit: InRoom,
  change: { name?: string; topic?: string },
): Promise<{ ok: true; room: Room } | Refused> {
  const { actor, roomId } = visit;
  const changed = await decide(ports.database, async (query) => {
    await lockRoom(query, roomId);
    const access = await admit(query, visit, mayChangeRoom);
    if (!access.ok) return access;
    if (change.name === undefined && change.topic === undefined) return { ok: true };
    const room = await updateRoom(query, roomId, change);
    const origin = { actor: { id: actor.userId, name: actor.name }, now: ports.clock.now() };
    await record(query, [roomUpdated(room, origin)]);
    return { ok: true };
  });
  if (!changed.ok) return changed;
  ports.wakeRelay();
  return getRoom(ports, visit);
}
