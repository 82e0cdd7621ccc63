// Decides for which site passkeys are made, and which pages may use them.
import type { ApiConfig } from '../../config.ts';

/** Who passkeys are made for. */
export interface RelyingParty {
  /** The host name of the public address: passkeys are bound to it. */
  id: string;
  /** Pages whose ceremonies count: of that host, and of hosts below it that may call the api. */
  origins: string[];
}

/** The site of the settings. */
export function relyingParty(config: Pick<ApiConfig, 'publicUrl' | 'allowedOrigins'>): RelyingParty {
  const { hostname: id, origin } = new URL(config.publicUrl);
  const siblings = config.allowedOrigins
    .map((address) => new URL(address))
    .filter(({ hostname }) => hostname === id || hostname.endsWith(`.${id}`))
    .map((url) => url.origin);
  return { id, origins: [...new Set([origin, ...siblings])] };
}
