// Decides how the browser is asked for passkeys, and what it means when it gives none.
import {
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser';
import { ParleyProblem } from '@parley/client';
import type { Endpoints, Outcome } from '@parley/client';
import type { PasskeyOptions, PasskeyResponse, SessionTokens } from '@parley/contract';

/** Words for a ceremony that came to nothing. */
export interface CeremonyTexts {
  title: string;
  hint: string;
}

/** Whether this browser can use passkeys on this page. */
export const hasPasskeys = (): boolean => browserSupportsWebAuthn();

/** Whether this browser offers passkeys in the field for the address. */
export const hasPasskeyAutofill = (): Promise<boolean> => browserSupportsWebAuthnAutofill();

// The server made the options with the same family of library: their shape is its business, not ours.
type Authentication = Parameters<typeof startAuthentication>[0]['optionsJSON'];
type Registration = Parameters<typeof startRegistration>[0]['optionsJSON'];

/** Runs a ceremony; a browser that gives nothing becomes a problem in the words of `words`. */
async function ceremony<T>(words: CeremonyTexts, run: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await run() };
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const fields = { status: 0, code: 'passkey.invalid', title: words.title, detail: words.hint } as const;
    return { ok: false, problem: new ParleyProblem(fields) };
  }
}

/**
 * Signs in with a passkey.
 *
 * @param how `ticket` makes it the second factor; `isAutofill` waits, silently, until the person picks one in the field
 */
export async function authenticate(
  api: Endpoints,
  words: CeremonyTexts,
  how: { ticket?: string; isAutofill?: boolean; signal?: AbortSignal },
): Promise<Outcome<SessionTokens>> {
  const asked = await api.entry.passkeyOptions(how.ticket === undefined ? {} : { ticket: how.ticket }, how);
  if (!asked.ok) return asked;
  const { challengeId, options } = asked.value;
  const given = await ceremony(words, () =>
    startAuthentication({
      optionsJSON: options as unknown as Authentication,
      useBrowserAutofill: how.isAutofill === true,
    }),
  );
  if (!given.ok) return given;
  const response: PasskeyResponse = { ...given.value };
  return api.entry.presentPasskey({ challengeId, response, client: 'web' });
}

/** Proves with a passkey again who is signed in; the browser offers the passkeys of this account only. */
export async function proveByPasskey(api: Endpoints, words: CeremonyTexts): Promise<Outcome<undefined>> {
  const asked = await api.account.reauthenticationOptions();
  if (!asked.ok) return asked;
  const { challengeId, options } = asked.value;
  const given = await ceremony(words, () => startAuthentication({ optionsJSON: options as unknown as Authentication }));
  if (!given.ok) return given;
  const response: PasskeyResponse = { ...given.value };
  return api.account.reauthenticate({ challengeId, response });
}

/** Lets the browser make a passkey with the options of the server. */
export async function makePasskey(
  { options }: PasskeyOptions,
  words: CeremonyTexts,
): Promise<Outcome<PasskeyResponse>> {
  const made = await ceremony(words, () => startRegistration({ optionsJSON: options as unknown as Registration }));
  return made.ok ? { ok: true, value: { ...made.value } } : made;
}
