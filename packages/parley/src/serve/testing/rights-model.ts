// Decides what every caller is expected to be answered: a small model, written apart from the tables that it checks.

/** The roles, and how somebody stands to a room. */
export const ROLES = ['admin', 'manager', 'member'] as const;
/** See {@link ROLES}. */
export type ModelRole = (typeof ROLES)[number];
/** How somebody stands to a room. */
export const RELATIONS = ['owner', 'member', 'none'] as const;

/** Who asks about what. `scopes` is null for a session. */
export interface Situation {
  role: ModelRole;
  relation: (typeof RELATIONS)[number];
  isPrivate: boolean;
  scopes: readonly string[] | null;
}

const MEMBER = [
  'account:read',
  'users:read',
  'invitations:create',
  'rooms:read',
  'rooms:write',
  'messages:write',
  'realtime:connect',
];
const MANAGER = [...MEMBER, 'invitations:anyone', 'members:manage'];

/** What a key of somebody with this role may have. */
export const GRANTABLE: Record<ModelRole, readonly string[]> = {
  member: MEMBER,
  manager: MANAGER,
  admin: [...MANAGER, 'rooms:moderate', 'audit:read'],
};

const PERSONAL: Record<ModelRole, readonly string[]> = {
  member: ['account:manage'],
  manager: ['account:manage'],
  admin: ['account:manage', 'users:manage', 'mail:read'],
};

/** Whether somebody has a right. */
export function has({ role, scopes }: Situation, right: string): boolean {
  const ofRole = [...GRANTABLE[role], ...PERSONAL[role]].includes(right);
  return ofRole && (scopes === null || scopes.includes(right));
}

const isIn = ({ relation }: Situation): boolean => relation !== 'none';
const sees = (s: Situation): boolean => !s.isPrivate || isIn(s);
const hidden = (s: Situation): number => (sees(s) ? 403 : 404);
const manages = (s: Situation): boolean => s.relation === 'owner' || has(s, 'members:manage');
const appoints = (s: Situation): boolean => s.relation === 'owner' || has(s, 'rooms:moderate');
const moderates = (s: Situation): boolean => s.relation === 'owner' || (has(s, 'rooms:moderate') && sees(s));

/** One question about a room: the right at the door, the rights that it may turn on inside, and the expected status. */
export interface Question {
  request: string;
  body?: object;
  door: string;
  inside?: readonly string[];
  expect(situation: Situation): number;
}

/** `R` is the room, `G` a member, `F` a message of somebody else; see the test. */
export const ROOM_QUESTIONS: readonly Question[] = [
  { request: 'GET /v1/rooms/R', door: 'rooms:read', expect: (s) => (sees(s) ? 200 : 404) },
  {
    request: 'PATCH /v1/rooms/R',
    body: { topic: 'new' },
    door: 'rooms:write',
    inside: ['rooms:moderate'],
    expect: (s) => (moderates(s) ? 200 : hidden(s)),
  },
  { request: 'GET /v1/rooms/R/members', door: 'rooms:read', expect: (s) => (isIn(s) ? 200 : hidden(s)) },
  { request: 'GET /v1/rooms/R/messages', door: 'rooms:read', expect: (s) => (isIn(s) ? 200 : hidden(s)) },
  { request: 'GET /v1/rooms/R/changes', door: 'rooms:read', expect: (s) => (isIn(s) ? 200 : hidden(s)) },
  {
    request: 'POST /v1/rooms/R/messages',
    body: { text: 'x' },
    door: 'messages:write',
    expect: (s) => (isIn(s) ? 201 : hidden(s)),
  },
  {
    request: 'PATCH /v1/rooms/R/messages/F',
    body: { text: 'y' },
    door: 'messages:write',
    inside: ['rooms:moderate'],
    expect: hidden,
  },
  {
    request: 'DELETE /v1/rooms/R/messages/F',
    door: 'messages:write',
    inside: ['rooms:moderate'],
    expect: (s) => (moderates(s) ? 200 : hidden(s)),
  },
  {
    request: 'PUT /v1/rooms/R/read',
    body: { seq: 1 },
    door: 'messages:write',
    expect: (s) => (isIn(s) ? 200 : hidden(s)),
  },
  {
    request: 'POST /v1/rooms/R/typing',
    body: { state: 'start' },
    door: 'messages:write',
    expect: (s) => (isIn(s) ? 204 : hidden(s)),
  },
  {
    request: 'PUT /v1/rooms/R/members/N',
    body: {},
    door: 'rooms:write',
    inside: ['members:manage', 'rooms:moderate'],
    expect: (s) => (manages(s) ? 200 : hidden(s)),
  },
  {
    request: 'PUT /v1/rooms/R/members/G',
    body: { role: 'owner' },
    door: 'rooms:write',
    inside: ['members:manage', 'rooms:moderate'],
    expect(s) {
      if (!manages(s)) return hidden(s);
      return appoints(s) ? 200 : 403;
    },
  },
  {
    request: 'DELETE /v1/rooms/R/members/N',
    door: 'rooms:write',
    inside: ['members:manage'],
    expect: (s) => (manages(s) ? 204 : hidden(s)),
  },
  {
    request: 'POST /v1/rooms/R/join',
    door: 'rooms:write',
    inside: ['members:manage'],
    expect: (s) => (sees(s) ? 200 : 404),
  },
  {
    request: 'POST /v1/rooms/R/leave',
    door: 'rooms:write',
    inside: ['members:manage'],
    expect: (s) => (isIn(s) ? 204 : hidden(s)),
  },
  {
    request: 'POST /v1/realtime/subscription-token',
    body: { channel: 'chat:R' },
    door: 'realtime:connect',
    inside: ['rooms:read'],
    expect: (s) => (isIn(s) && has(s, 'rooms:read') ? 200 : 404),
  },
  {
    request: 'POST /v1/invitations',
    body: { roomId: 'R' },
    door: 'invitations:create',
    inside: ['invitations:anyone', 'members:manage'],
    expect(s) {
      if (!sees(s) && !has(s, 'members:manage')) return 404;
      return s.relation === 'owner' || has(s, 'invitations:anyone') ? 201 : 403;
    },
  },
];

/** Questions that are about no room. `U` is another person. */
export const HOUSE_QUESTIONS: readonly Question[] = [
  { request: 'GET /v1/me', door: 'account:read', expect: () => 200 },
  { request: 'GET /v1/me/rights', door: 'account:read', expect: () => 200 },
  { request: 'GET /v1/me/api-keys', door: 'account:manage', expect: () => 200 },
  { request: 'GET /v1/users', door: 'users:read', expect: () => 200 },
  { request: 'PATCH /v1/users/U', body: { role: 'member' }, door: 'users:manage', expect: () => 200 },
  { request: 'GET /v1/admin/users', door: 'users:manage', expect: () => 200 },
  { request: 'PATCH /v1/admin/users/U', body: { disabled: false }, door: 'users:manage', expect: () => 200 },
  { request: 'POST /v1/admin/users/U/unlock', door: 'users:manage', expect: () => 204 },
  { request: 'POST /v1/admin/users/U/reset-factors', door: 'users:manage', expect: () => 204 },
  { request: 'POST /v1/admin/users/U/reset-link', door: 'users:manage', expect: () => 200 },
  { request: 'GET /v1/admin/audit', door: 'audit:read', expect: () => 200 },
  { request: 'GET /v1/admin/mails', door: 'mail:read', expect: () => 200 },
  { request: 'GET /v1/rooms', door: 'rooms:read', expect: () => 200 },
  { request: 'POST /v1/rooms', body: { name: 'New' }, door: 'rooms:write', expect: () => 201 },
  { request: 'GET /v1/realtime/connection-token', door: 'realtime:connect', expect: () => 200 },
  {
    request: 'POST /v1/invitations',
    body: {},
    door: 'invitations:create',
    inside: ['invitations:anyone'],
    expect: (s) => (has(s, 'invitations:anyone') ? 201 : 403),
  },
  {
    request: 'POST /v1/invitations',
    body: { role: 'manager' },
    door: 'invitations:create',
    inside: ['invitations:anyone'],
    expect: (s) => (s.scopes === null && s.role !== 'member' ? 201 : 403),
  },
  {
    request: 'POST /v1/invitations',
    body: { role: 'admin' },
    door: 'invitations:create',
    inside: ['invitations:anyone'],
    expect: (s) => (s.scopes === null && s.role === 'admin' ? 201 : 403),
  },
];

/** The status that a question gets in a situation. */
export const expected = (question: Question, situation: Situation): number =>
  has(situation, question.door) ? question.expect(situation) : 403;
