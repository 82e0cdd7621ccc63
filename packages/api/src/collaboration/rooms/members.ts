// Decides how the members of a room are listed.
import type { MemberPage } from '@parley/contract';
import { admit } from '../access.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import type { Refused } from '../decide.ts';
import type { CollaborationPorts, InRoom } from '../ports.ts';
import { mayReadRoom } from './policy.ts';
import { presentMember } from './present.ts';
import { listMembers } from './store.ts';

const KIND = 'p1';

/** Lists members in the order of joining; members only. */
export async function listRoomMembers(
  { database }: Pick<CollaborationPorts, 'database'>,
  visit: InRoom,
  query: { limit: number; after?: string | undefined },
): Promise<{ ok: true; page: MemberPage } | Refused> {
  const access = await admit(database.read, visit, mayReadRoom);
  if (!access.ok) return access;
  const parts = query.after === undefined ? undefined : readCursor(KIND, ['number', 'string'], query.after);
  if (query.after !== undefined && parts === undefined) return { ok: false, problem: 'request.invalid' };
  const after = parts === undefined ? undefined : { joinedAt: Number(parts[0]), userId: String(parts[1]) };
  const rows = await listMembers(database.read, visit.roomId, { limit: query.limit + 1, after });
  const shown = rows.slice(0, query.limit);
  const last = shown.at(-1);
  const hasMore = rows.length > query.limit;
  const next = hasMore && last !== undefined ? writeCursor(KIND, [last.joined_at, last.user_id]) : null;
  return { ok: true, page: { data: shown.map(presentMember), page: { next, prev: null, hasMore } } };
}
