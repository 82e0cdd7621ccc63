// Decides who may do what in a room; the same answers serve the endpoints and the subscription tokens.
import { hasRight, type RightsHolder, type RoomRole } from '@parley/contract';

/** What the policies look at: the caller's rights in the installation, their role in the room, and what the room is. */
export interface Standing {
  who: RightsHolder;
  /** null for somebody who is no member. */
  roomRole: RoomRole | null;
  isPrivate: boolean;
}

/** Why a door stays shut: who may not even know the room gets `not_found`. */
export type RoomRefusal = 'not_found' | 'auth.forbidden';

/** Whether the room exists for this person: public ones for everybody signed in, private ones for members. */
export const maySeeRoom = (standing: Standing): boolean => !standing.isPrivate || standing.roomRole !== null;

/** Whether the person may come in alone. Members are in already, and coming in again is no offence. */
export const mayJoinRoom = (standing: Standing): boolean => maySeeRoom(standing);

/** Whether the person may read messages, members, presence and history, and subscribe to the channel. */
export const mayReadRoom = (standing: Standing): boolean => standing.roomRole !== null;

/** Whether the person may send messages, type and move a read pointer. */
export const mayPostInRoom = (standing: Standing): boolean => standing.roomRole !== null;

/** Whether the person may rename the room or change its topic. */
export const mayChangeRoom = (standing: Standing): boolean =>
  standing.roomRole === 'owner' || (hasRight(standing.who, 'rooms:moderate') && maySeeRoom(standing));

/**
 * Whether the person may add and remove members: owners, and who has the right to do so even in rooms that they cannot
 * see. Everybody in the room is told of it.
 */
export const mayManageMembers = (standing: Standing): boolean =>
  standing.roomRole === 'owner' || hasRight(standing.who, 'members:manage');

/** Whether the person may make somebody an owner, or an owner a member. */
export const mayAppointOwners = (standing: Standing): boolean =>
  standing.roomRole === 'owner' || hasRight(standing.who, 'rooms:moderate');

/** Which refusal a person with this standing gets. */
export const refusalFor = (standing: Standing): RoomRefusal => (maySeeRoom(standing) ? 'auth.forbidden' : 'not_found');
