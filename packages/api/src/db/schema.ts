// Decides the tables as the query layer sees them. Times are Unix milliseconds; flags are 0 or 1.
import type { Generated, Selectable } from 'kysely';
import type { IdentityTables } from './identity-tables.ts';

/** A person. `email_key` is the canonical form that is unique; `epoch` is the `uv` of their tokens. */
export interface UsersTable {
  id: string;
  email: string;
  email_key: string;
  name: string;
  role: 'admin' | 'manager' | 'member';
  password_hash: string;
  /** How `password_hash` is checked; `none` is an account without a password. */
  password_scheme: Generated<
    | 'argon2id'
    | 'argon2id-sha256'
    | 'argon2id-sha256-utf16le'
    | 'argon2id-sha256-latin1'
    | 'sha256'
    | 'sha256-utf16le'
    | 'sha256-latin1'
    | 'none'
  >;
  password_changed_at: Generated<number | null>;
  email_verified_at: Generated<number | null>;
  /** 1 for an account that opens only when its address is confirmed: it was made by somebody who may not own it. */
  awaits_confirmation: Generated<number>;
  epoch: Generated<number>;
  /** Device cookies of an earlier epoch are not known any more. */
  device_epoch: Generated<number>;
  disabled_at: number | null;
  created_at: number;
}

/** A session: one refresh family. It is never deleted while a token of it could be presented. */
export interface SessionsTable {
  id: string;
  user_id: string;
  client: 'web' | 'native';
  status: 'active' | 'revoked';
  revoked_reason: string | null;
  user_epoch: number;
  created_at: number;
  /** Fixed at login. */
  expires_at: number;
  /** When the person last proved who they are. */
  authenticated_at: number;
  last_used_at: number;
  /** How they proved it (RFC 8176), separated by spaces: `pwd`, `otp`, `hwk`, `fed`. */
  methods: string;
  /** Address and software at the last use, as the person may see them. */
  source: string;
  user_agent: string;
  device_id: string | null;
  ended_at: number | null;
  /** The generation of the family's current token. */
  generation: Generated<number>;
}

/**
 * One refresh token of a family. `secret_hash` is the SHA-256 of its secret. `successor_box` is the next token,
 * encrypted under a key derived from this one's secret, and erased when the replay limit passes.
 */
export interface RefreshTokensTable {
  id: string;
  session_id: string;
  generation: number;
  secret_hash: string;
  status: 'current' | 'rotated';
  used_at: number | null;
  first_presented_at: number | null;
  replays: Generated<number>;
  successor_box: string | null;
  idle_expires_at: number;
  created_at: number;
}

/** A one-time set-up token or an invitation: SHA-256 of the secret, an end, at most one use. */
export interface InvitationsTable {
  id: string;
  kind: 'setup' | 'invitation';
  secret_hash: string;
  role: 'admin' | 'manager' | 'member';
  room_id: string | null;
  invited_by: string | null;
  expires_at: number;
  used_at: number | null;
  used_by: string | null;
  created_at: number;
}

/** A room with its two sequences: `last_seq` numbers messages, `revision` numbers changes. */
export interface RoomsTable {
  id: string;
  name: string;
  topic: string;
  is_private: number;
  last_seq: Generated<number>;
  revision: Generated<number>;
  created_by: string;
  created_at: number;
}

/** A membership. `id` is new for each time a person joins, so that tokens resting on an ended one are dead. */
export interface MembershipsTable {
  id: string;
  room_id: string;
  user_id: string;
  role: 'owner' | 'member';
  read_seq: Generated<number>;
  joined_at: number;
}

/** A message; a deleted one keeps its row with an empty text. `(author_id, client_message_id)` is unique for ever. */
export interface MessagesTable {
  id: string;
  room_id: string;
  seq: number;
  revision: number;
  author_id: string;
  client_message_id: string;
  text: string;
  created_at: number;
  edited_at: number | null;
  deleted_at: number | null;
}

/** An announcement that waits to be published. Order within `stream` is the order of `position`. */
export interface OutboxTable {
  position: Generated<number>;
  id: string;
  /** What must stay in order together, such as `chat:{roomId}`. */
  stream: string;
  type: string;
  /** The event as JSON text. */
  payload: string;
  attempts: Generated<number>;
  next_attempt_at: Generated<number>;
  created_at: number;
}

/**
 * A right that has ended before the tokens that rest on it: `subject` is `sid:…`, `jti:…`, `mid:…` or `uv:…`. `position`
 * is the transaction that wrote it (PostgreSQL), by which other nodes find what is new.
 */
export interface RevocationsTable {
  subject: string;
  expires_at: number;
  position: Generated<number>;
}

/** A request that was answered under an `Idempotency-Key`, or is being answered (`status` null). */
export interface IdempotencyTable {
  principal: string;
  route: string;
  key: string;
  body_hash: string;
  status: number | null;
  body: string | null;
  created_at: number;
}

/** All tables. */
export interface Tables extends IdentityTables {
  users: UsersTable;
  sessions: SessionsTable;
  refresh_tokens: RefreshTokensTable;
  invitations: InvitationsTable;
  rooms: RoomsTable;
  memberships: MembershipsTable;
  messages: MessagesTable;
  outbox: OutboxTable;
  revocations: RevocationsTable;
  idempotency: IdempotencyTable;
}

/** A row of `users` as it is read. */
export type UserRow = Selectable<UsersTable>;
/** A row of `sessions` as it is read. */
export type SessionRow = Selectable<SessionsTable>;
/** A row of `refresh_tokens` as it is read. */
export type RefreshTokenRow = Selectable<RefreshTokensTable>;
/** A row of `rooms` as it is read. */
export type RoomRow = Selectable<RoomsTable>;
/** A row of `memberships` as it is read. */
export type MembershipRow = Selectable<MembershipsTable>;
/** A row of `messages` as it is read. */
export type MessageRow = Selectable<MessagesTable>;
/** A row of `outbox` as it is read. */
export type OutboxRow = Selectable<OutboxTable>;
