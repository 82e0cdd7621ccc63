// Decides the payload of every event that reaches a channel.
import { z } from 'zod';
import { Id, Sequence, Time } from './ids.ts';
import { UserSummary } from './identity.ts';
import { Message } from './messages.ts';
import { Member, Room } from './rooms.ts';

const envelope = { id: Id, time: Time, actor: UserSummary.nullable() };
/** Events with `seq` are durable: the number is the room's gapless revision, so a receiver can see a gap. */
const durable = { ...envelope, seq: Sequence };

/**
 * Events on a room's channel, `chat:{roomId}`. The three message events carry `seq`, the room's revision; the others
 * are hints whose loss a refetch mends. `typing` is never stored and never in the history.
 */
export const RoomEvent = z.discriminatedUnion('type', [
  z.object({ ...durable, type: z.literal('message.created'), data: z.object({ message: Message }) }),
  z.object({ ...durable, type: z.literal('message.edited'), data: z.object({ message: Message }) }),
  z.object({ ...durable, type: z.literal('message.deleted'), data: z.object({ message: Message }) }),
  z.object({ ...envelope, type: z.literal('member.joined'), data: z.object({ member: Member }) }),
  z.object({ ...envelope, type: z.literal('member.left'), data: z.object({ userId: Id }) }),
  z.object({
    ...envelope,
    type: z.literal('room.updated'),
    data: z.object({ roomId: Id, name: z.string(), topic: z.string() }),
  }),
  z.object({
    ...envelope,
    type: z.literal('typing'),
    data: z.object({ user: UserSummary, state: z.enum(['start', 'stop']) }),
  }),
]);
/** See {@link RoomEvent}. */
export type RoomEvent = z.infer<typeof RoomEvent>;

/**
 * Events on a person's own channel, `user:{id}`: thin signals with absolute values, so that a lost or doubled one
 * does no harm. `room.advanced` says how far a room has come; `read.advanced` that another device has read.
 */
export const UserEvent = z.discriminatedUnion('type', [
  z.object({
    ...envelope,
    type: z.literal('room.advanced'),
    data: z.object({ roomId: Id, lastSeq: Sequence, authorId: Id.nullable() }),
  }),
  z.object({
    ...envelope,
    type: z.literal('room.joined'),
    data: z.object({ room: Room.omit({ membership: true, unread: true }) }),
  }),
  z.object({ ...envelope, type: z.literal('room.left'), data: z.object({ roomId: Id }) }),
  z.object({ ...envelope, type: z.literal('read.advanced'), data: z.object({ roomId: Id, readSeq: Sequence }) }),
]);
/** See {@link UserEvent}. */
export type UserEvent = z.infer<typeof UserEvent>;
