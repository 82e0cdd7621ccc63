// Decides the bodies of the administrators' endpoints: people, audit log, mails that wait.
import { z } from 'zod';
import { Role, User } from './identity.ts';
import { Cursor, Id, Limit, PlainText, Time, pageOf } from './ids.ts';

/** A person as administrators see them. `isLocked`: password sign-in from unknown devices is off. */
export const AdminUser = User.extend({
  disabledAt: Time.nullable(),
  lastSeenAt: Time.nullable(),
  emailVerifiedAt: Time.nullable(),
  isLocked: z.boolean(),
  hasSecondFactor: z.boolean(),
  sessions: z.number().int(),
});
/** See {@link AdminUser}. */
export type AdminUser = z.infer<typeof AdminUser>;

/** A page of people for administrators. */
export const AdminUserPage = pageOf(AdminUser);
/** See {@link AdminUserPage}. */
export type AdminUserPage = z.infer<typeof AdminUserPage>;

/** Which people to list; `search` is part of a name or an address. */
export const AdminUserQuery = z.strictObject({
  limit: Limit,
  after: Cursor.optional(),
  search: PlainText.trim().max(100).optional(),
  role: Role.optional(),
  status: z.enum(['active', 'disabled', 'locked']).optional(),
});
/** See {@link AdminUserQuery}. */
export type AdminUserQuery = z.input<typeof AdminUserQuery>;

/** Changes a person: the role, or whether they may sign in at all. */
export const AdminUserPatch = z.strictObject({ role: Role.optional(), disabled: z.boolean().optional() });
/** See {@link AdminUserPatch}. */
export type AdminUserPatch = z.input<typeof AdminUserPatch>;

/** A link that administrators hand over by themselves, where no mail server is; shown once. */
export const HandedLink = z.object({ url: z.string(), expiresAt: Time });
/** See {@link HandedLink}. */
export type HandedLink = z.infer<typeof HandedLink>;

/** One event of the audit log. `seq` and `hash` are null for the moment until it is sealed. */
export const AuditEvent = z.object({
  id: Id,
  seq: z.number().int().nullable(),
  at: Time,
  name: z.string(),
  outcome: z.enum(['success', 'failure']),
  reason: z.string().nullable(),
  actorId: z.string().nullable(),
  subjectId: z.string().nullable(),
  sessionId: z.string().nullable(),
  keyId: z.string().nullable(),
  source: z.string(),
  userAgent: z.string(),
  requestId: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  hash: z.string().nullable(),
});
/** See {@link AuditEvent}. */
export type AuditEvent = z.infer<typeof AuditEvent>;

/** One line of an export: an event with everything that its hash is made of. */
export const AuditRecord = AuditEvent.extend({ tokenHash: z.string().nullable(), previousHash: z.string().nullable() });
/** See {@link AuditRecord}. */
export type AuditRecord = z.infer<typeof AuditRecord>;

/** A page of the audit log, newest first; `after` leads to older ones. */
export const AuditPage = pageOf(AuditEvent);
/** See {@link AuditPage}. */
export type AuditPage = z.infer<typeof AuditPage>;

/** Which events to list. `name` may end in `*`; `user` is whom they are by or about. */
export const AuditQuery = z.strictObject({
  limit: Limit,
  after: Cursor.optional(),
  name: z
    .string()
    .regex(/^[a-z_.]{1,60}\*?$/)
    .optional(),
  user: Id.optional(),
  session: Id.optional(),
  outcome: z.enum(['success', 'failure']).optional(),
  since: Time.optional(),
  until: Time.optional(),
});
/** See {@link AuditQuery}. */
export type AuditQuery = z.input<typeof AuditQuery>;

/** What a check of the chain found: `brokenAt` is the first `seq` that does not fit. */
export const AuditVerified = z.object({
  ok: z.boolean(),
  checked: z.number().int(),
  lastHash: z.string().nullable(),
  brokenAt: z.number().int().nullable(),
});
/** See {@link AuditVerified}. */
export type AuditVerified = z.infer<typeof AuditVerified>;

/** A mail that could not be sent, with the text that the person would have got: hand it over in another way. */
export const WaitingMail = z.object({
  id: Id,
  to: z.string(),
  template: z.string(),
  status: z.enum(['waiting', 'held', 'failed']),
  subject: z.string(),
  text: z.string(),
  createdAt: Time,
  lastError: z.string().nullable(),
});
/** See {@link WaitingMail}. */
export type WaitingMail = z.infer<typeof WaitingMail>;

/** A page of such mails, newest first. */
export const WaitingMailPage = pageOf(WaitingMail);
/** See {@link WaitingMailPage}. */
export type WaitingMailPage = z.infer<typeof WaitingMailPage>;
