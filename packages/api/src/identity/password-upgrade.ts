// Decides how a stored password is brought to the present scheme, cost and pepper once the person has typed it.
import type { Transaction } from 'kysely';
import type { Requester } from '../audit/ports.ts';
import type { ApiContext } from '../context.ts';
import type { Tables, UserRow } from '../db/schema.ts';
import { LIMITS } from '../http/limits.ts';
import { LEGACY_SCHEMES, isLegacy } from './password-schemes.ts';
import type { Passwords } from './passwords.ts';

/** What an upgrade asks for. */
export type UpgradePorts = Pick<ApiContext, 'database' | 'audit'> & { passwords: Pick<Passwords, 'hash'> };

/**
 * Hashes a password anew that was just found right. A password that was changed meanwhile wins, and when the server is
 * busy it is left for the next login.
 *
 * @returns whether the new hash was stored
 */
export async function upgradePassword(
  ports: UpgradePorts,
  proved: { user: UserRow; password: string; requester: Requester },
): Promise<boolean> {
  const { user, password, requester } = proved;
  const hashed = await ports.passwords.hash(password);
  if (!hashed.ok) return false;
  return ports.database.transact(async (query) => {
    const { numUpdatedRows } = await query
      .updateTable('users')
      .set({ password_hash: hashed.hash, password_scheme: 'argon2id' })
      .where('id', '=', user.id)
      .where('password_hash', '=', user.password_hash)
      .where('password_scheme', '=', user.password_scheme)
      .executeTakeFirst();
    const isStored = numUpdatedRows > 0n;
    if (isStored && isLegacy(user))
      await ports.audit.record(query, {
        name: 'login.legacy_hash_migrated',
        outcome: 'success',
        requester,
        subjectId: user.id,
        details: { scheme: user.password_scheme },
      });
    return isStored;
  });
}

/**
 * Turns off passwords that have rested on an old system's SHA-256 for too long: who has not signed in for half a year
 * sets a new one through a mail. A thousand at a time.
 */
export async function turnOffLegacyPasswords(query: Transaction<Tables>, now: number): Promise<void> {
  const old = query
    .selectFrom('users')
    .select('id')
    .where('password_scheme', 'in', LEGACY_SCHEMES)
    .where('password_changed_at', '<=', now - LIMITS.legacyPasswordMs)
    .limit(1_000);
  await query.updateTable('users').set({ password_hash: '', password_scheme: 'none' }).where('id', 'in', old).execute();
}
