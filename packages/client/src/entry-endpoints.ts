// Decides the path, method and body of what people may ask before they are signed in.
import type {
  MailedToken,
  PasskeyOptions,
  PasskeyOptionsRequest,
  PasskeySignIn,
  PasswordForgotten,
  PasswordReset,
  ProviderRedirect,
  ProviderStart,
  SessionTokens,
} from '@parley/contract';
import type { CallOptions } from './call-options.ts';
import type { Http } from './http.ts';
import type { Outcome } from './problem.ts';

/** What somebody in front of the door may ask. Signing in itself is the session's: it changes who one is. */
export interface EntryEndpoints {
  /** Asks for a mail with a link. The answer is the same whether there is an account or not. */
  forgotPassword(body: PasswordForgotten, options?: CallOptions): Promise<Outcome<undefined>>;
  /** Sets a new password with the secret of a link; nobody is signed in by it. */
  resetPassword(body: PasswordReset, options?: CallOptions): Promise<Outcome<undefined>>;
  /** Uses the secret of a mail that confirms an address. */
  confirmEmail(body: MailedToken, options?: CallOptions): Promise<Outcome<undefined>>;
  /** Says that what a mail told about was not oneself: every session ends. */
  notMe(body: MailedToken, options?: CallOptions): Promise<Outcome<undefined>>;
  /** What the browser needs to ask for a passkey; with a ticket, as the second factor. */
  passkeyOptions(body: PasskeyOptionsRequest, options?: CallOptions): Promise<Outcome<PasskeyOptions>>;
  /** Presents a passkey. The tokens begin a session: give them to `session.acceptTokens`. */
  presentPasskey(body: PasskeySignIn, options?: CallOptions): Promise<Outcome<SessionTokens>>;
  /** Where to send the browser to sign in with a provider. */
  startProvider(id: string, body: ProviderStart, options?: CallOptions): Promise<Outcome<ProviderRedirect>>;
}

/** See {@link EntryEndpoints}. */
export function createEntryEndpoints(http: Http): EntryEndpoints {
  const post = <T>(path: string, body: unknown, options?: CallOptions): Promise<Outcome<T>> =>
    http.request<T>({ method: 'POST', path, body, signal: options?.signal });
  return {
    forgotPassword: (body, options) => post('/v1/auth/password/forgot', body, options),
    resetPassword: (body, options) => post('/v1/auth/password/reset', body, options),
    confirmEmail: (body, options) => post('/v1/auth/email/confirm', body, options),
    notMe: (body, options) => post('/v1/auth/not-me', body, options),
    passkeyOptions: (body, options) => post('/v1/auth/passkey/options', body, options),
    presentPasskey: (body, options) => post('/v1/auth/passkey', body, options),
    startProvider: (id, body, options) => post(`/v1/auth/providers/${encodeURIComponent(id)}/start`, body, options),
  };
}
