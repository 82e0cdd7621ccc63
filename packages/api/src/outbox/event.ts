// Decides how a fact becomes an event, and which stream it belongs to.
import type { Member, Message, Room, RoomEvent, UserEvent, UserSummary } from '@parley/contract';
import { newId } from '../ids.ts';
import { roomChannel, userChannel } from '../realtime/channels.ts';

/** An event with the stream in which it keeps its order. A stream is named like the channel that it reaches. */
export interface Announcement {
  stream: string;
  event: RoomEvent | UserEvent;
}

/** Who did it and when, in Unix milliseconds. `actor` is null when nobody did. */
export interface Origin {
  actor: UserSummary | null;
  now: number;
}

const envelope = (origin: Origin) => ({
  id: newId(origin.now),
  time: new Date(origin.now).toISOString(),
  actor: origin.actor,
});

/** How a room is told to somebody who has just come in. */
export type JoinedRoom = Omit<Room, 'membership' | 'unread'>;

/** A message was created, edited or deleted; `message` is its new state, and its revision numbers the event. */
export function messageEvent(
  type: 'message.created' | 'message.edited' | 'message.deleted',
  message: Message,
  origin: Origin,
): Announcement {
  const event = { ...envelope(origin), type, seq: message.revision, data: { message } };
  return { stream: roomChannel(message.roomId), event };
}

/** Somebody came into a room, or their role in it changed. */
export function memberJoined(roomId: string, member: Member, origin: Origin): Announcement {
  return { stream: roomChannel(roomId), event: { ...envelope(origin), type: 'member.joined', data: { member } } };
}

/** Somebody left a room or was removed from it. */
export function memberLeft(roomId: string, userId: string, origin: Origin): Announcement {
  return { stream: roomChannel(roomId), event: { ...envelope(origin), type: 'member.left', data: { userId } } };
}

/** A room has a new name or topic. */
export function roomUpdated(room: { id: string; name: string; topic: string }, origin: Origin): Announcement {
  const data = { roomId: room.id, name: room.name, topic: room.topic };
  return { stream: roomChannel(room.id), event: { ...envelope(origin), type: 'room.updated', data } };
}

/** Somebody types, or stopped. Not for the outbox: it is published at once or not at all. */
export function typingEvent(
  roomId: string,
  state: 'start' | 'stop',
  origin: Origin & { actor: UserSummary },
): Announcement {
  const data = { user: origin.actor, state };
  return { stream: roomChannel(roomId), event: { ...envelope(origin), type: 'typing', data } };
}

/** Tells a person's own devices of a room that is theirs now. */
export function roomJoined(userId: string, room: JoinedRoom, origin: Origin): Announcement {
  return { stream: userChannel(userId), event: { ...envelope(origin), type: 'room.joined', data: { room } } };
}

/** Tells a person's own devices that a room is no longer theirs. */
export function roomLeft(userId: string, roomId: string, origin: Origin): Announcement {
  return { stream: userChannel(userId), event: { ...envelope(origin), type: 'room.left', data: { roomId } } };
}

/** Tells a person's own devices how far the person has read. */
export function readAdvanced(userId: string, read: { roomId: string; readSeq: number }, origin: Origin): Announcement {
  return { stream: userChannel(userId), event: { ...envelope(origin), type: 'read.advanced', data: read } };
}
