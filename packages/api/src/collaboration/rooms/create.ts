// Decides how a room comes into being.
import type { Room } from '@parley/contract';
import type { Actor } from '../../context.ts';
import { roomJoined } from '../../outbox/event.ts';
import { record } from '../../outbox/outbox.ts';
import { newId } from '../../ids.ts';
import type { CollaborationPorts } from '../ports.ts';
import { presentRoom } from './present.ts';
import { insertMembership, insertRoom } from './store.ts';

/** Makes a room with the caller as its owner. Everybody who is signed in may. */
export async function createRoom(
  ports: Pick<CollaborationPorts, 'database' | 'clock' | 'wakeRelay'>,
  actor: Actor,
  wanted: { name: string; topic: string; isPrivate: boolean },
): Promise<Room> {
  const now = ports.clock.now();
  const created = await ports.database.transact(async (query) => {
    const { name, topic } = wanted;
    const room = await insertRoom(query, {
      id: newId(now),
      name,
      topic,
      is_private: wanted.isPrivate ? 1 : 0,
      created_by: actor.userId,
      created_at: now,
    });
    const membership = {
      id: newId(now),
      room_id: room.id,
      user_id: actor.userId,
      role: 'owner',
      joined_at: now,
    } as const;
    await insertMembership(query, membership);
    const own = { id: membership.id, role: membership.role, readSeq: 0, joinedAt: now };
    const presented = presentRoom(room, own, 1);
    const { membership: _own, unread: _unread, ...told } = presented;
    await record(query, [roomJoined(actor.userId, told, { actor: { id: actor.userId, name: actor.name }, now })]);
    return presented;
  });
  ports.wakeRelay();
  return created;
}
