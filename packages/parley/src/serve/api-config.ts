// Decides what the api is told of the server's settings.
import type { ApiConfig } from '@parley/api';
import type { Settings } from '../settings/settings.ts';
import { isLoopback } from '../settings/values.ts';

const day = 86_400;

/**
 * The origins whose pages belong to this server, besides the public one: those of the settings, and the other names
 * of this machine when the public one is of this machine.
 */
export function extraOrigins(settings: Pick<Settings, 'allowedOrigins'>, publicUrl: string): string[] {
  const { hostname, protocol, port } = new URL(publicUrl);
  const names = isLoopback(hostname) ? ['localhost', '127.0.0.1'] : [];
  const suffix = port === '' ? '' : `:${port}`;
  const siblings = names.map((name) => `${protocol}//${name}${suffix}`);
  return [...new Set([...settings.allowedOrigins, ...siblings])].filter((origin) => origin !== publicUrl);
}

/** The address of the WebSocket for browsers. */
export function realtimeUrlOf(publicUrl: string): string {
  return `${publicUrl.replace(/^http/, 'ws')}/connection/websocket`;
}

function passwordConfig({ breachedFile, parallel, ...rest }: Settings['passwords']) {
  return {
    passwordMinLength: rest.minLength,
    argon2: rest.argon2,
    ...(breachedFile === undefined ? {} : { breachedPasswordsFile: breachedFile }),
    ...(parallel === undefined ? {} : { parallelHashes: parallel }),
  };
}

/** The api's configuration. */
export function apiConfig(settings: Settings, publicUrl: string, version: string): ApiConfig {
  return {
    publicUrl,
    realtimeUrl: realtimeUrlOf(publicUrl),
    allowedOrigins: extraOrigins(settings, publicUrl),
    registration: settings.registration,
    ...passwordConfig(settings.passwords),
    providers: settings.providers,
    accessTokenLife: settings.accessTokenLife,
    connectionTokenLife: 60,
    connectionLife: 15 * 60,
    refreshIdleLife: settings.refreshTokenLife,
    refreshAbsoluteLife: Math.max(30 * day, settings.refreshTokenLife),
    refreshGrace: 30,
    refreshReplayLimit: 10 * 60,
    trustedProxies: settings.trustedProxies,
    trustedPeers: settings.trustedPeers,
    secureCookies: publicUrl.startsWith('https:'),
    rateLimitFactor: settings.rateLimitFactor,
    version,
    ...(settings.smtp === undefined ? {} : { smtp: settings.smtp }),
  };
}
