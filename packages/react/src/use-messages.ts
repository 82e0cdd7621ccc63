// Decides what a component learns of a room's messages.
import type { RoomHandle, RoomView } from '@parley/client';
import { useRoom } from './use-room.ts';
import { useStore } from './use-store.ts';

/** What {@link useMessages} returns; the functions are stable references for one room. */
export interface UseMessages extends Omit<RoomView, 'items'> {
  /** Confirmed and pending messages in reading order. */
  messages: RoomView['items'];
  send: RoomHandle['send'];
  retry: RoomHandle['retry'];
  discard: RoomHandle['discard'];
  edit: RoomHandle['edit'];
  remove: RoomHandle['remove'];
  loadOlder: RoomHandle['loadOlder'];
  loadNewer: RoomHandle['loadNewer'];
  loadAround: RoomHandle['loadAround'];
  loadNewest: RoomHandle['loadNewest'];
  markRead: RoomHandle['markRead'];
}

/** The messages of a room, live while the component is mounted. */
export function useMessages(roomId: string): UseMessages {
  const room = useRoom(roomId);
  const { items, ...view } = useStore(room.view);
  return {
    ...view,
    messages: items,
    send: room.send,
    retry: room.retry,
    discard: room.discard,
    edit: room.edit,
    remove: room.remove,
    loadOlder: room.loadOlder,
    loadNewer: room.loadNewer,
    loadAround: room.loadAround,
    loadNewest: room.loadNewest,
    markRead: room.markRead,
  };
}
