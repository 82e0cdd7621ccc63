// Decides how a room's messages are paged: both ways, and around one of them.
import type { MessagePage } from '@parley/contract';
import type { RoomRow } from '../../db/schema.ts';
import { admit } from '../access.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import type { Refused } from '../decide.ts';
import type { CollaborationPorts, InRoom } from '../ports.ts';
import { mayReadRoom } from '../rooms/policy.ts';
import { presentMessage, type AuthoredRow } from './present.ts';
import { messagesAround, messagesBetween } from './store.ts';

const KIND = 'm1';

/** Which page: at most one of the three places; without any, the newest. */
export interface PageQuery {
  limit: number;
  before?: string | undefined;
  after?: string | undefined;
  around?: string | undefined;
}

/** Reads one page, ascending. Members only. What it shows is on the disk. */
export async function pageMessages(
  { database }: Pick<CollaborationPorts, 'database'>,
  visit: InRoom,
  query: PageQuery,
): Promise<{ ok: true; page: MessagePage } | Refused> {
  const access = await admit(database.read, visit, mayReadRoom);
  if (!access.ok) return access;
  const { room } = access;
  const { limit, around } = query;
  if (around !== undefined) {
    const rows = await messagesAround(database.read, room.id, { messageId: around, limit });
    await database.durable();
    return rows.length === 0 ? { ok: false, problem: 'not_found' } : { ok: true, page: pageOf(rows, room, 'newer') };
  }
  const before = placeOf(query.before);
  const after = placeOf(query.after);
  if (before === 'foreign' || after === 'foreign') return { ok: false, problem: 'request.invalid' };
  const rows =
    after === undefined
      ? await messagesBetween(database.read, room.id, { from: 1, to: upTo(before), limit, end: 'newest' })
      : await messagesBetween(database.read, room.id, { from: after + 1, to: upTo(), limit, end: 'oldest' });
  await database.durable();
  return { ok: true, page: pageOf(rows, room, after === undefined ? 'older' : 'newer') };
}

const upTo = (before?: number): number => (before === undefined ? Number.MAX_SAFE_INTEGER : before - 1);

function placeOf(cursor: string | undefined): number | 'foreign' | undefined {
  if (cursor === undefined) return undefined;
  const parts = readCursor(KIND, ['number'], cursor);
  return parts === undefined ? 'foreign' : Number(parts[0]);
}

/** Numbers have no gaps, so the first and last of a page tell whether there are more, without asking. */
function pageOf(rows: readonly AuthoredRow[], room: RoomRow, direction: 'older' | 'newer'): MessagePage {
  const first = rows[0];
  const last = rows.at(-1);
  const prev = first !== undefined && first.seq > 1 ? writeCursor(KIND, [first.seq]) : null;
  // The room was read before the rows: a message that came in between is found by the next look.
  const next = last !== undefined && last.seq < room.last_seq ? writeCursor(KIND, [last.seq]) : null;
  const hasMore = (direction === 'older' ? prev : next) !== null;
  return { data: rows.map(presentMessage), page: { next, prev, hasMore } };
}
