// Decides what a server would say about one room: the log of messages that tests compare with.
import type { Changes, Message, MessagePage, MessageQuery } from '@parley/contract';
import type { MessageEvent } from '../timeline.ts';

/** The person whose client is tested. */
export const ME = { id: 'me', name: 'Mia' };
/** Somebody else. */
export const OTHER = { id: 'other', name: 'Otto' };

const TIME = '2026-11-22T12:00:00.000Z';

/** One room as a server keeps it. */
export interface RoomLog {
  events: MessageEvent[];
  create(author: typeof ME, clientMessageId: string): Message;
  edit(seq: number, text: string): Message;
  remove(seq: number): Message;
  messages(): readonly Message[];
  revision(): number;
  changes(since: number, limit: number): Changes;
  page(query: MessageQuery): MessagePage;
}

/** Makes an empty room. */
export function createRoomLog(roomId = 'r1'): RoomLog {
  const messages: Message[] = [];
  const events: MessageEvent[] = [];
  let revision = 0;

  function record(type: MessageEvent['type'], message: Message): Message {
    messages[message.seq - 1] = message;
    events.push({ id: `e${revision}`, time: TIME, actor: message.author, seq: revision, type, data: { message } });
    return message;
  }

  function known(seq: number): Message {
    const message = messages[seq - 1];
    if (message === undefined) throw new TypeError(`There is no message ${seq}`);
    return message;
  }

  function slice(from: number, limit: number): MessagePage {
    const start = Math.max(0, from);
    const data = messages.slice(start, start + limit);
    const end = start + data.length;
    const prev = start > 0 ? `b${start}` : null;
    const next = end < messages.length ? `a${end}` : null;
    return { data, page: { next, prev, hasMore: start > 0 } };
  }

  return {
    events,
    create(author, clientMessageId) {
      revision += 1;
      const seq = messages.length + 1;
      const base = { id: `m${seq}`, roomId, seq, revision, author, clientMessageId, text: `text ${seq}` };
      return record('message.created', { ...base, createdAt: TIME, editedAt: null, deletedAt: null });
    },
    edit(seq, text) {
      revision += 1;
      return record('message.edited', { ...known(seq), revision, text, editedAt: TIME });
    },
    remove(seq) {
      revision += 1;
      return record('message.deleted', { ...known(seq), revision, text: '', deletedAt: TIME });
    },
    messages: () => messages,
    revision: () => revision,
    changes(since, limit) {
      const changed = messages
        .filter((message) => message.revision > since)
        .toSorted((a, b) => a.revision - b.revision);
      const page = changed.slice(0, limit);
      const hasMore = changed.length > page.length;
      return { messages: page, revision, lastSeq: messages.length, hasMore, position: null };
    },
    page(query) {
      const limit = Number(query.limit ?? 50);
      if (query.before !== undefined) {
        const end = Number(query.before.slice(1));
        return slice(end - Math.min(limit, end), Math.min(limit, end));
      }
      if (query.after !== undefined) return slice(Number(query.after.slice(1)), limit);
      if (query.around !== undefined) return slice(Number(query.around.slice(1)) - 1 - Math.floor(limit / 2), limit);
      return slice(messages.length - limit, limit);
    },
  };
}
