// Decides what sending a message does, once, however often it is tried.
import type { Message } from '@parley/contract';
import type { Transaction } from 'kysely';
import type { Query } from '../../db/database.ts';
import type { Tables } from '../../db/schema.ts';
import { newId } from '../../ids.ts';
import { messageEvent } from '../../outbox/event.ts';
import { record } from '../../outbox/outbox.ts';
import { decide, type Refused } from '../decide.ts';
import type { CollaborationPorts, InRoom } from '../ports.ts';
import { mayPostInRoom, refusalFor } from '../rooms/policy.ts';
import { presentMessage } from './present.ts';
import { advanceRoom, findSent, insertMessage, readOwn } from './store.ts';

/** What is sent. `clientMessageId` is the sender's own name for it, unique per author for ever. */
export interface Draft {
  clientMessageId: string;
  text: string;
}

interface Stored {
  message: Message;
  /** False when the message had been sent before. */
  isNew: boolean;
}

/** A message that is stored, or why it is not. */
export type Sent = ({ ok: true } & Stored) | Refused;

interface Sending {
  visit: InRoom;
  draft: Draft;
  now: number;
}

/** The message was stored by an earlier try, or by one side by side: this one is rolled back. */
const STORED_BEFORE = { ok: false, problem: 'idempotency.in_progress' } as const;

/**
 * Sends a message: stores it under the room's next number beside its announcement, and moves the sender's read
 * pointer to it. A try that was stored before gets that message, whatever it says now, also when its sender has left
 * since; the same client id in another room is refused.
 */
export async function sendMessage(
  ports: Pick<CollaborationPorts, 'database' | 'clock' | 'wakeRelay'>,
  visit: InRoom,
  draft: Draft,
): Promise<Sent> {
  const sending = { visit, draft, now: ports.clock.now() };
  const sent = await decide<Stored>(ports.database, (query) => storeNew(query, sending));
  // Most messages are new: the look-up is spared them, and the unique key tells the others.
  if (!sent.ok) return (await sentBefore(ports.database.read, sending)) ?? sent;
  ports.wakeRelay();
  return sent;
}

async function sentBefore(query: Query, { visit, draft }: Sending): Promise<Sent | undefined> {
  const row = await findSent(query, visit.actor.userId, draft.clientMessageId);
  if (row === undefined) return undefined;
  if (row.room_id !== visit.roomId) return { ok: false, problem: 'idempotency.mismatch' };
  return { ok: true, message: presentMessage(row), isNew: false };
}

/**
 * Takes the number and moves the pointer first, and asks the policy with what these two writes tell: the standing is
 * then the one under the lock, and costs no query. A refusal rolls both back.
 */
async function storeNew(query: Transaction<Tables>, { visit, draft, now }: Sending): Promise<Sent> {
  const { actor, roomId } = visit;
  const advanced = await advanceRoom(query, roomId, { messages: 1 });
  if (advanced === undefined) return { ok: false, problem: 'not_found' };
  const { seq, revision } = advanced;
  const roomRole = (await readOwn(query, { roomId, userId: actor.userId, seq })) ?? null;
  const standing = { who: actor, roomRole, isPrivate: advanced.is_private === 1 };
  if (!mayPostInRoom(standing)) return { ok: false, problem: refusalFor(standing) };
  const row = {
    id: newId(now),
    room_id: roomId,
    seq,
    revision,
    author_id: actor.userId,
    client_message_id: draft.clientMessageId,
    text: draft.text,
    created_at: now,
    edited_at: null,
    deleted_at: null,
  };
  if (!(await insertMessage(query, row))) return STORED_BEFORE;
  const message = presentMessage({ ...row, author_name: actor.name });
  await record(query, [messageEvent('message.created', message, { actor: message.author, now })]);
  return { ok: true, message, isNew: true };
}
