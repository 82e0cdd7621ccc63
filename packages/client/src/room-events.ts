// Decides which publications are events that this client understands; others are passed over.
import type { RoomEvent, UserEvent } from '@parley/contract';

const ROOM_EVENTS: Record<RoomEvent['type'], string> = {
  'message.created': 'message',
  'message.edited': 'message',
  'message.deleted': 'message',
  'member.joined': 'member',
  'member.left': 'userId',
  'room.updated': 'roomId',
  typing: 'user',
};

const USER_EVENTS: Record<UserEvent['type'], string> = {
  'room.advanced': 'roomId',
  'room.joined': 'room',
  'room.left': 'roomId',
  'read.advanced': 'roomId',
};

/** Checks the type, and that the part which the type is about is there. The server checked the rest before it sent. */
function isEvent(value: unknown, table: Readonly<Record<string, string>>): boolean {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('data' in value)) return false;
  const { type, data } = value;
  if (typeof type !== 'string' || !Object.hasOwn(table, type)) return false;
  const part = table[type];
  return part !== undefined && typeof data === 'object' && data !== null && part in data;
}

/** Whether a publication on a room's channel is an event of this version. */
export const isRoomEvent = (value: unknown): value is RoomEvent => isEvent(value, ROOM_EVENTS);

/** Whether a publication on a person's channel is an event of this version. */
export const isUserEvent = (value: unknown): value is UserEvent => isEvent(value, USER_EVENTS);
