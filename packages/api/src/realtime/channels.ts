// Decides the names of channels; clients are told them and never build one.

/** What a channel belongs to. */
export type ChannelOwner = { kind: 'room'; roomId: string } | { kind: 'user'; userId: string };

const ROOM_PREFIX = 'chat:';
const USER_PREFIX = 'user:';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The channel of a room: message events, members, typing. */
export const roomChannel = (roomId: string): string => `${ROOM_PREFIX}${roomId}`;

/** The channel of one person: thin signals for all their devices; subscribed by the server at connect. */
export const userChannel = (userId: string): string => `${USER_PREFIX}${userId}`;

/**
 * Reads a channel's name.
 *
 * @returns undefined for a name that this api does not hand out; only canonical lower-case ids are names
 */
export function parseChannel(channel: string): ChannelOwner | undefined {
  const id = channel.slice(ROOM_PREFIX.length);
  if (!UUID.test(id)) return undefined;
  if (channel.startsWith(ROOM_PREFIX)) return { kind: 'room', roomId: id };
  if (channel.startsWith(USER_PREFIX)) return { kind: 'user', userId: id };
  return undefined;
}
