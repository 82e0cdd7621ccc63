// Decides what the policies are asked about: a person's standing in a room, read in one query.
import type { Actor } from '../context.ts';
import type { Query } from '../db/database.ts';
import type { RoomRow } from '../db/schema.ts';
import type { Refused } from './decide.ts';
import { refusalFor, type Standing } from './rooms/policy.ts';

/** Who asks for which room. */
export interface Visit {
  actor: Pick<Actor, 'userId' | 'role' | 'scopes'>;
  roomId: string;
}

/** The asking person's own membership. */
export interface OwnMembership {
  id: string;
  role: 'owner' | 'member';
  readSeq: number;
  joinedAt: number;
}

/** A room with the asking person's standing in it. */
export interface RoomAccess {
  room: RoomRow;
  membership: OwnMembership | null;
  standing: Standing;
}

/** Reads a room and the person's standing in it; undefined when there is no such room. */
export async function readAccess(query: Query, { actor, roomId }: Visit): Promise<RoomAccess | undefined> {
  const row = await query
    .selectFrom('rooms as r')
    .leftJoin('memberships as m', (join) => join.onRef('m.room_id', '=', 'r.id').on('m.user_id', '=', actor.userId))
    .where('r.id', '=', roomId)
    .selectAll('r')
    .select(['m.id as membership_id', 'm.role as membership_role', 'm.read_seq', 'm.joined_at'])
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { membership_id, membership_role, read_seq, joined_at, ...room } = row;
  const isMember = membership_id !== null && membership_role !== null;
  const standing = {
    who: actor,
    roomRole: isMember ? membership_role : null,
    isPrivate: room.is_private === 1,
  };
  if (!isMember) return { room, membership: null, standing };
  const membership = { id: membership_id, role: membership_role, readSeq: read_seq ?? 0, joinedAt: joined_at ?? 0 };
  return { room, membership, standing };
}

/**
 * Asks one question of a policy for one room.
 *
 * @returns the access, or the refusal that this person is to get
 */
export async function admit(
  query: Query,
  visit: Visit,
  may: (standing: Standing) => boolean,
): Promise<({ ok: true } & RoomAccess) | Refused> {
  const access = await readAccess(query, visit);
  if (access === undefined) return { ok: false, problem: 'not_found' };
  if (!may(access.standing)) return { ok: false, problem: refusalFor(access.standing) };
  return { ok: true, ...access };
}
