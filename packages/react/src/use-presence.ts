// Decides what a component learns of presence in a room.
import type { Presence } from '@parley/client';
import { useRoom } from './use-room.ts';
import { useStore } from './use-store.ts';

/** Who is in a room now; each person once. */
export function usePresence(roomId: string): Presence {
  return useStore(useRoom(roomId).presence);
}
