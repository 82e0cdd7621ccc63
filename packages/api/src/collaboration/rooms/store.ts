// Decides the statements about rooms and memberships.
import type { Insertable, Transaction } from 'kysely';
import type { Query } from '../../db/database.ts';
import type { MembershipsTable, MembershipRow, RoomRow, Tables } from '../../db/schema.ts';

/**
 * Locks a room until the transaction ends: whoever changes its members, its sequences or its name does so in turn,
 * and its announcements get positions in that order.
 */
export async function lockRoom(query: Transaction<Tables>, roomId: string): Promise<RoomRow | undefined> {
  return query
    .updateTable('rooms')
    .set((eb) => ({ last_seq: eb.ref('last_seq') }))
    .where('id', '=', roomId)
    .returningAll()
    .executeTakeFirst();
}

/** Stores a new room. */
export async function insertRoom(
  query: Transaction<Tables>,
  room: Pick<RoomRow, 'id' | 'name' | 'topic' | 'is_private' | 'created_by' | 'created_at'>,
): Promise<RoomRow> {
  return query.insertInto('rooms').values(room).returningAll().executeTakeFirstOrThrow();
}

/** Renames a room or changes its topic. */
export async function updateRoom(
  query: Transaction<Tables>,
  roomId: string,
  change: { name?: string; topic?: string },
): Promise<RoomRow> {
  return query.updateTable('rooms').set(change).where('id', '=', roomId).returningAll().executeTakeFirstOrThrow();
}

/** A membership with the name of its person. */
export type MemberRow = MembershipRow & { name: string };

/** Stores a membership. */
export async function insertMembership(
  query: Transaction<Tables>,
  membership: Insertable<MembershipsTable>,
): Promise<MembershipRow> {
  return query.insertInto('memberships').values(membership).returningAll().executeTakeFirstOrThrow();
}

/** One member of a room. */
export async function findMember(query: Query, roomId: string, userId: string): Promise<MemberRow | undefined> {
  return query
    .selectFrom('memberships as m')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .selectAll('m')
    .select('u.name')
    .where('m.room_id', '=', roomId)
    .where('m.user_id', '=', userId)
    .executeTakeFirst();
}

/** Members in the order of joining, after a place in that order. */
export async function listMembers(
  query: Query,
  roomId: string,
  about: { limit: number; after: { joinedAt: number; userId: string } | undefined },
): Promise<MemberRow[]> {
  const { after, limit } = about;
  return query
    .selectFrom('memberships as m')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .selectAll('m')
    .select('u.name')
    .where('m.room_id', '=', roomId)
    .$if(after !== undefined, (some) =>
      some.where((eb) =>
        eb(eb.refTuple('m.joined_at', 'm.user_id'), '>', eb.tuple(after?.joinedAt ?? 0, after?.userId ?? '')),
      ),
    )
    .orderBy('m.joined_at')
    .orderBy('m.user_id')
    .limit(limit)
    .execute();
}

/** How many people are in a room. */
export async function countMembers(query: Query, roomId: string): Promise<number> {
  const { count } = await query
    .selectFrom('memberships')
    .select(({ fn }) => fn.countAll<number | string>().as('count'))
    .where('room_id', '=', roomId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Whether a room would be left without an owner, but not without members, if this person went. */
export async function isLastOwner(query: Query, membership: MembershipRow): Promise<boolean> {
  if (membership.role !== 'owner') return false;
  const others = await query
    .selectFrom('memberships')
    .select('role')
    .distinct()
    .where('room_id', '=', membership.room_id)
    .where('id', '!=', membership.id)
    .execute();
  return others.length > 0 && others.every(({ role }) => role !== 'owner');
}

/** A person who can be added to a room: exists and is not disabled. */
export async function findPerson(query: Query, userId: string): Promise<{ id: string; name: string } | undefined> {
  return query
    .selectFrom('users')
    .select(['id', 'name'])
    .where('id', '=', userId)
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
}
