// Holds what the rest of the api asks of mail; interfaces only.
import type { Transaction } from 'kysely';
import type { Tables } from '../db/schema.ts';

/** What a mail says; each template has its own data. Links are whole addresses with their secret in the fragment. */
export type MailContent =
  | { template: 'password_reset'; data: { name: string; url: string; minutes: number } }
  | { template: 'password_changed'; data: { name: string; url: string; apiKeys: number } }
  | { template: 'email_verify'; data: { name: string; url: string; hours: number } }
  | { template: 'email_change_confirm'; data: { name: string; url: string; hours: number } }
  | { template: 'email_change_release'; data: { name: string; newEmail: string; url: string; hours: number } }
  | { template: 'email_change_notice'; data: { name: string; newEmail: string; url: string } }
  | { template: 'account_exists'; data: { name: string; signInUrl: string; resetUrl: string } }
  | { template: 'session_reuse'; data: { name: string; device: string; url: string } }
  | { template: 'lockout'; data: { name: string; url: string } }
  | { template: 'new_device'; data: { name: string; device: string; source: string; url: string } }
  | { template: 'factor_changed'; data: { name: string; change: string; url: string } }
  | { template: 'role_changed'; data: { name: string; role: string } }
  | { template: 'api_key_created'; data: { name: string; keyName: string; url: string } };

/** The name of a template. */
export type MailTemplate = MailContent['template'];

/** A mail to one address. */
export type Mail = MailContent & { to: string };

/** The mail queue as verbs see it. */
export interface Mailer {
  /** Whether a mail server is configured. Without one mails are held for administrators to read. */
  readonly isConfigured: boolean;
  /** Queues a mail in a transaction; it is sent after the commit, and tried again until it has gone. */
  queue(query: Transaction<Tables>, mail: Mail): Promise<void>;
}
