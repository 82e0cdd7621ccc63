// Decides what it means to become a member: the row, where reading starts, and who is told.
import type { UserSummary } from '@parley/contract';
import type { Transaction } from 'kysely';
import type { MembershipRow, RoomRow, Tables } from '../../db/schema.ts';
import { newId } from '../../ids.ts';
import { memberJoined, roomJoined, type Origin } from '../../outbox/event.ts';
import { record } from '../../outbox/outbox.ts';
import { presentMember, presentRoom } from './present.ts';
import { countMembers, findMember, findPerson, insertMembership, lockRoom } from './store.ts';

/** Somebody who comes into a room, and how. */
export interface Entry {
  person: UserSummary;
  role: 'owner' | 'member';
  origin: Origin;
}

/**
 * Makes a person a member of a room that this transaction has locked. What was written before they came counts as
 * read.
 */
export async function enterRoom(query: Transaction<Tables>, room: RoomRow, entry: Entry): Promise<MembershipRow> {
  const { person, role, origin } = entry;
  const membership = await insertMembership(query, {
    id: newId(origin.now),
    room_id: room.id,
    user_id: person.id,
    role,
    read_seq: room.last_seq,
    joined_at: origin.now,
  });
  const { membership: _own, unread: _unread, ...told } = presentRoom(room, null, await countMembers(query, room.id));
  await record(query, [
    memberJoined(room.id, presentMember({ ...membership, name: person.name }), origin),
    roomJoined(person.id, told, origin),
  ]);
  return membership;
}

/**
 * Makes a person who has just registered a member of the room of their invitation, in the transaction of the
 * registration. Does nothing when they are one or the room is gone. Wake the relay after the commit.
 */
export async function enterByInvitation(
  query: Transaction<Tables>,
  about: { userId: string; roomId: string; now: number },
): Promise<void> {
  const room = await lockRoom(query, about.roomId);
  const person = await findPerson(query, about.userId);
  if (room === undefined || person === undefined) return;
  if ((await findMember(query, room.id, person.id)) !== undefined) return;
  await enterRoom(query, room, { person, role: 'member', origin: { actor: person, now: about.now } });
}
