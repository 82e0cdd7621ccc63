// Decides the tables of the whole identity domain: what a session knows, audit, mail, lockout, factors, keys of programs.
import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from '../database.ts';
import { auditTables } from './audit-tables.ts';
import { TYPES, type Types } from './column-types.ts';

/** Adds what `0001-initial` lacks of identity. */
export function identity(dialect: Dialect): Migration {
  return {
    async up(database: Kysely<unknown>): Promise<void> {
      for (const statement of statements(TYPES[dialect], dialect)) await sql.raw(statement).execute(database);
    },
  };
}

function statements(types: Types, dialect: Dialect): string[] {
  return [
    ...users(types),
    ...sessions(types),
    ...revocations(types),
    ...auditTables(types, dialect),
    ...mails(types),
    ...lockout(types),
    ...rateCounts(types, dialect),
    ...factors(types),
    ...providers(types),
    ...apiKeys(types),
  ];
}

function users({ int, flag, text, end }: Types): string[] {
  return [
    `alter table users add column password_scheme ${text} not null default 'argon2id'`,
    `alter table users add column password_changed_at ${int}`,
    `alter table users add column email_verified_at ${int}`,
    `alter table users add column awaits_confirmation ${flag} not null default 0 check (awaits_confirmation in (0, 1))`,
    `alter table users add column device_epoch ${int} not null default 0`,
    `create table one_time_tokens (
      id ${text} primary key,
      kind ${text} not null,
      user_id ${text} not null references users (id) on delete cascade,
      secret_hash ${text} not null unique,
      email ${text} not null,
      user_epoch ${int} not null,
      expires_at ${int} not null,
      created_at ${int} not null
    ${end}`,
    `create index one_time_tokens_of_user on one_time_tokens (user_id, kind)`,
    `create index one_time_tokens_by_end on one_time_tokens (expires_at)`,
  ];
}

function sessions({ int, text }: Types): string[] {
  return [
    `alter table sessions add column authenticated_at ${int} not null default 0`,
    `alter table sessions add column last_used_at ${int} not null default 0`,
    `alter table sessions add column methods ${text} not null default 'pwd'`,
    `alter table sessions add column source ${text} not null default ''`,
    `alter table sessions add column user_agent ${text} not null default ''`,
    `alter table sessions add column device_id ${text}`,
    `alter table sessions add column ended_at ${int}`,
    `create index refresh_tokens_by_idle_end on refresh_tokens (idle_expires_at)`,
    `alter table sessions add column generation ${int} not null default 0`,
    `update sessions set generation = coalesce(
      (select max(generation) from refresh_tokens where session_id = sessions.id), 0)`,
  ];
}

function revocations({ int, writer }: Types): string[] {
  return [
    `alter table revocations add column position ${int} not null default ${writer}`,
    `create index revocations_by_position on revocations (position)`,
  ];
}

function mails({ int, counter, text, end }: Types): string[] {
  return [
    `create table mails (
      position ${counter},
      id ${text} not null unique,
      recipient ${text} not null,
      template ${text} not null,
      data ${text} not null,
      status ${text} not null check (status in ('waiting', 'held', 'sent', 'failed')),
      attempts ${int} not null default 0,
      next_attempt_at ${int} not null default 0,
      last_error ${text},
      created_at ${int} not null,
      ended_at ${int}
    ${end}`,
    `create index mails_due on mails (next_attempt_at) where status = 'waiting'`,
    `create index mails_by_age on mails (created_at)`,
    `create index mails_of_recipient on mails (recipient, created_at)`,
  ];
}

function lockout({ int, text, end }: Types): string[] {
  return [
    `create table login_failures (
      identifier ${text} primary key,
      failures ${int} not null,
      stopped_at ${int},
      mailed_at ${int},
      changed_at ${int} not null
    ${end}`,
    `create index login_failures_by_age on login_failures (changed_at)`,
  ];
}

/** What is lost with a crash here costs nobody anything, so PostgreSQL need not write it twice. */
function rateCounts({ int, text, end }: Types, dialect: Dialect): string[] {
  const [kind, real] = dialect === 'postgres' ? ['unlogged table', 'double precision'] : ['table', 'real'];
  return [
    `create ${kind} rate_counts (key ${text} primary key, arrival ${real} not null ${end}`,
    `create ${kind} login_waits (
      pair ${text} primary key,
      failures ${int} not null,
      tried_at ${int} not null,
      previous_at ${int} not null
    ${end}`,
  ];
}

function factors({ int, flag, text, end }: Types): string[] {
  return [
    `create table totp_factors (
      user_id ${text} primary key references users (id) on delete cascade,
      secret_box ${text} not null,
      confirmed_at ${int},
      last_step ${int} not null default 0,
      created_at ${int} not null
    ${end}`,
    `create table recovery_codes (
      code_hash ${text} primary key,
      user_id ${text} not null references users (id) on delete cascade,
      used_at ${int},
      created_at ${int} not null
    ${end}`,
    `create index recovery_codes_of_user on recovery_codes (user_id)`,
    `create table factor_failures (
      guesser ${text} primary key,
      failures ${int} not null,
      since ${int} not null
    ${end}`,
    `create table passkeys (
      id ${text} primary key,
      credential_id ${text} not null unique,
      user_id ${text} not null references users (id) on delete cascade,
      name ${text} not null,
      public_key ${text} not null,
      counter ${int} not null,
      transports ${text} not null,
      is_backed_up ${flag} not null check (is_backed_up in (0, 1)),
      created_at ${int} not null,
      last_used_at ${int}
    ${end}`,
    `create index passkeys_of_user on passkeys (user_id)`,
    `create table challenges (
      id ${text} primary key,
      kind ${text} not null,
      user_id ${text} references users (id) on delete cascade,
      data ${text} not null,
      attempts ${int} not null default 0,
      expires_at ${int} not null,
      created_at ${int} not null
    ${end}`,
    `create index challenges_by_end on challenges (expires_at)`,
  ];
}

function providers({ int, text, end }: Types): string[] {
  return [
    `create table provider_identities (
      issuer ${text} not null,
      subject ${text} not null,
      user_id ${text} not null references users (id) on delete cascade,
      email ${text} not null,
      created_at ${int} not null,
      last_used_at ${int},
      primary key (issuer, subject)
    ${end}`,
    `create index provider_identities_of_user on provider_identities (user_id)`,
  ];
}

function apiKeys({ int, text, end }: Types): string[] {
  return [
    `create table api_keys (
      id ${text} primary key,
      user_id ${text} not null references users (id) on delete cascade,
      name ${text} not null,
      secret_hash ${text} not null,
      scopes ${text} not null,
      expires_at ${int} not null,
      created_at ${int} not null,
      first_used_at ${int},
      last_used_at ${int},
      revoked_at ${int},
      replaced_by ${text}
    ${end}`,
    `create index api_keys_of_user on api_keys (user_id)`,
  ];
}
