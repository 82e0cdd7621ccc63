// Decides how a message gets another text or becomes a tombstone.
import type { Message } from '@parley/contract';
import type { Transaction } from 'kysely';
import type { Tables } from '../../db/schema.ts';
import { messageEvent } from '../../outbox/event.ts';
import { record } from '../../outbox/outbox.ts';
import { admit, type RoomAccess } from '../access.ts';
import { decide, type Refused } from '../decide.ts';
import type { CollaborationPorts, InRoom } from '../ports.ts';
import { mayReadRoom, maySeeRoom, refusalFor } from '../rooms/policy.ts';
import { mayDeleteMessage, mayEditMessage } from './policy.ts';
import { presentMessage, type AuthoredRow } from './present.ts';
import { advanceRoom, findMessage, rewriteMessage } from './store.ts';

type RewritePorts = Pick<CollaborationPorts, 'database' | 'clock' | 'wakeRelay'>;

/** A message in a room, and who wants to change it. */
export interface AtMessage extends InRoom {
  messageId: string;
}

/** The message in its new state, or why it stays as it is. */
export type Rewritten = { ok: true; message: Message } | Refused;

/** Replaces the text of one's own message. The same text again changes nothing; a deleted one stays deleted. */
export async function editMessage(ports: RewritePorts, at: AtMessage, text: string): Promise<Rewritten> {
  return rewrite(ports, at, async (query, { access, row, now }) => {
    if (!mayReadRoom(access.standing)) return { ok: false, problem: refusalFor(access.standing) };
    if (!mayEditMessage(access.standing, row.author_id === at.actor.userId)) return forbidden();
    if (row.deleted_at !== null) return deleted();
    if (row.text === text) return { ok: true, message: presentMessage(row) };
    const { revision } = await nextChange(query, at.roomId);
    const written = await rewriteMessage(query, row.id, { text, revision, edited_at: now });
    if (written === undefined) return deleted();
    const message = presentMessage({ ...written, author_name: row.author_name });
    await record(query, [messageEvent('message.edited', message, originOf(at, now))]);
    return { ok: true, message };
  });
}

/** Turns a message into a tombstone: the row and its number stay, the text goes. Deleting it again changes nothing. */
export async function deleteMessage(ports: RewritePorts, at: AtMessage): Promise<Rewritten> {
  return rewrite(ports, at, async (query, { access, row, now }) => {
    if (!mayDeleteMessage(access.standing, row.author_id === at.actor.userId)) return forbidden();
    if (row.deleted_at !== null) return { ok: true, message: presentMessage(row) };
    const { revision } = await nextChange(query, at.roomId);
    const written = await rewriteMessage(query, row.id, { text: '', revision, deleted_at: now });
    if (written === undefined) return deleted();
    const message = presentMessage({ ...written, author_name: row.author_name });
    await record(query, [messageEvent('message.deleted', message, originOf(at, now))]);
    return { ok: true, message };
  });
}

interface Found {
  access: RoomAccess;
  row: AuthoredRow;
  now: number;
}

async function rewrite(
  ports: RewritePorts,
  at: AtMessage,
  work: (query: Transaction<Tables>, found: Found) => Promise<Rewritten>,
): Promise<Rewritten> {
  const now = ports.clock.now();
  const rewritten = await decide<{ message: Message }>(ports.database, async (query) => {
    const access = await admit(query, at, maySeeRoom);
    if (!access.ok) return access;
    const row = await findMessage(query, at.roomId, at.messageId);
    if (row === undefined) return { ok: false, problem: mayReadRoom(access.standing) ? 'not_found' : 'auth.forbidden' };
    return work(query, { access, row, now });
  });
  if (rewritten.ok) ports.wakeRelay();
  return rewritten;
}

/** The room was read in this transaction, and rooms are not deleted. */
async function nextChange(query: Transaction<Tables>, roomId: string): Promise<{ revision: number }> {
  const advanced = await advanceRoom(query, roomId, { messages: 0 });
  if (advanced === undefined) throw new Error('a room was lost in a transaction that has read it');
  return advanced;
}

const originOf = (at: AtMessage, now: number) => ({ actor: { id: at.actor.userId, name: at.actor.name }, now });
const forbidden = () => ({ ok: false, problem: 'auth.forbidden' }) as const;
const deleted = () => ({ ok: false, problem: 'message.deleted' }) as const;
