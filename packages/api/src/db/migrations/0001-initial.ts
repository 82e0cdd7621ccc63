// Decides the first tables, their keys, their references and the indexes that the queries need.
import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from '../database.ts';
import { TYPES, type Types } from './column-types.ts';

/** The tables that 0.1 starts with. */
export function initial(dialect: Dialect): Migration {
  return {
    async up(database: Kysely<unknown>): Promise<void> {
      for (const statement of statements(TYPES[dialect])) await sql.raw(statement).execute(database);
    },
  };
}

function statements(types: Types): string[] {
  return [...identity(types), ...collaboration(types), ...plumbing(types)];
}

function identity({ int, text, end }: Types): string[] {
  return [
    `create table users (
      id ${text} primary key,
      email ${text} not null,
      email_key ${text} not null unique,
      name ${text} not null,
      role ${text} not null check (role in ('admin', 'manager', 'member')),
      password_hash ${text} not null,
      epoch ${int} not null default 0,
      disabled_at ${int},
      created_at ${int} not null
    ${end}`,
    `create table sessions (
      id ${text} primary key,
      user_id ${text} not null references users (id),
      client ${text} not null check (client in ('web', 'native')),
      status ${text} not null check (status in ('active', 'revoked')),
      revoked_reason ${text},
      user_epoch ${int} not null,
      created_at ${int} not null,
      expires_at ${int} not null
    ${end}`,
    `create index sessions_of_user on sessions (user_id, created_at)`,
    `create index sessions_by_end on sessions (expires_at)`,
    `create table refresh_tokens (
      id ${text} primary key,
      session_id ${text} not null references sessions (id) on delete cascade,
      generation ${int} not null check (generation >= 0),
      secret_hash ${text} not null,
      status ${text} not null check (status in ('current', 'rotated')),
      used_at ${int},
      first_presented_at ${int},
      replays ${int} not null default 0,
      successor_box ${text},
      idle_expires_at ${int} not null,
      created_at ${int} not null,
      unique (session_id, generation)
    ${end}`,
    `create unique index refresh_tokens_one_current on refresh_tokens (session_id) where status = 'current'`,
    `create index refresh_tokens_with_box on refresh_tokens (used_at) where successor_box is not null`,
  ];
}

function collaboration({ int, flag, text, end }: Types): string[] {
  return [
    `create table rooms (
      id ${text} primary key,
      name ${text} not null,
      topic ${text} not null,
      is_private ${flag} not null check (is_private in (0, 1)),
      last_seq ${int} not null default 0 check (last_seq >= 0),
      revision ${int} not null default 0 check (revision >= 0),
      created_by ${text} not null references users (id),
      created_at ${int} not null
    ${end}`,
    `create index rooms_open on rooms (name) where is_private = 0`,
    `create table memberships (
      id ${text} primary key,
      room_id ${text} not null references rooms (id) on delete cascade,
      user_id ${text} not null references users (id),
      role ${text} not null check (role in ('owner', 'member')),
      read_seq ${int} not null default 0 check (read_seq >= 0),
      joined_at ${int} not null,
      unique (room_id, user_id)
    ${end}`,
    `create index memberships_of_user on memberships (user_id)`,
    `create table messages (
      id ${text} primary key,
      room_id ${text} not null references rooms (id) on delete cascade,
      seq ${int} not null check (seq >= 1),
      revision ${int} not null check (revision >= 1),
      author_id ${text} not null references users (id),
      client_message_id ${text} not null,
      text ${text} not null,
      created_at ${int} not null,
      edited_at ${int},
      deleted_at ${int},
      unique (room_id, seq),
      unique (author_id, client_message_id)
    ${end}`,
    `create index messages_by_revision on messages (room_id, revision)`,
    `create table invitations (
      id ${text} primary key,
      kind ${text} not null check (kind in ('setup', 'invitation')),
      secret_hash ${text} not null unique,
      role ${text} not null check (role in ('admin', 'manager', 'member')),
      room_id ${text} references rooms (id) on delete cascade,
      invited_by ${text} references users (id),
      expires_at ${int} not null,
      used_at ${int},
      used_by ${text} references users (id),
      created_at ${int} not null
    ${end}`,
    `create index invitations_by_end on invitations (expires_at)`,
  ];
}

function plumbing({ int, counter, text, end }: Types): string[] {
  return [
    `create table outbox (
      position ${counter},
      id ${text} not null,
      stream ${text} not null,
      type ${text} not null,
      payload ${text} not null,
      attempts ${int} not null default 0,
      next_attempt_at ${int} not null default 0,
      created_at ${int} not null
    ${end}`,
    `create index outbox_by_stream on outbox (stream, position)`,
    `create table revocations (
      subject ${text} primary key,
      expires_at ${int} not null
    ${end}`,
    `create index revocations_by_end on revocations (expires_at)`,
    `create table idempotency (
      principal ${text} not null,
      route ${text} not null,
      key ${text} not null,
      body_hash ${text} not null,
      status ${int},
      body ${text},
      created_at ${int} not null,
      primary key (principal, route, key)
    ${end}`,
    `create index idempotency_by_age on idempotency (created_at)`,
  ];
}
