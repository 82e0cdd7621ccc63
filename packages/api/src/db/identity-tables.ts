// Decides the tables of identity beyond accounts and sessions, as the query layer sees them. Times are Unix milliseconds.
import type { Generated, Selectable } from 'kysely';

/**
 * A secret that a mail carries, by its SHA-256: good once, for one person, one address and one epoch of theirs. A used
 * or replaced one has its end in the past and is kept for an hour, so that requests can be counted.
 */
export interface OneTimeTokensTable {
  id: string;
  kind: 'password_reset' | 'handed_reset' | 'email_verify' | 'email_change' | 'email_release' | 'not_me';
  user_id: string;
  secret_hash: string;
  email: string;
  user_epoch: number;
  expires_at: number;
  created_at: number;
}

/** What happened, for auditors. `seq`, `previous_hash` and `hash` are set once, when the event is sealed into the chain. */
export interface AuditEventsTable {
  position: Generated<number>;
  id: string;
  at: number;
  name: string;
  outcome: 'success' | 'failure';
  reason: string | null;
  actor_id: string | null;
  subject_id: string | null;
  session_id: string | null;
  token_hash: string | null;
  key_id: string | null;
  source: string;
  user_agent: string;
  request_id: string;
  /** JSON text. */
  details: string;
  seq: number | null;
  previous_hash: string | null;
  hash: string | null;
}

/** Where the chain begins since older events were erased: the last of them, by its number and hash. */
export interface AuditCheckpointsTable {
  seq: number;
  hash: string;
  created_at: number;
}

/** A mail on its way. `data` is JSON text and is erased when the mail has ended; `held` waits for a mail server. */
export interface MailsTable {
  position: Generated<number>;
  id: string;
  recipient: string;
  template: string;
  data: string;
  status: 'waiting' | 'held' | 'sent' | 'failed';
  attempts: Generated<number>;
  next_attempt_at: Generated<number>;
  last_error: string | null;
  created_at: number;
  ended_at: number | null;
}

/** Consecutive failures under a keyed hash of a sign-in name, whether or not there is such an account. */
export interface LoginFailuresTable {
  identifier: string;
  failures: number;
  stopped_at: number | null;
  mailed_at: number | null;
  changed_at: number;
}

/** A person's one-time code generator; `secret_box` is encrypted, `last_step` is the last step that was accepted. */
export interface TotpFactorsTable {
  user_id: string;
  secret_box: string;
  confirmed_at: number | null;
  last_step: Generated<number>;
  created_at: number;
}

/** A recovery code, by its hash. */
export interface RecoveryCodesTable {
  code_hash: string;
  user_id: string;
  used_at: number | null;
  created_at: number;
}

/** How often a person's second factor was guessed wrongly since `since`. */
export interface FactorFailuresTable {
  guesser: string;
  failures: number;
  since: number;
}

/** A passkey: `credential_id` is the authenticator's name of it, `public_key` COSE, both base64url. */
export interface PasskeysTable {
  id: string;
  credential_id: string;
  user_id: string;
  name: string;
  public_key: string;
  counter: number;
  /** Names separated by spaces. */
  transports: string;
  is_backed_up: number;
  created_at: number;
  last_used_at: number | null;
}

/** A dialogue that goes on in a later request: a second factor, a passkey ceremony, a visit to a provider. */
export interface ChallengesTable {
  id: string;
  kind: 'second_factor' | 'passkey_registration' | 'passkey_sign_in' | 'passkey_proof' | 'provider_sign_in';
  user_id: string | null;
  /** JSON text. */
  data: string;
  attempts: Generated<number>;
  expires_at: number;
  created_at: number;
}

/** A person's identity at an OpenID Connect provider. */
export interface ProviderIdentitiesTable {
  issuer: string;
  subject: string;
  user_id: string;
  email: string;
  created_at: number;
  last_used_at: number | null;
}

/** A key of a program, by the SHA-256 of its secret. `scopes` are separated by spaces. */
export interface ApiKeysTable {
  id: string;
  user_id: string;
  name: string;
  secret_hash: string;
  scopes: string;
  expires_at: number;
  created_at: number;
  first_used_at: number | null;
  last_used_at: number | null;
  revoked_at: number | null;
  replaced_by: string | null;
}

/** When the bucket of a key will be empty, Unix ms with a fraction. The key is a rate's name and whose requests it counts. */
export interface RateCountsTable {
  key: string;
  arrival: number;
}

/** How often a source has failed at a name, by a hash of both; `previous_at` is the try before the last, 0 for none. */
export interface LoginWaitsTable {
  pair: string;
  failures: number;
  tried_at: number;
  previous_at: number;
}

/** The tables of this file. */
export interface IdentityTables {
  one_time_tokens: OneTimeTokensTable;
  audit_events: AuditEventsTable;
  audit_checkpoints: AuditCheckpointsTable;
  mails: MailsTable;
  login_failures: LoginFailuresTable;
  rate_counts: RateCountsTable;
  login_waits: LoginWaitsTable;
  totp_factors: TotpFactorsTable;
  recovery_codes: RecoveryCodesTable;
  factor_failures: FactorFailuresTable;
  passkeys: PasskeysTable;
  challenges: ChallengesTable;
  provider_identities: ProviderIdentitiesTable;
  api_keys: ApiKeysTable;
}

/** A row of `audit_events` as it is read. */
export type AuditEventRow = Selectable<AuditEventsTable>;
