// Decides how a stored password is brought to the present scheme, cost and pepper once the person has typed it.
import type { Requester } from '../audit/ports.ts';
import type { ApiContext } from '../context.ts';
import type { UserRow } from '../db/schema.ts';
import { isLegacy } from './password-schemes.ts';
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
