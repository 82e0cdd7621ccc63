// Decides the path, method and body of every endpoint that the client knows.
import type {
  Changes,
  Invitation,
  InvitationCreate,
  InvitationLookup,
  InvitationOffer,
  Member,
  MemberAdd,
  MemberPage,
  Message,
  MessageEdit,
  MessagePage,
  MessageQuery,
  PublicConfig,
  ReadPointer,
  Role,
  Room,
  RoomCreate,
  RoomPage,
  RoomPatch,
  Typing,
  User,
  UserPage,
} from '@parley/contract';
import { createAccountEndpoints } from './account-endpoints.ts';
import type { AccountEndpoints } from './account-endpoints.ts';
import { createAdminEndpoints } from './admin-endpoints.ts';
import type { AdminEndpoints } from './admin-endpoints.ts';
import type { CallOptions, PageQuery } from './call-options.ts';
import { createEntryEndpoints } from './entry-endpoints.ts';
import type { EntryEndpoints } from './entry-endpoints.ts';
import type { Http } from './http.ts';
import type { Outcome } from './problem.ts';

/** Every endpoint of the API as a function. Each resolves to an outcome; it rejects only when its signal aborts. */
export interface Endpoints {
  config(options?: CallOptions): Promise<Outcome<PublicConfig>>;
  me(options?: CallOptions): Promise<Outcome<User>>;
  users(query?: PageQuery, options?: CallOptions): Promise<Outcome<UserPage>>;
  changeRole(userId: string, role: Role, options?: CallOptions): Promise<Outcome<User>>;
  invite(body: InvitationCreate, options?: CallOptions): Promise<Outcome<Invitation>>;
  lookUpInvitation(body: InvitationLookup, options?: CallOptions): Promise<Outcome<InvitationOffer>>;
  /** `mine`: the rooms one is a member of, by activity; `public`: those that anybody may join. */
  rooms(scope: 'mine' | 'public', query?: PageQuery, options?: CallOptions): Promise<Outcome<RoomPage>>;
  room(roomId: string, options?: CallOptions): Promise<Outcome<Room>>;
  createRoom(body: RoomCreate, options?: CallOptions): Promise<Outcome<Room>>;
  changeRoom(roomId: string, body: RoomPatch, options?: CallOptions): Promise<Outcome<Room>>;
  joinRoom(roomId: string, options?: CallOptions): Promise<Outcome<Room>>;
  leaveRoom(roomId: string, options?: CallOptions): Promise<Outcome<undefined>>;
  members(roomId: string, query?: PageQuery, options?: CallOptions): Promise<Outcome<MemberPage>>;
  addMember(ids: { roomId: string; userId: string }, body: MemberAdd, options?: CallOptions): Promise<Outcome<Member>>;
  removeMember(ids: { roomId: string; userId: string }, options?: CallOptions): Promise<Outcome<undefined>>;
  messages(roomId: string, query: MessageQuery, options?: CallOptions): Promise<Outcome<MessagePage>>;
  changes(roomId: string, query: { since: number; limit: number }, options?: CallOptions): Promise<Outcome<Changes>>;
  editMessage(ids: MessageIds, body: MessageEdit, options?: CallOptions): Promise<Outcome<Message>>;
  deleteMessage(ids: MessageIds, options?: CallOptions): Promise<Outcome<Message>>;
  moveReadPointer(roomId: string, body: ReadPointer, options?: CallOptions): Promise<Outcome<unknown>>;
  typing(roomId: string, body: Typing, options?: CallOptions): Promise<Outcome<undefined>>;
  readonly entry: EntryEndpoints;
  readonly account: AccountEndpoints;
  readonly admin: AdminEndpoints;
}

/** Names one message. */
export interface MessageIds {
  roomId: string;
  messageId: string;
}

const id = encodeURIComponent;

/** @param newId makes an idempotency key that nobody else makes */
export function createEndpoints(http: Http, newId: () => string): Endpoints {
  const get = <T>(path: string, query: object, options?: CallOptions): Promise<Outcome<T>> =>
    http.request<T>({ method: 'GET', path, query: { ...query }, signal: options?.signal });
  const send = <T>(call: readonly ['PUT' | 'PATCH' | 'DELETE', string], body: unknown, options?: CallOptions) =>
    http.request<T>({ method: call[0], path: call[1], body, signal: options?.signal });
  const post = <T>(path: string, body: unknown, options?: CallOptions): Promise<Outcome<T>> =>
    http.request<T>({ method: 'POST', path, body, signal: options?.signal });
  // These make something: a repeat, after an answer was lost, must not make it twice.
  const make = <T>(path: string, body: unknown, options?: CallOptions): Promise<Outcome<T>> =>
    http.request<T>({ method: 'POST', path, body, signal: options?.signal, idempotencyKey: newId() });

  return {
    config: (options) => get('/v1/config', {}, options),
    me: (options) => get('/v1/me', {}, options),
    users: (query, options) => get('/v1/users', { ...query }, options),
    changeRole: (userId, role, options) => send(['PATCH', `/v1/users/${id(userId)}`], { role }, options),
    invite: (body, options) => make('/v1/invitations', body, options),
    lookUpInvitation: (body, options) => post('/v1/invitations/lookup', body, options),
    rooms: (scope, query, options) =>
      get('/v1/rooms', scope === 'public' ? { ...query, scope } : { ...query }, options),
    room: (roomId, options) => get(`/v1/rooms/${id(roomId)}`, {}, options),
    createRoom: (body, options) => make('/v1/rooms', body, options),
    changeRoom: (roomId, body, options) => send(['PATCH', `/v1/rooms/${id(roomId)}`], body, options),
    joinRoom: (roomId, options) => post(`/v1/rooms/${id(roomId)}/join`, {}, options),
    leaveRoom: (roomId, options) => post(`/v1/rooms/${id(roomId)}/leave`, {}, options),
    members: (roomId, query, options) => get(`/v1/rooms/${id(roomId)}/members`, { ...query }, options),
    addMember: ({ roomId, userId }, body, options) =>
      send(['PUT', `/v1/rooms/${id(roomId)}/members/${id(userId)}`], body, options),
    removeMember: ({ roomId, userId }, options) =>
      send(['DELETE', `/v1/rooms/${id(roomId)}/members/${id(userId)}`], undefined, options),
    messages: (roomId, query, options) => get(`/v1/rooms/${id(roomId)}/messages`, query, options),
    changes: (roomId, query, options) => get(`/v1/rooms/${id(roomId)}/changes`, query, options),
    editMessage: ({ roomId, messageId }, body, options) =>
      send(['PATCH', `/v1/rooms/${id(roomId)}/messages/${id(messageId)}`], body, options),
    deleteMessage: ({ roomId, messageId }, options) =>
      send(['DELETE', `/v1/rooms/${id(roomId)}/messages/${id(messageId)}`], undefined, options),
    moveReadPointer: (roomId, body, options) => send(['PUT', `/v1/rooms/${id(roomId)}/read`], body, options),
    typing: (roomId, body, options) => post(`/v1/rooms/${id(roomId)}/typing`, body, options),
    entry: createEntryEndpoints(http),
    account: createAccountEndpoints(http),
    admin: createAdminEndpoints(http),
  };
}
