// Decides who may do what in the identity domain; pure.
import { ROLES, type Role } from '@parley/contract';

/** Whether the first role includes the second. */
export const isAtLeast = (role: Role, other: Role): boolean => ROLES.indexOf(role) <= ROLES.indexOf(other);

/** What an invitation would give, and how the inviting person stands to its room. */
export interface WantedInvitation {
  role: Role;
  /** The inviting person's standing in the room of the invitation; null without a room. */
  room: { isOwner: boolean } | null;
}

/**
 * Whether a person may invite: administrators and managers anyone up to their own role, everybody else plain members
 * into a room that they own.
 */
export function mayInvite(role: Role, wanted: WantedInvitation): boolean {
  if (isAtLeast(role, 'manager')) return isAtLeast(role, wanted.role);
  return wanted.role === 'member' && wanted.room?.isOwner === true;
}

/** Whether a person may change the roles of others. */
export const mayChangeRoles = (role: Role): boolean => role === 'admin';
