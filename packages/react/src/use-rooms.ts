// Decides what a component learns of the list of rooms.
import type { RoomList, Rooms } from '@parley/client';
import { useParley } from './parley-provider.ts';
import { useStore } from './use-store.ts';

/** The rooms one is a member of, with unread counts, and what can be done with the list. */
export function useRooms(): RoomList & Pick<Rooms, 'create' | 'join' | 'leave' | 'change' | 'refresh' | 'find'> {
  const parley = useParley();
  // Another person has another list.
  useStore(parley.session.state);
  const { rooms } = parley;
  const { list, create, join, leave, change, refresh, find } = rooms;
  return { ...useStore(list), create, join, leave, change, refresh, find };
}
