// Decides how a client catches up with a room from the durable log.
import type { Changes } from '@parley/contract';
import { roomChannel } from '../../realtime/channels.ts';
import { admit } from '../access.ts';
import type { Refused } from '../decide.ts';
import type { CollaborationPorts, InRoom } from '../ports.ts';
import { mayReadRoom } from '../rooms/policy.ts';
import { presentMessage } from './present.ts';
import { messagesChangedSince } from './store.ts';

/** How long the gateway may take to tell a position before the answer goes out without one. */
const POSITION_DEADLINE_MS = 1_000;

/**
 * Reads what changed in a room after a revision. Members only.
 *
 * The channel's position is read first, the room second, the rows last: what is announced after the position may be
 * in the rows too, but nothing is in neither. Without a position (no history, or the gateway is away: the log must
 * stay readable then) the client subscribes first and asks for changes again.
 */
export async function readChanges(
  ports: Pick<CollaborationPorts, 'database' | 'realtime' | 'log'>,
  visit: InRoom,
  query: { since: number; limit: number },
): Promise<{ ok: true; changes: Changes } | Refused> {
  const admitted = await admit(ports.database.read, visit, mayReadRoom);
  if (!admitted.ok) return admitted;
  const position = await positionOf(ports, roomChannel(visit.roomId));
  const access = await admit(ports.database.read, visit, mayReadRoom);
  if (!access.ok) return access;
  const { since, limit } = query;
  const rows = await messagesChangedSince(ports.database.read, visit.roomId, { since, limit: limit + 1 });
  // A revision that a power cut took back would be given again to another change, which this client would not ask for.
  await ports.database.durable();
  const messages = rows.slice(0, limit).map(presentMessage);
  const { revision, last_seq: lastSeq } = access.room;
  return { ok: true, changes: { messages, revision, lastSeq, hasMore: rows.length > limit, position } };
}

async function positionOf(
  { realtime, log }: Pick<CollaborationPorts, 'realtime' | 'log'>,
  channel: string,
): Promise<Changes['position']> {
  const deadline = AbortSignal.timeout(POSITION_DEADLINE_MS);
  const tooLate = new Promise<never>((_resolve, reject) => {
    deadline.addEventListener('abort', () => reject(new Error('the gateway took too long')), { once: true });
  });
  try {
    return await Promise.race([realtime.position(channel), tooLate]);
  } catch (error) {
    log.warn({ err: error }, 'no stream position; the client catches up without one');
    return null;
  }
}
