// Decides how long a room stays live for a component: as long as it is mounted.
import type { RoomHandle } from '@parley/client';
import { useEffect } from 'react';
import { useParley } from './parley-provider.ts';
import { useStore } from './use-store.ts';

/** The handle of a room, which is live while the component is mounted. Several components share one subscription. */
export function useRoom(roomId: string): RoomHandle {
  const parley = useParley();
  // Another person has other handles.
  useStore(parley.session.state);
  const room = parley.room(roomId);
  useEffect(() => room.open(), [room]);
  return room;
}
