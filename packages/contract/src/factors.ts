// Decides the bodies of a person's factors: one-time codes, recovery codes, passkeys, providers.
import { z } from 'zod';
import { PasskeyResponse } from './sign-in.ts';
import { Label, Time } from './ids.ts';

/** A passkey as its person sees it. */
export const Passkey = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: Time,
  lastUsedAt: Time.nullable(),
  isBackedUp: z.boolean(),
});
/** See {@link Passkey}. */
export type Passkey = z.infer<typeof Passkey>;

/** Everything that a person can prove themselves with. `totp` is null when it is off. */
export const Factors = z.object({
  hasPassword: z.boolean(),
  totp: z.object({ createdAt: Time }).nullable(),
  recoveryCodesLeft: z.number().int(),
  passkeys: z.array(Passkey),
  providers: z.array(z.object({ id: z.string(), name: z.string(), email: z.string() })),
});
/** See {@link Factors}. */
export type Factors = z.infer<typeof Factors>;

/** A new generator of one-time codes, shown once; it counts when a first code was confirmed. */
export const TotpSetup = z.object({ secret: z.string(), uri: z.string(), expiresIn: z.number().int() });
/** See {@link TotpSetup}. */
export type TotpSetup = z.infer<typeof TotpSetup>;

/** The first code of a new generator. */
export const TotpConfirmation = z.strictObject({ code: z.string().trim().min(6).max(10) });
/** See {@link TotpConfirmation}. */
export type TotpConfirmation = z.input<typeof TotpConfirmation>;

/** New recovery codes, shown once; earlier ones are dead. */
export const RecoveryCodes = z.object({ recoveryCodes: z.array(z.string()) });
/** See {@link RecoveryCodes}. */
export type RecoveryCodes = z.infer<typeof RecoveryCodes>;

/** Stores a passkey that the browser has made. */
export const PasskeyRegistration = z.strictObject({
  challengeId: z.string().min(1).max(200),
  name: Label,
  response: PasskeyResponse,
});
/** See {@link PasskeyRegistration}. */
export type PasskeyRegistration = z.input<typeof PasskeyRegistration>;

/** Names a passkey anew. */
export const PasskeyRename = z.strictObject({ name: Label });
/** See {@link PasskeyRename}. */
export type PasskeyRename = z.input<typeof PasskeyRename>;
