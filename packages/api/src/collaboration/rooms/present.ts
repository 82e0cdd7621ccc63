// Decides how rows become rooms and members as callers see them.
import type { Member, Membership, Room } from '@parley/contract';
import type { RoomRow } from '../../db/schema.ts';
import { roomChannel } from '../../realtime/channels.ts';
import type { OwnMembership } from '../access.ts';

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** The caller's own standing. */
export function presentMembership(membership: OwnMembership): Membership {
  const { role, readSeq, joinedAt } = membership;
  return { role, readSeq, joinedAt: timeOf(joinedAt) };
}

/** A room as the caller sees it. Unread is what lies between the read pointer and the newest message. */
export function presentRoom(
  room: Pick<RoomRow, 'id' | 'name' | 'topic' | 'is_private' | 'last_seq' | 'created_at'>,
  membership: OwnMembership | null,
  memberCount: number,
): Room {
  return {
    id: room.id,
    name: room.name,
    topic: room.topic,
    isPrivate: room.is_private === 1,
    channel: roomChannel(room.id),
    lastSeq: room.last_seq,
    memberCount,
    membership: membership === null ? null : presentMembership(membership),
    unread: membership === null ? 0 : Math.max(0, room.last_seq - membership.readSeq),
    createdAt: timeOf(room.created_at),
  };
}

/** A member of a room. */
export function presentMember(row: {
  user_id: string;
  name: string;
  role: 'owner' | 'member';
  joined_at: number;
}): Member {
  return { id: row.user_id, name: row.name, role: row.role, joinedAt: timeOf(row.joined_at) };
}
