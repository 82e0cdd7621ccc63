// Decides what a component learns of typing in a room.
import type { RoomHandle } from '@parley/client';
import type { UserSummary } from '@parley/contract';
import { useRoom } from './use-room.ts';
import { useStore } from './use-store.ts';

/** What {@link useTyping} returns. */
export interface UseTyping {
  /** Who types, without ourselves, in the order in which they began. */
  typers: readonly UserSummary[];
  keystroke: RoomHandle['keystroke'];
  stop: RoomHandle['stopTyping'];
}

/** Who types in a room, and the way to say that we do. */
export function useTyping(roomId: string): UseTyping {
  const room = useRoom(roomId);
  return { typers: useStore(room.typers), keystroke: room.keystroke, stop: room.stopTyping };
}
