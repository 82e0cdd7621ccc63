// Decides how a message row becomes a message as people see it.
import type { Message } from '@parley/contract';
import type { MessageRow } from '../../db/schema.ts';

/** A message row with its author's name. */
export type AuthoredRow = MessageRow & { author_name: string };

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** A message as people see it. */
export function presentMessage(row: AuthoredRow): Message {
  return {
    id: row.id,
    roomId: row.room_id,
    seq: row.seq,
    revision: row.revision,
    author: { id: row.author_id, name: row.author_name },
    clientMessageId: row.client_message_id,
    text: row.text,
    createdAt: timeOf(row.created_at),
    editedAt: row.edited_at === null ? null : timeOf(row.edited_at),
    deletedAt: row.deleted_at === null ? null : timeOf(row.deleted_at),
  };
}
