// Decides how an item of the client's timeline becomes a message to show.
import type { TimelineItem } from '@parley/client';
import type { UserSummary } from '@parley/contract';
import type { Delivery, ShownMessage } from './shown-message.ts';

/**
 * Makes the function that turns items into messages to show. An unchanged item keeps its object.
 *
 * @param self who is signed in: the author of what is on its way
 */
export function createShownItems(self: UserSummary): (items: readonly TimelineItem[]) => ShownMessage[] {
  const known = new WeakMap<TimelineItem, ShownMessage>();
  return (items) =>
    items.map((item) => {
      const before = known.get(item);
      if (before !== undefined) return before;
      const shown = shownItem(item, self);
      known.set(item, shown);
      return shown;
    });
}

function shownItem(item: TimelineItem, self: UserSummary): ShownMessage {
  if (item.kind === 'pending') {
    const { clientMessageId, text, order, state } = item.entry;
    const delivery: Delivery =
      state.name === 'failed' ? { state: 'failed', reason: state.failure } : { state: 'pending' };
    return {
      key: item.key,
      clientMessageId,
      id: undefined,
      seq: undefined,
      author: self,
      text,
      createdAt: new Date(order).toISOString(),
      isEdited: false,
      isDeleted: false,
      delivery,
    };
  }
  const { message } = item;
  return {
    key: item.key,
    clientMessageId: message.clientMessageId,
    id: message.id,
    seq: message.seq,
    author: message.author,
    text: message.text,
    createdAt: message.createdAt,
    isEdited: message.editedAt !== null && message.deletedAt === null,
    isDeleted: message.deletedAt !== null,
    delivery: { state: 'sent' },
  };
}
