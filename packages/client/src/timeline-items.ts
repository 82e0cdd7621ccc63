// Decides what a reader sees: confirmed messages in their order, then the own ones that are still on their way.
import type { Message } from '@parley/contract';
import type { OutboxEntry } from './outbox-entry.ts';
import type { Timeline } from './timeline.ts';

/**
 * One line of a room. `key` stays the same when a pending message of one's own is confirmed, so that it is replaced
 * in place.
 */
export type TimelineItem =
  | { kind: 'message'; key: string; own: boolean; message: Message }
  | { kind: 'pending'; key: string; own: true; entry: OutboxEntry };

/** Own messages that the server has confirmed but whose predecessors have not arrived yet, ascending. */
function confirmedAhead(timeline: Timeline, userId: string): readonly Message[] {
  if (!timeline.atTail || timeline.strays.size === 0) return [];
  const last = timeline.window.at(-1)?.seq ?? 0;
  return Array.from(timeline.strays.values())
    .filter((message) => message.author.id === userId && message.seq > last)
    .toSorted((a, b) => a.seq - b.seq);
}

/**
 * Makes the function that lists a room's items for one person. An unchanged message keeps its item object.
 */
export function createItemList(
  userId: string,
): (timeline: Timeline, pending: readonly OutboxEntry[]) => readonly TimelineItem[] {
  const items = new WeakMap<Message, TimelineItem>();
  const entries = new WeakMap<OutboxEntry, TimelineItem>();

  function itemOf(message: Message): TimelineItem {
    const known = items.get(message);
    if (known !== undefined) return known;
    const own = message.author.id === userId;
    const item: TimelineItem = { kind: 'message', key: own ? message.clientMessageId : message.id, own, message };
    items.set(message, item);
    return item;
  }

  function pendingItem(entry: OutboxEntry): TimelineItem {
    const known = entries.get(entry);
    if (known !== undefined) return known;
    const item: TimelineItem = { kind: 'pending', key: entry.clientMessageId, own: true, entry };
    entries.set(entry, item);
    return item;
  }

  return (timeline, pending) => {
    const confirmed = [...timeline.window, ...confirmedAhead(timeline, userId)].map(itemOf);
    if (pending.length === 0) return confirmed;
    const own = new Set<string>();
    for (const message of [...timeline.window, ...timeline.strays.values()]) {
      if (message.author.id === userId) own.add(message.clientMessageId);
    }
    return [...confirmed, ...pending.filter((entry) => !own.has(entry.clientMessageId)).map(pendingItem)];
  };
}
