// Decides the bodies of signing in beyond the password: a second factor, a passkey, a provider.
import { z } from 'zod';
import { ClientKind, SessionTokens } from './identity.ts';

/** The second factors that a person may have. */
export const SecondFactorMethod = z.enum(['totp', 'recovery_code', 'passkey']);
/** See {@link SecondFactorMethod}. */
export type SecondFactorMethod = z.infer<typeof SecondFactorMethod>;

/**
 * The password was right and a second factor is wanted. `ticket` is presented with it, within `expiresIn` seconds; it
 * opens nothing by itself.
 */
export const SecondFactorRequired = z.object({
  secondFactor: z.object({
    ticket: z.string(),
    methods: z.array(SecondFactorMethod),
    expiresIn: z.number().int(),
  }),
});
/** See {@link SecondFactorRequired}. */
export type SecondFactorRequired = z.infer<typeof SecondFactorRequired>;

/** What a right password gets: a session, or the wish for a second factor (told apart by `secondFactor`). */
export const SignInAnswer = z.union([SessionTokens, SecondFactorRequired]);
/** See {@link SignInAnswer}. */
export type SignInAnswer = z.infer<typeof SignInAnswer>;

/** Presents a second factor: six digits, or a recovery code. */
export const SecondFactorRequest = z.strictObject({
  ticket: z.string().min(1).max(200),
  method: z.enum(['totp', 'recovery_code']),
  code: z.string().trim().min(6).max(40),
});
/** See {@link SecondFactorRequest}. */
export type SecondFactorRequest = z.input<typeof SecondFactorRequest>;

/** Asks for the options of a passkey ceremony: with `ticket` as a second factor, without one as the only factor. */
export const PasskeyOptionsRequest = z.strictObject({ ticket: z.string().min(1).max(200).optional() });
/** See {@link PasskeyOptionsRequest}. */
export type PasskeyOptionsRequest = z.input<typeof PasskeyOptionsRequest>;

/** Options for the browser's `navigator.credentials` in the JSON form of WebAuthn level 3. */
export const PasskeyOptions = z.object({
  challengeId: z.string(),
  options: z.record(z.string(), z.unknown()),
});
/** See {@link PasskeyOptions}. */
export type PasskeyOptions = z.infer<typeof PasskeyOptions>;

/** What the browser's authenticator answered, in the JSON form of WebAuthn level 3. */
export const PasskeyResponse = z.looseObject({ id: z.string().max(2_048), rawId: z.string().max(2_048) });
/** See {@link PasskeyResponse}. */
export type PasskeyResponse = z.infer<typeof PasskeyResponse>;

/** Signs in with a passkey. */
export const PasskeySignIn = z.strictObject({
  challengeId: z.string().min(1).max(200),
  response: PasskeyResponse,
  client: ClientKind.default('web'),
});
/** See {@link PasskeySignIn}. */
export type PasskeySignIn = z.input<typeof PasskeySignIn>;

/** Asks where to send the browser to sign in elsewhere. `invitation` is used up if an account is made. */
export const ProviderStart = z.strictObject({ invitation: z.string().min(1).max(200).optional() });
/** See {@link ProviderStart}. */
export type ProviderStart = z.input<typeof ProviderStart>;

/** Where to send the browser. */
export const ProviderRedirect = z.object({ url: z.string() });
/** See {@link ProviderRedirect}. */
export type ProviderRedirect = z.infer<typeof ProviderRedirect>;
