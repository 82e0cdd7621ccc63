// Decides what a component learns of a room's members.
import type { Members, RoomHandle } from '@parley/client';
import { useEffect } from 'react';
import { useRoom } from './use-room.ts';
import { useStore } from './use-store.ts';

/** The members of a room; fetched when the component is mounted, then kept in step. `reload` fetches them anew. */
export function useMembers(roomId: string): { members: Members; reload: RoomHandle['loadMembers'] } {
  const room = useRoom(roomId);
  useEffect(() => {
    // A failure is in the store already.
    void room.loadMembers();
  }, [room]);
  return { members: useStore(room.members), reload: room.loadMembers };
}
