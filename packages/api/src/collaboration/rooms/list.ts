// Decides which rooms a person is shown, and in what order.
import type { Room, RoomPage } from '@parley/contract';
import type { Actor } from '../../context.ts';
import { readAccess, type OwnMembership } from '../access.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import type { Refused } from '../decide.ts';
import type { CollaborationPorts, InRoom } from '../ports.ts';
import { findListed, listMine, listPublic, type ListedRoomRow } from './list-store.ts';
import { maySeeRoom, refusalFor } from './policy.ts';
import { presentRoom } from './present.ts';

const MINE = 'r1';
const PUBLIC = 'd1';

/** Which page of which list: one's own rooms by activity, or the directory of public ones by name. */
export interface RoomListQuery {
  scope: 'mine' | 'public';
  limit: number;
  after?: string | undefined;
}

type Listed = { ok: true; page: RoomPage } | Refused;

/** Lists rooms. A cursor that is not of this list is refused. */
export async function listRooms(
  ports: Pick<CollaborationPorts, 'database'>,
  actor: Actor,
  query: RoomListQuery,
): Promise<Listed> {
  return query.scope === 'mine' ? listOwn(ports, actor, query) : listDirectory(ports, actor, query);
}

/** One room as the caller may see it. */
export async function getRoom(
  { database }: Pick<CollaborationPorts, 'database'>,
  visit: InRoom,
): Promise<{ ok: true; room: Room } | Refused> {
  const access = await readAccess(database.read, visit);
  if (access === undefined) return { ok: false, problem: 'not_found' };
  if (!maySeeRoom(access.standing)) return { ok: false, problem: refusalFor(access.standing) };
  const row = await findListed(database.read, visit.actor.userId, visit.roomId);
  return row === undefined ? { ok: false, problem: 'not_found' } : { ok: true, room: present(row) };
}

async function listOwn(
  { database }: Pick<CollaborationPorts, 'database'>,
  actor: Actor,
  query: RoomListQuery,
): Promise<Listed> {
  const parts = query.after === undefined ? undefined : readCursor(MINE, ['number', 'string'], query.after);
  if (query.after !== undefined && parts === undefined) return { ok: false, problem: 'request.invalid' };
  const after = parts === undefined ? undefined : { activeAt: Number(parts[0]), roomId: String(parts[1]) };
  const rows = await listMine(database.read, actor.userId, { limit: query.limit + 1, after });
  return pageOfRooms(rows, query.limit, (row) => writeCursor(MINE, [row.active_at, row.id]));
}

async function listDirectory(
  { database }: Pick<CollaborationPorts, 'database'>,
  actor: Actor,
  query: RoomListQuery,
): Promise<Listed> {
  const parts = query.after === undefined ? undefined : readCursor(PUBLIC, ['string'], query.after);
  if (query.after !== undefined && parts === undefined) return { ok: false, problem: 'request.invalid' };
  const afterId = parts === undefined ? undefined : String(parts[0]);
  const rows = await listPublic(database.read, actor.userId, { limit: query.limit + 1, afterId });
  return pageOfRooms(rows, query.limit, (row) => writeCursor(PUBLIC, [row.id]));
}

/** `rows` holds one more than the page when there is more. */
function pageOfRooms(rows: ListedRoomRow[], limit: number, cursorOf: (row: ListedRoomRow) => string): Listed {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit;
  const next = hasMore && last !== undefined ? cursorOf(last) : null;
  return { ok: true, page: { data: shown.map(present), page: { next, prev: null, hasMore } } };
}

function present(row: ListedRoomRow): Room {
  return presentRoom(row, membershipOf(row), Number(row.member_count));
}

function membershipOf(row: ListedRoomRow): OwnMembership | null {
  if (row.membership_id === null || row.membership_role === null) return null;
  return { id: row.membership_id, role: row.membership_role, readSeq: row.read_seq ?? 0, joinedAt: row.joined_at ?? 0 };
}
