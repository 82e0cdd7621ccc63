// Decides what administrators see and end of the lockout: hard stops, stored under keyed hashes of sign-in names.
import { createHmac } from 'node:crypto';
import type { SecretKeys } from '@parley/tokens';
import type { LockoutDesk } from './ports.ts';

/** Makes the desk. */
export function createLockoutDesk(secretKeys: Pick<SecretKeys, 'current'>): LockoutDesk {
  const nameOf = (canonical: string): string =>
    createHmac('sha256', secretKeys.current('device').key).update(`sign-in name\n${canonical}`).digest('base64url');
  return {
    nameOf,
    async clear(query, { emailKey }) {
      const ended = await query
        .deleteFrom('login_failures')
        .where('identifier', '=', nameOf(emailKey))
        .returning('stopped_at')
        .executeTakeFirst();
      return ended !== undefined && ended.stopped_at !== null;
    },
  };
}
