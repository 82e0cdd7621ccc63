// Decides who may do what in the identity domain; pure.
import { RIGHTS, ROLES, hasRight, type Right, type RightsHolder, type Role } from '@parley/contract';

/** Whether the first role includes the second. */
export const isAtLeast = (role: Role, other: Role): boolean => ROLES.indexOf(role) <= ROLES.indexOf(other);

/** What an invitation would give, and how the inviting person stands to its room. */
export interface WantedInvitation {
  role: Role;
  /** The inviting person's standing in the room of the invitation; null without a room. */
  room: { isOwner: boolean } | null;
}

/**
 * Whether somebody may invite: who may invite anyone up to their own role, everybody else plain members into a room
 * that they own. A key of a program makes plain members only, so that no account comes out of it that could do more.
 */
export function mayInvite(who: RightsHolder, wanted: WantedInvitation): boolean {
  if (who.scopes !== null && wanted.role !== 'member') return false;
  if (hasRight(who, 'invitations:anyone')) return isAtLeast(who.role, wanted.role);
  return hasRight(who, 'invitations:create') && wanted.role === 'member' && wanted.room?.isOwner === true;
}

/** Whether a room may be named in an invitation: those that one sees, and all for who manages members anywhere. */
export const mayNameRoom = (who: RightsHolder, room: { isPrivate: boolean; isMember: boolean }): boolean =>
  !room.isPrivate || room.isMember || hasRight(who, 'members:manage');

/** Whether a key with these scopes may be made: each has to be a right that keys may have and that its maker has. */
export const mayGrant = (maker: RightsHolder, scopes: readonly Right[]): boolean =>
  scopes.every((scope) => RIGHTS[scope].grantable && hasRight(maker, scope));
