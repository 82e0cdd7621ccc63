// Decides the bodies of the identity endpoints: set-up, registration, login, refresh, users, invitations.
import { z } from 'zod';
import { Id, Time, pageOf } from './ids.ts';

/** Roles of a person in the whole installation, strongest first. */
export const ROLES = ['admin', 'manager', 'member'] as const;
/** See {@link ROLES}. */
export const Role = z.enum(ROLES);
/** See {@link ROLES}. */
export type Role = z.infer<typeof Role>;

/** An e-mail address as a person types it; the server trims and normalises it. 254 bytes at most. */
export const Email = z.string().trim().min(3).max(254);
/** The name that others see. */
export const DisplayName = z.string().trim().min(1).max(80);
/** A new password: its length is checked by the server's own policy, in code points (default 12 to 256). */
export const NewPassword = z.string().min(1).max(1024);
/** A password presented for checking: only bounded, never judged. */
export const PresentedPassword = z.string().min(1).max(1024);

/** How the client keeps its refresh token: `web` in an httpOnly cookie, `native` in the body. */
export const ClientKind = z.enum(['web', 'native']);
/** See {@link ClientKind}. */
export type ClientKind = z.infer<typeof ClientKind>;

/** A person as others see them. */
export const UserSummary = z.object({ id: Id, name: z.string() });
/** See {@link UserSummary}. */
export type UserSummary = z.infer<typeof UserSummary>;

/** A person as they and administrators see them. */
export const User = UserSummary.extend({ email: z.string(), role: Role, createdAt: Time });
/** See {@link User}. */
export type User = z.infer<typeof User>;

/** Who may make an account: anyone, holders of an invitation, or nobody. */
export const Registration = z.enum(['open', 'invitation', 'closed']);
/** See {@link Registration}. */
export type Registration = z.infer<typeof Registration>;

/** An OpenID Connect provider that people may sign in with. */
export const Provider = z.object({ id: z.string(), name: z.string() });
/** See {@link Provider}. */
export type Provider = z.infer<typeof Provider>;

/** What an unauthenticated page has to know. `realtimeUrl` is the WebSocket address of the gateway. */
export const PublicConfig = z.object({
  setupRequired: z.boolean(),
  registration: Registration,
  realtimeUrl: z.string(),
  passwordMinLength: z.number().int(),
  providers: z.array(Provider),
  version: z.string(),
});
/** See {@link PublicConfig}. */
export type PublicConfig = z.infer<typeof PublicConfig>;

/** Makes the first administrator; `token` is the one-time token of the link that the terminal prints. */
export const SetupRequest = z.strictObject({
  token: z.string().min(1).max(200),
  email: Email,
  name: DisplayName,
  password: NewPassword,
  client: ClientKind.default('web'),
});
/** See {@link SetupRequest}. */
export type SetupRequest = z.input<typeof SetupRequest>;

/** Makes an account. `invitation` is needed when registration is by invitation. */
export const RegisterRequest = z.strictObject({
  email: Email,
  name: DisplayName,
  password: NewPassword,
  invitation: z.string().min(1).max(200).optional(),
  client: ClientKind.default('web'),
});
/** See {@link RegisterRequest}. */
export type RegisterRequest = z.input<typeof RegisterRequest>;

/** What a registration gets where there is a mail server: the rest is in the mail, whether or not the address is taken. */
export const RegistrationMailed = z.object({ mailed: z.literal(true) });
/** See {@link RegistrationMailed}. */
export type RegistrationMailed = z.infer<typeof RegistrationMailed>;

/** Starts a session. `proof` answers the challenge of an earlier refusal, see `ProofOfWork`. */
export const LoginRequest = z.strictObject({
  email: z.string().min(1).max(1024),
  password: PresentedPassword,
  proof: z.string().max(400).optional(),
  client: ClientKind.default('web'),
});
/** See {@link LoginRequest}. */
export type LoginRequest = z.input<typeof LoginRequest>;

/** Renews a session. Browsers send `{}`: their token is in the cookie. */
export const RefreshRequest = z.strictObject({ refreshToken: z.string().max(200).optional() });
/** See {@link RefreshRequest}. */
export type RefreshRequest = z.input<typeof RefreshRequest>;

/**
 * A session's tokens. `expiresIn` is the access token's life in seconds. `refreshToken` is there for
 * native clients only; browsers have it in the cookie.
 */
export const SessionTokens = z.object({
  accessToken: z.string(),
  expiresIn: z.number().int(),
  refreshToken: z.string().optional(),
  user: User,
});
/** See {@link SessionTokens}. */
export type SessionTokens = z.infer<typeof SessionTokens>;

/** Asks for an invitation link. `roomId` adds the invited person to that room. Lives 7 days unless said otherwise. */
export const InvitationCreate = z.strictObject({
  role: Role.default('member'),
  roomId: Id.optional(),
  expiresInSeconds: z
    .number()
    .int()
    .min(60)
    .max(30 * 86_400)
    .default(7 * 86_400),
});
/** See {@link InvitationCreate}. */
export type InvitationCreate = z.input<typeof InvitationCreate>;

/** An invitation, once: `url` carries the token in its fragment and is not shown again. One account per invitation. */
export const Invitation = z.object({ id: Id, url: z.string(), role: Role, roomId: Id.nullable(), expiresAt: Time });
/** See {@link Invitation}. */
export type Invitation = z.infer<typeof Invitation>;

/** Asks what an invitation offers, before the person decides. */
export const InvitationLookup = z.strictObject({ invitation: z.string().min(1).max(200) });
/** See {@link InvitationLookup}. */
export type InvitationLookup = z.input<typeof InvitationLookup>;

/** What an invitation offers; `roomId` and `roomName` are null unless it leads into a room. */
export const InvitationOffer = z.object({
  invitedBy: z.string(),
  role: Role,
  roomId: Id.nullable(),
  roomName: z.string().nullable(),
  expiresAt: Time,
});
/** See {@link InvitationOffer}. */
export type InvitationOffer = z.infer<typeof InvitationOffer>;

/** Changes a person's role (administrators only). */
export const RoleChange = z.strictObject({ role: Role });
/** See {@link RoleChange}. */
export type RoleChange = z.input<typeof RoleChange>;

/** A page of people. */
export const UserPage = pageOf(UserSummary);
/** See {@link UserPage}. */
export type UserPage = z.infer<typeof UserPage>;
