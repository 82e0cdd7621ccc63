// Decides which actions around a room are offered; the server decides whether they are allowed.
import type { Room, User } from '@parley/contract';

/** What a person is offered in a room. */
export type RoomMay = { invite: boolean; rename: boolean; manage: boolean; moderate: boolean };

/** Owners get everything in their room; administrators everywhere; managers may bring people in. */
export function roomMay(room: Pick<Room, 'membership'>, user: Pick<User, 'role'>): RoomMay {
  const isOwner = room.membership?.role === 'owner';
  const isAdmin = user.role === 'admin';
  const invite = isOwner || isAdmin || user.role === 'manager';
  return { invite, rename: isOwner || isAdmin, manage: invite, moderate: isOwner || isAdmin };
}
