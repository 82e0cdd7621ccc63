// Decides which role has which right: the one table that routes, channels and the documentation are made from.
// Types only: pages read this table in their first load, which has no room for the schemas.
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
  'account:read': { roles: everybody, grantable: true, allows: 'see one’s own account and rights' },
  'account:manage': {
    roles: everybody,
    grantable: false,
    allows: 'change one’s own password, sessions, factors, keys',
  },
  'users:read': { roles: everybody, grantable: true, allows: 'see the directory of people' },
  'users:manage': {
    roles: ['admin'],
    grantable: false,
    allows: 'change roles; disable, enable, unlock, sign out and rescue people',
  },
  'invitations:create': { roles: everybody, grantable: true, allows: 'invite members into rooms that one owns' },
  'invitations:anyone': {
    roles: ['admin', 'manager'],
    grantable: true,
    allows: 'invite without a room, and into rooms of others, up to one’s own role; a key invites members only',
  },
  'rooms:read': { roles: everybody, grantable: true, allows: 'read rooms, members and messages that one may see' },
  'rooms:write': {
    roles: everybody,
    grantable: true,
    allows: 'make, join and leave rooms; change those that one owns',
  },
  'rooms:moderate': {
    roles: ['admin'],
    grantable: true,
    allows: 'change rooms that one sees, delete messages of others in them, appoint owners anywhere',
  },
  'members:manage': {
    roles: ['admin', 'manager'],
    grantable: true,
    allows: 'add and remove members of every room; everybody in it is told',
  },
  'messages:write': {
    roles: everybody,
    grantable: true,
    allows: 'write, edit and delete one’s own messages, show that one types or has read',
  },
  'realtime:connect': { roles: everybody, grantable: true, allows: 'connect to realtime and subscribe to channels' },
  'audit:read': { roles: ['admin'], grantable: true, allows: 'read and export the audit log' },
  'mail:read': { roles: ['admin'], grantable: false, allows: 'read mails that could not be sent' },
} as const satisfies Record<string, RightRow>;

/** The name of a right; as a scope of a token it is written the same. */
export type Right = keyof typeof RIGHTS;

/** All rights, in the order of the table. */
export const RIGHT_NAMES = Object.keys(RIGHTS) as Right[];

/** Whose rights are asked for: `scopes` narrows what the role has, for programs; null for people, who have it all. */
export interface RightsHolder {
  role: Role;
  scopes: readonly string[] | null;
}

/** Whether somebody may do something. */
export function hasRight(who: RightsHolder, right: Right): boolean {
  const roles: readonly Role[] = RIGHTS[right].roles;
  return roles.includes(who.role) && (who.scopes === null || who.scopes.includes(right));
}

/** All rights that somebody has, in the order of the table. */
export const rightsOf = (who: RightsHolder): Right[] => RIGHT_NAMES.filter((right) => hasRight(who, right));

/** What a kind of channel asks of somebody, and what the gateway then lets its subscribers do. */
export interface ChannelRow {
  /** All of these are needed for a token; whether it is this room or this person is decided by the api's policies. */
  rights: readonly Right[];
  /** What a subscriber may ask the gateway for. Nobody publishes from a client: what lasts goes through the api. */
  subscriber: { presence: boolean; history: boolean };
  /** Who gets in, for people. */
  admits: string;
}

/** The kinds of channel, by the name of their namespace. */
export const CHANNELS = {
  chat: {
    rights: ['realtime:connect', 'rooms:read'],
    subscriber: { presence: true, history: false },
    admits: 'members of the room, by a token that dies with the membership',
  },
  user: {
    rights: ['realtime:connect', 'rooms:read'],
    subscriber: { presence: false, history: false },
    admits: 'the person alone; the server subscribes them at connect',
  },
  app: {
    rights: [],
    subscriber: { presence: true, history: true },
    admits: 'whom the operator’s own application signs a token for; roles do not matter',
  },
} as const satisfies Record<string, ChannelRow>;

/** The name of a kind of channel. */
export type ChannelKind = keyof typeof CHANNELS;

/** Whether somebody may have a token for channels of a kind at all. */
export const mayUseChannels = (who: RightsHolder, kind: ChannelKind): boolean =>
  CHANNELS[kind].rights.every((right) => hasRight(who, right));
