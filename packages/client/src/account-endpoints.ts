// Decides the path, method and body of what people ask about their own account.
import type {
  ApiKeyCreate,
  ApiKeyCreated,
  ApiKeyList,
  EmailChange,
  Factors,
  Passkey,
  PasskeyOptions,
  PasskeyRegistration,
  PasskeyRename,
  PasswordChange,
  ProviderRedirect,
  Reauthentication,
  RecoveryCodes,
  SessionList,
  SessionTokens,
  SessionsEnded,
  TotpConfirmation,
  TotpSetup,
} from '@parley/contract';
import type { CallOptions } from './call-options.ts';
import type { Http, HttpRequest } from './http.ts';
import type { Outcome } from './problem.ts';

/**
 * A person's own account. What is delicate is refused with `auth.reauthentication_required` unless they signed in or
 * called {@link AccountEndpoints.reauthenticate} a short time ago.
 */
export interface AccountEndpoints {
  reauthenticate(body: Reauthentication, options?: CallOptions): Promise<Outcome<undefined>>;
  /** What a passkey has to answer to be a proof for {@link AccountEndpoints.reauthenticate}. */
  reauthenticationOptions(options?: CallOptions): Promise<Outcome<PasskeyOptions>>;
  sessions(options?: CallOptions): Promise<Outcome<SessionList>>;
  endSession(sessionId: string, options?: CallOptions): Promise<Outcome<undefined>>;
  endOtherSessions(options?: CallOptions): Promise<Outcome<SessionsEnded>>;
  /** Ends every other session. The tokens are this one's new ones: give them to `session.acceptTokens`. */
  changePassword(body: PasswordChange, options?: CallOptions): Promise<Outcome<SessionTokens>>;
  changeEmail(body: EmailChange, options?: CallOptions): Promise<Outcome<undefined>>;
  /** Sends the mail that confirms the present address once more. */
  verifyEmail(options?: CallOptions): Promise<Outcome<undefined>>;
  factors(options?: CallOptions): Promise<Outcome<Factors>>;
  setUpTotp(options?: CallOptions): Promise<Outcome<TotpSetup>>;
  confirmTotp(body: TotpConfirmation, options?: CallOptions): Promise<Outcome<RecoveryCodes>>;
  removeTotp(options?: CallOptions): Promise<Outcome<undefined>>;
  /** New recovery codes; the earlier ones are dead. */
  renewRecoveryCodes(options?: CallOptions): Promise<Outcome<RecoveryCodes>>;
  passkeyOptions(options?: CallOptions): Promise<Outcome<PasskeyOptions>>;
  addPasskey(body: PasskeyRegistration, options?: CallOptions): Promise<Outcome<Passkey>>;
  renamePasskey(passkeyId: string, body: PasskeyRename, options?: CallOptions): Promise<Outcome<Passkey>>;
  removePasskey(passkeyId: string, options?: CallOptions): Promise<Outcome<undefined>>;
  linkProvider(providerId: string, options?: CallOptions): Promise<Outcome<ProviderRedirect>>;
  unlinkProvider(providerId: string, options?: CallOptions): Promise<Outcome<undefined>>;
  apiKeys(options?: CallOptions): Promise<Outcome<ApiKeyList>>;
  createApiKey(body: ApiKeyCreate, options?: CallOptions): Promise<Outcome<ApiKeyCreated>>;
  /** Makes the successor of a key; the old one works on for a while. */
  rotateApiKey(keyId: string, options?: CallOptions): Promise<Outcome<ApiKeyCreated>>;
  revokeApiKey(keyId: string, options?: CallOptions): Promise<Outcome<undefined>>;
}

const id = encodeURIComponent;

/** See {@link AccountEndpoints}. Secrets that are shown once are never asked for again by themselves: no idempotency key. */
export function createAccountEndpoints(http: Http): AccountEndpoints {
  const call = <T>(method: HttpRequest['method'], path: string, options?: CallOptions): Promise<Outcome<T>> =>
    http.request<T>({ method, path, signal: options?.signal, ...(method === 'POST' ? { body: {} } : {}) });
  const send = <T>(way: readonly ['POST' | 'PATCH', string], body: unknown, options?: CallOptions) =>
    http.request<T>({ method: way[0], path: way[1], body, signal: options?.signal });
  const passkey = (passkeyId: string): string => `/v1/me/passkeys/${id(passkeyId)}`;
  const key = (keyId: string): string => `/v1/me/api-keys/${id(keyId)}`;
  return {
    reauthenticate: (body, options) => send(['POST', '/v1/auth/reauthenticate'], body, options),
    reauthenticationOptions: (options) => call('POST', '/v1/auth/reauthenticate/options', options),
    sessions: (options) => call('GET', '/v1/me/sessions', options),
    endSession: (sessionId, options) => call('DELETE', `/v1/me/sessions/${id(sessionId)}`, options),
    endOtherSessions: (options) => call('POST', '/v1/me/sessions/end-others', options),
    changePassword: (body, options) => send(['POST', '/v1/me/password'], body, options),
    changeEmail: (body, options) => send(['POST', '/v1/me/email'], body, options),
    verifyEmail: (options) => call('POST', '/v1/me/email/verification', options),
    factors: (options) => call('GET', '/v1/me/factors', options),
    setUpTotp: (options) => call('POST', '/v1/me/factors/totp', options),
    confirmTotp: (body, options) => send(['POST', '/v1/me/factors/totp/confirm'], body, options),
    removeTotp: (options) => call('DELETE', '/v1/me/factors/totp', options),
    renewRecoveryCodes: (options) => call('POST', '/v1/me/factors/recovery-codes', options),
    passkeyOptions: (options) => call('POST', '/v1/me/passkeys/options', options),
    addPasskey: (body, options) => send(['POST', '/v1/me/passkeys'], body, options),
    renamePasskey: (passkeyId, body, options) => send(['PATCH', passkey(passkeyId)], body, options),
    removePasskey: (passkeyId, options) => call('DELETE', passkey(passkeyId), options),
    linkProvider: (providerId, options) => call('POST', `/v1/me/providers/${id(providerId)}/start`, options),
    unlinkProvider: (providerId, options) => call('DELETE', `/v1/me/providers/${id(providerId)}`, options),
    apiKeys: (options) => call('GET', '/v1/me/api-keys', options),
    createApiKey: (body, options) => send(['POST', '/v1/me/api-keys'], body, options),
    rotateApiKey: (keyId, options) => call('POST', `${key(keyId)}/rotate`, options),
    revokeApiKey: (keyId, options) => call('DELETE', key(keyId), options),
  };
}
