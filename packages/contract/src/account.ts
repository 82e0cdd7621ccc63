// Decides the bodies of a person's own account: sessions, password, address.
import { z } from 'zod';
import { ClientKind, Email, NewPassword, PresentedPassword } from './identity.ts';
import { Id, Time } from './ids.ts';
import { PasskeyResponse } from './sign-in.ts';

/** A session as its person sees it. `source` is the address and `device` the software of its last use. */
export const Session = z.object({
  id: Id,
  client: ClientKind,
  createdAt: Time,
  lastUsedAt: Time,
  expiresAt: Time,
  source: z.string(),
  device: z.string(),
  methods: z.array(z.string()),
  isCurrent: z.boolean(),
});
/** See {@link Session}. */
export type Session = z.infer<typeof Session>;

/** All active sessions of a person, the one that was used last first; there are at most 50. */
export const SessionList = z.object({ data: z.array(Session) });
/** See {@link SessionList}. */
export type SessionList = z.infer<typeof SessionList>;

/** How many sessions were ended. */
export const SessionsEnded = z.object({ ended: z.number().int() });
/** See {@link SessionsEnded}. */
export type SessionsEnded = z.infer<typeof SessionsEnded>;

/**
 * Proves again who one is, before something delicate: the password, a code of the second factor, or a passkey that
 * answered the options of `auth/reauthenticate/options`.
 */
export const Reauthentication = z.union([
  z.strictObject({ password: PresentedPassword }),
  z.strictObject({ code: z.string().trim().min(6).max(40) }),
  z.strictObject({ challengeId: z.string().min(1).max(200), response: PasskeyResponse }),
]);
/** See {@link Reauthentication}. */
export type Reauthentication = z.input<typeof Reauthentication>;

/**
 * Changes the password. Every other session ends; this one gets new tokens. Without `currentPassword` only for an
 * account that has none, in a session that was opened or proved again in the last 15 minutes.
 */
export const PasswordChange = z.strictObject({
  currentPassword: PresentedPassword.optional(),
  newPassword: NewPassword,
});
/** See {@link PasswordChange}. */
export type PasswordChange = z.input<typeof PasswordChange>;

/** Asks for a mail with a link to set a new password. The answer never says whether there is an account. */
export const PasswordForgotten = z.strictObject({ email: z.string().min(1).max(1_024) });
/** See {@link PasswordForgotten}. */
export type PasswordForgotten = z.input<typeof PasswordForgotten>;

/** Sets a new password with the secret of the mail. */
export const PasswordReset = z.strictObject({ token: z.string().min(1).max(200), newPassword: NewPassword });
/** See {@link PasswordReset}. */
export type PasswordReset = z.input<typeof PasswordReset>;

/**
 * Asks for another address. It becomes valid when the link of the mail to it has been opened, and that of the mail to
 * the old one if that was confirmed. `currentPassword` as in {@link PasswordChange}.
 */
export const EmailChange = z.strictObject({ email: Email, currentPassword: PresentedPassword.optional() });
/** See {@link EmailChange}. */
export type EmailChange = z.input<typeof EmailChange>;

/** Presents the secret of a mail. */
export const MailedToken = z.strictObject({ token: z.string().min(1).max(200) });
/** See {@link MailedToken}. */
export type MailedToken = z.input<typeof MailedToken>;

/** Gives back a token that nobody shall use any more: a refresh token ends its session, an access token only itself. */
export const TokenRevocation = z.strictObject({ token: z.string().min(1).max(4_096) });
/** See {@link TokenRevocation}. */
export type TokenRevocation = z.input<typeof TokenRevocation>;
