// Decides the order of the room list, what a search for a room finds, and how much is unread altogether.
import type { Room } from '@parley/contract';

/** What the list needs of a room. `activityAt` is when it was last written in, RFC 3339, if that is known. */
export type ListedRoom = Pick<Room, 'id' | 'name' | 'unread'>;

/** Rooms whose name holds every word of the search, those whose name begins with it first; the order stays else. */
export function findRooms<T extends ListedRoom>(rooms: readonly T[], search: string): T[] {
  const words = fold(search)
    .split(/\s+/u)
    .filter((word) => word !== '');
  const whole = words.join(' ');
  const found = rooms.filter((room) => words.every((word) => fold(room.name).includes(word)));
  const begins = (room: T): boolean => fold(room.name).startsWith(whole);
  return [...found.filter(begins), ...found.filter((room) => !begins(room))];
}

/** Lower case without accents, so that `cafe` finds `Café`. */
function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase('en');
}

/** The room that Alt+↑ or Alt+↓ leads to; the list is a ring. Undefined for an empty list. */
export function neighbourRoom<T extends ListedRoom>(
  rooms: readonly T[],
  currentId: string | undefined,
  step: 1 | -1,
): T | undefined {
  const at = rooms.findIndex((room) => room.id === currentId);
  if (at === -1) return step === 1 ? rooms[0] : rooms.at(-1);
  return rooms.at((at + step) % rooms.length);
}

/** The number of unread messages in all rooms. */
export function totalUnread(rooms: readonly Pick<Room, 'unread'>[]): number {
  return rooms.reduce((sum, room) => sum + room.unread, 0);
}
