// Decides the tables of the audit log, and what the database itself refuses to do to them.
import type { Dialect } from '../database.ts';
import type { Types } from './column-types.ts';

/** Columns that say what happened: they never change, not even before the event is sealed. */
const FACTS = [
  'position',
  'id',
  'at',
  'name',
  'outcome',
  'reason',
  'actor_id',
  'subject_id',
  'session_id',
  'token_hash',
  'key_id',
  'source',
  'user_agent',
  'request_id',
  'details',
] as const;

const APPEND_ONLY = 'the audit log is append-only';

/**
 * The statements that make the audit log. Its rows may be inserted, sealed once, and deleted below a checkpoint; the
 * triggers refuse everything else, whoever is connected.
 */
export function auditTables(types: Types, dialect: Dialect): string[] {
  return [...tables(types), ...(dialect === 'sqlite' ? sqliteTriggers() : postgresTriggers())];
}

function tables({ int, counter, text, end }: Types): string[] {
  return [
    `create table audit_events (
      position ${counter},
      id ${text} not null unique,
      at ${int} not null,
      name ${text} not null,
      outcome ${text} not null check (outcome in ('success', 'failure')),
      reason ${text},
      actor_id ${text},
      subject_id ${text},
      session_id ${text},
      token_hash ${text},
      key_id ${text},
      source ${text} not null,
      user_agent ${text} not null,
      request_id ${text} not null,
      details ${text} not null,
      seq ${int} unique,
      previous_hash ${text},
      hash ${text}
    ${end}`,
    `create index audit_events_unsealed on audit_events (position) where seq is null`,
    `create index audit_events_of_subject on audit_events (subject_id, position)`,
    `create index audit_events_of_actor on audit_events (actor_id, position)`,
    `create index audit_events_by_name on audit_events (name, position)`,
    `create index audit_events_by_hash on audit_events (hash)`,
    `create table audit_checkpoints (
      seq ${int} primary key,
      hash ${text} not null,
      created_at ${int} not null
    ${end}`,
  ];
}

function changed(operator: string): string {
  return FACTS.map((column) => `new.${column} ${operator} old.${column}`).join(' or ');
}

function sqliteTriggers(): string[] {
  const refuse = `begin select raise(abort, '${APPEND_ONLY}'); end`;
  return [
    // "insert or replace" would delete without asking the trigger of deletes.
    `create trigger audit_events_insert before insert on audit_events
      when new.seq is not null or exists (select 1 from audit_events e where e.id = new.id or e.position = new.position)
      ${refuse}`,
    `create trigger audit_events_update before update on audit_events
      when old.seq is not null or ${changed('is not')} ${refuse}`,
    `create trigger audit_events_delete before delete on audit_events
      when old.seq is null or old.seq > coalesce((select max(seq) from audit_checkpoints), 0) ${refuse}`,
    `create trigger audit_checkpoints_update before update on audit_checkpoints ${refuse}`,
    `create trigger audit_checkpoints_delete before delete on audit_checkpoints ${refuse}`,
  ];
}

function postgresTriggers(): string[] {
  const refuse = `raise exception '${APPEND_ONLY}' using errcode = 'restrict_violation'`;
  return [
    `create function audit_refuse() returns trigger language plpgsql as $$ begin ${refuse}; end $$`,
    `create function audit_keep() returns trigger language plpgsql as $$
      begin
        if old.seq is null or old.seq > coalesce((select max(seq) from audit_checkpoints), 0) then ${refuse}; end if;
        return old;
      end $$`,
    `create trigger audit_events_insert before insert on audit_events for each row
      when (new.seq is not null) execute function audit_refuse()`,
    `create trigger audit_events_update before update on audit_events for each row
      when (old.seq is not null or ${changed('is distinct from')}) execute function audit_refuse()`,
    `create trigger audit_events_delete before delete on audit_events for each row execute function audit_keep()`,
    `create trigger audit_events_truncate before truncate on audit_events execute function audit_refuse()`,
    `create trigger audit_checkpoints_change before update or delete or truncate on audit_checkpoints
      execute function audit_refuse()`,
  ];
}
