// Decides which providers there are, and how long what one says of itself is believed.
import {
  allowInsecureRequests,
  ClientSecretPost,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
  type Configuration,
} from 'openid-client';
import type { ProviderConfig } from '../../config.ts';
import type { Clock } from '../../context.ts';
import { LIMITS } from '../../http/limits.ts';
import { createProviderFetch } from './provider-fetch.ts';

/** Thrown while a provider that failed is left in peace. */
export class ProviderDown extends Error {
  override readonly name = 'ProviderDown';
}

/** The providers of this server. */
export interface ProviderDirectory {
  find(id: string): ProviderConfig | undefined;
  /**
   * What openid-client knows of a provider, from memory if it is fresh. Requests at the same time ask once.
   * Rejects if the provider cannot be reached or says something wrong of itself.
   */
  connect(provider: ProviderConfig): Promise<Configuration>;
}

type Entry = { connecting: Promise<Configuration>; until: number };

/** Makes the directory; nobody is asked before the first visit. */
export function createProviderDirectory(ports: {
  config: { providers: readonly ProviderConfig[] };
  clock: Clock;
}): ProviderDirectory {
  const { providers } = ports.config;
  const known = new Map<string, Entry>();
  const connect = (provider: ProviderConfig): Promise<Configuration> => {
    const now = ports.clock.now();
    const entry = known.get(provider.id);
    if (entry !== undefined && entry.until > now) return entry.connecting;
    const fresh: Entry = { connecting: discover(provider), until: now + LIMITS.providers.discoveryKeepMs };
    known.set(provider.id, fresh);
    fresh.connecting.catch((error: unknown) => {
      // Who asks again soon gets the same failure without asking the provider.
      fresh.connecting = Promise.reject(new ProviderDown('the provider failed a moment ago', { cause: error }));
      fresh.connecting.catch(() => undefined);
      fresh.until = ports.clock.now() + LIMITS.providers.failureKeepMs;
    });
    return fresh.connecting;
  };
  return { find: (id) => providers.find((provider) => provider.id === id), connect };
}

async function discover(provider: ProviderConfig): Promise<Configuration> {
  const { clientId, clientSecret, allowsPrivateAddress } = provider;
  const { timeoutMs, answerBytes: maxBytes } = LIMITS.providers;
  const issuer = new URL(provider.issuer);
  const isPlain = issuer.protocol === 'http:';
  const found = await discovery(
    issuer,
    clientId,
    { redirect_uris: [] },
    clientSecret === undefined ? None() : ClientSecretPost(clientSecret),
    {
      [customFetch]: createProviderFetch({ allowsPrivateAddress, timeoutMs, maxBytes }),
      timeout: timeoutMs / 1_000,
      // The settings allow plain http for this machine only, and so does the fetch.
      // Without these checks the signature of an ID token would be left to the transport.
      execute: [enableNonRepudiationChecks, ...(isPlain ? [allowInsecureRequests] : [])],
    },
  );
  const { authorization_endpoint: page } = found.serverMetadata();
  // The browser is sent there: an address of another kind could be a script.
  const protocol = page === undefined ? undefined : URL.parse(page)?.protocol;
  if (protocol !== 'https:' && !(isPlain && protocol === 'http:'))
    throw new ProviderDown('the provider names no page to sign in at');
  return found;
}
