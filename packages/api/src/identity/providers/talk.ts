// Decides what is asked of a provider and which of its answers are believed; openid-client verifies them.
import { PlainText } from '@parley/contract';
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  type Configuration,
} from 'openid-client';
import { z } from 'zod';
import type { ApiConfig, ProviderConfig } from '../../config.ts';
import type { ProviderDirectory } from './directory.ts';
import type { VisitSecrets } from './visit-cookie.ts';

/** Who somebody is at a provider. `email` is there only if the provider said one. */
export interface ProviderPerson {
  issuer: string;
  subject: string;
  email?: string;
  isEmailVerified: boolean;
  name?: string;
}

/** What a provider was good for; `reason` is for the log of an operator and names no person. */
export type Talked<T> = { ok: true; value: T } | { ok: false; reason: string };

interface Talk {
  config: Pick<ApiConfig, 'publicUrl'>;
  directory: Pick<ProviderDirectory, 'connect'>;
}

const callbackOf = (config: Pick<ApiConfig, 'publicUrl'>, providerId: string): string =>
  `${config.publicUrl}/v1/auth/providers/${providerId}/callback`;

/** The page of the provider where a visit begins. */
export function signInPage(ports: Talk, provider: ProviderConfig, secrets: VisitSecrets): Promise<Talked<string>> {
  return talk(async () => {
    const connected = await ports.directory.connect(provider);
    return buildAuthorizationUrl(connected, {
      redirect_uri: callbackOf(ports.config, provider.id),
      scope: 'openid email profile',
      response_type: 'code',
      state: secrets.state,
      nonce: secrets.nonce,
      code_challenge: await calculatePKCECodeChallenge(secrets.codeVerifier),
      code_challenge_method: 'S256',
    }).href;
  });
}

/**
 * Trades what the browser brought back for the person. The library checks state, issuer, audience, nonce, times and the
 * signature by the provider's own keys.
 *
 * @param search the query of the callback, as it came
 */
export function personBehind(
  ports: Talk,
  provider: ProviderConfig,
  came: { search: string; secrets: VisitSecrets },
): Promise<Talked<ProviderPerson>> {
  const { state, nonce, codeVerifier } = came.secrets;
  return talk(async () => {
    const connected = await ports.directory.connect(provider);
    const tokens = await authorizationCodeGrant(
      connected,
      new URL(`${callbackOf(ports.config, provider.id)}${came.search}`),
      { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: codeVerifier, idTokenExpected: true },
    );
    const claims = Claims.parse(tokens.claims());
    const told = claims.email === undefined ? await askUserInfo(connected, tokens.access_token, claims.sub) : claims;
    const { email, email_verified: isEmailVerified, name, preferred_username: nick } = told;
    const shown = name ?? nick;
    return {
      // The library has compared what the token says with what the provider calls itself; a slash more is the same one.
      issuer: provider.issuer,
      subject: claims.sub,
      isEmailVerified,
      ...(email === undefined ? {} : { email }),
      ...(shown === undefined ? {} : { name: shown }),
    };
  });
}

const Told = z.object({
  email: PlainText.max(254).optional().catch(undefined),
  // Some providers write it as a text.
  email_verified: z
    .union([z.boolean(), z.literal('true').transform(() => true)])
    .catch(false)
    .default(false),
  name: PlainText.max(200).optional().catch(undefined),
  preferred_username: PlainText.max(200).optional().catch(undefined),
});
const Claims = Told.extend({ sub: PlainText.min(1).max(255) });

/** Most providers keep the address for here; what is said of another person is refused by the library. */
async function askUserInfo(connected: Configuration, accessToken: string, sub: string): Promise<z.output<typeof Told>> {
  if (connected.serverMetadata().userinfo_endpoint === undefined) return Told.parse({});
  return Told.parse(await fetchUserInfo(connected, accessToken, sub));
}

/** Everything that goes wrong in here is the provider's fault or the network's, or an attack: an expected refusal. */
async function talk<T>(work: () => Promise<T>): Promise<Talked<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? `: ${error.code}` : '';
    return { ok: false, reason: `${error instanceof Error ? error.name : 'unknown'}${code}` };
  }
}
