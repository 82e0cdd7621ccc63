// Decides which role has which right: the one table that routes, channels and the documentation are made from.
import type { Role } from './identity.ts';

/** A right: its `roles` have it, and `grantable` says whether a key of a program may have it as a scope. */
export interface RightRow {
  roles: readonly Role[];
  grantable: boolean;
  /** What it allows, for people. */
  allows: string;
}

const everybody = ['admin', 'manager', 'member'] as const;

/** Every right. What a person may do in one room is decided by that room's policy on top of these. */
export const RIGHTS = {
  'account:manage': {
    roles: everybody,
    grantable: false,
    allows: 'change one’s own password, sessions, factors, keys',
  },
  'users:read': { roles: everybody, grantable: true, allows: 'see the directory of people' },
  'users:manage': { roles: ['admin'], grantable: false, allows: 'change roles, disable, enable and unlock people' },
  'invitations:create': { roles: everybody, grantable: true, allows: 'invite people, as far as the role reaches' },
  'rooms:read': { roles: everybody, grantable: true, allows: 'read rooms, members and messages' },
  'rooms:write': { roles: everybody, grantable: true, allows: 'make, join, change and leave rooms' },
  'messages:write': { roles: everybody, grantable: true, allows: 'write, edit and delete messages' },
  'realtime:connect': { roles: everybody, grantable: true, allows: 'connect to realtime and subscribe to channels' },
  'audit:read': { roles: ['admin'], grantable: true, allows: 'read and export the audit log' },
  'mail:read': { roles: ['admin'], grantable: false, allows: 'read mails that could not be sent' },
} as const satisfies Record<string, RightRow>;

/** The name of a right; as a scope of a token it is written the same. */
export type Right = keyof typeof RIGHTS;

/** All rights, in the order of the table. */
export const RIGHT_NAMES = Object.keys(RIGHTS) as Right[];

/**
 * Whether somebody may do something.
 *
 * @param who `scopes` narrows what the role has, for programs; null for people, who have all that their role has
 */
export function hasRight(who: { role: Role; scopes: readonly string[] | null }, right: Right): boolean {
  const roles: readonly Role[] = RIGHTS[right].roles;
  return roles.includes(who.role) && (who.scopes === null || who.scopes.includes(right));
}
