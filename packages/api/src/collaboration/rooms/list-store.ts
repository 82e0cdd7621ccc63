// Decides the statements that list rooms.
import { sql } from 'kysely';
import type { Query } from '../../db/database.ts';
import type { RoomRow } from '../../db/schema.ts';

/** A room in a list. The membership columns are null where the caller is no member. */
export interface ListedRoomRow extends RoomRow {
  member_count: number;
  /** When the newest message was sent, or the room made. Unix milliseconds. */
  active_at: number;
  membership_id: string | null;
  membership_role: 'owner' | 'member' | null;
  read_seq: number | null;
  joined_at: number | null;
}

const ACTIVE_AT = sql<number>`coalesce(newest.created_at, r.created_at)`;

/** Rooms with the caller's membership, the number of members and the time of the newest message. */
function listed(query: Query, userId: string) {
  return query
    .selectFrom('rooms as r')
    .leftJoin('memberships as m', (join) => join.onRef('m.room_id', '=', 'r.id').on('m.user_id', '=', userId))
    .leftJoin('messages as newest', (join) =>
      join.onRef('newest.room_id', '=', 'r.id').onRef('newest.seq', '=', 'r.last_seq'),
    )
    .selectAll('r')
    .select(['m.id as membership_id', 'm.role as membership_role', 'm.read_seq', 'm.joined_at'])
    .select([
      ACTIVE_AT.as('active_at'),
      sql<number>`(select count(*) from memberships as c where c.room_id = r.id)`.as('member_count'),
    ]);
}

/** One room as it stands in a list. */
export async function findListed(query: Query, userId: string, roomId: string): Promise<ListedRoomRow | undefined> {
  return listed(query, userId).where('r.id', '=', roomId).executeTakeFirst();
}

/** The rooms of a person, those with the newest message first, after a place in that order. */
export async function listMine(
  query: Query,
  userId: string,
  about: { limit: number; after: { activeAt: number; roomId: string } | undefined },
): Promise<ListedRoomRow[]> {
  const { after, limit } = about;
  return listed(query, userId)
    .where('m.id', 'is not', null)
    .$if(after !== undefined, (some) =>
      some.where(sql<boolean>`(${ACTIVE_AT}, r.id) < (${after?.activeAt ?? 0}, ${after?.roomId ?? ''})`),
    )
    .orderBy('active_at', 'desc')
    .orderBy('r.id', 'desc')
    .limit(limit)
    .execute();
}

/** The public rooms by name, after a room in that order. */
export async function listPublic(
  query: Query,
  userId: string,
  about: { limit: number; afterId: string | undefined },
): Promise<ListedRoomRow[]> {
  const { afterId, limit } = about;
  return listed(query, userId)
    .where('r.is_private', '=', 0)
    .$if(afterId !== undefined, (some) =>
      some.where(sql<boolean>`(r.name, r.id) > (select p.name, p.id from rooms as p where p.id = ${afterId ?? ''})`),
    )
    .orderBy('r.name')
    .orderBy('r.id')
    .limit(limit)
    .execute();
}
