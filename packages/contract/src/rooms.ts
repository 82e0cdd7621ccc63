// Decides the bodies of the room endpoints: rooms, membership, read pointer, typing.
import { z } from 'zod';
import { Id, PlainText, Sequence, Time, pageOf } from './ids.ts';
import { UserSummary } from './identity.ts';

/** Roles inside one room: the owner may rename it, remove members and delete others' messages. */
export const RoomRole = z.enum(['owner', 'member']);
/** See {@link RoomRole}. */
export type RoomRole = z.infer<typeof RoomRole>;

/** The caller's own standing in a room. Everything up to `readSeq` has been read. */
export const Membership = z.object({ role: RoomRole, readSeq: Sequence, joinedAt: Time });
/** See {@link Membership}. */
export type Membership = z.infer<typeof Membership>;

/**
 * A room as the caller sees it. `lastSeq` is the number of the newest message; `unread` is
 * `lastSeq - membership.readSeq`, 0 for somebody who is no member. `channel` is what to subscribe to.
 */
export const Room = z.object({
  id: Id,
  name: z.string(),
  topic: z.string(),
  isPrivate: z.boolean(),
  channel: z.string(),
  lastSeq: Sequence,
  memberCount: z.number().int(),
  membership: Membership.nullable(),
  unread: z.number().int().min(0),
  createdAt: Time,
});
/** See {@link Room}. */
export type Room = z.infer<typeof Room>;

/** A page of rooms. */
export const RoomPage = pageOf(Room);
/** See {@link RoomPage}. */
export type RoomPage = z.infer<typeof RoomPage>;

const RoomName = PlainText.trim().min(1).max(80);
const Topic = PlainText.trim().max(500);

/** Makes a room; the caller becomes its owner. */
export const RoomCreate = z.strictObject({
  name: RoomName,
  topic: Topic.default(''),
  isPrivate: z.boolean().default(false),
});
/** See {@link RoomCreate}. */
export type RoomCreate = z.input<typeof RoomCreate>;

/** Changes a room; what is absent stays. */
export const RoomPatch = z.strictObject({ name: RoomName.optional(), topic: Topic.optional() });
/** See {@link RoomPatch}. */
export type RoomPatch = z.input<typeof RoomPatch>;

/** A member of a room. */
export const Member = UserSummary.extend({ role: RoomRole, joinedAt: Time });
/** See {@link Member}. */
export type Member = z.infer<typeof Member>;

/** A page of members. */
export const MemberPage = pageOf(Member);
/** See {@link MemberPage}. */
export type MemberPage = z.infer<typeof MemberPage>;

/** Adds a person to a room. */
export const MemberAdd = z.strictObject({ role: RoomRole.default('member') });
/** See {@link MemberAdd}. */
export type MemberAdd = z.input<typeof MemberAdd>;

/** Moves the read pointer forward; a lower number than the present one changes nothing. */
export const ReadPointer = z.strictObject({ seq: Sequence });
/** See {@link ReadPointer}. */
export type ReadPointer = z.infer<typeof ReadPointer>;

/** Says that the caller types, or stopped. Never stored. */
export const Typing = z.strictObject({ state: z.enum(['start', 'stop']) });
/** See {@link Typing}. */
export type Typing = z.infer<typeof Typing>;
