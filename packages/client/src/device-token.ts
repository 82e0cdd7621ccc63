// Decides how a client without cookies shows at a sign-in that it has signed in before: by a token that it keeps.
import type { KeyValueStorage, Log } from './ports.ts';

/** The header that carries the token, both ways. */
export const DEVICE_HEADER = 'x-parley-device';

/** Keeps the token that makes this device known to its person. It signs nobody in, but it is a secret. */
export interface DeviceTokens {
  /** The token to show with a request to `path`; null for none. */
  show(path: string): Promise<string | null>;
  keep(token: string): Promise<void>;
}

/**
 * Keeps the token in `storage`, beyond the end of the session: people who sign in again are not strangers then. Without
 * it everything works, only as from a new device; a storage that fails is told to `log` and no more.
 *
 * @param scope separates several installations
 */
export function createDeviceTokens(ports: { storage: KeyValueStorage; log: Log }, scope: string): DeviceTokens {
  const key = `${scope}:device`;
  const failed = (error: unknown): null => {
    ports.log({ level: 'warn', message: 'the token of this device could not be kept', detail: String(error) });
    return null;
  };
  return {
    // A refresh is bound to its session already, and one whose answer was lost must not seem to come from elsewhere.
    show: async (path) =>
      path.startsWith('/v1/auth/') && path !== '/v1/auth/refresh' ? ports.storage.get(key).catch(failed) : null,
    async keep(token) {
      await ports.storage.set(key, token).catch(failed);
    },
  };
}
