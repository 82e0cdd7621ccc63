// Decides the form of recovery codes, how they are stored, and that each is good once.
import { createHash, randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Query } from '../../db/database.ts';
import type { Tables } from '../../db/schema.ts';
import { LIMITS } from '../../http/limits.ts';

// Without i, l, o and u: nobody has to guess what was written down. 32 letters of 5 bits each.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LETTERS = 24;

function makeCode(): string {
  const letters = [...randomBytes(LETTERS)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return letters.replaceAll(/.{4}(?=.)/g, '$&-');
}

/** The hash that is stored of a code: 120 random bits need no slow one (ASVS 6.5.2 draws the line at 112). Case, spaces and dashes do not count. */
function hashOf(userId: string, code: string): string {
  const letters = code.toLowerCase().replaceAll(/[\s-]/g, '');
  return createHash('sha256').update(`${userId}\n${letters}`).digest('base64url');
}

/**
 * Makes new codes; earlier ones are dead.
 *
 * @returns the codes, which are not to be had again
 */
export async function renewRecoveryCodes(query: Transaction<Tables>, userId: string, now: number): Promise<string[]> {
  const codes = Array.from({ length: LIMITS.factors.recoveryCodes }, makeCode);
  await dropRecoveryCodes(query, userId);
  await query
    .insertInto('recovery_codes')
    .values(codes.map((code) => ({ code_hash: hashOf(userId, code), user_id: userId, used_at: null, created_at: now })))
    .execute();
  return codes;
}

/** Removes every code of a person. */
export async function dropRecoveryCodes(query: Transaction<Tables>, userId: string): Promise<void> {
  await query.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
}

/** Uses a code up, in one statement, so that of two requests at once only one gets it. */
export async function useRecoveryCode(
  query: Transaction<Tables>,
  presented: { userId: string; code: string; now: number },
): Promise<boolean> {
  const used = await query
    .updateTable('recovery_codes')
    .set({ used_at: presented.now })
    .where('code_hash', '=', hashOf(presented.userId, presented.code))
    .where('user_id', '=', presented.userId)
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return used.numUpdatedRows === 1n;
}

/** How many codes there are: `left` unused, of `made`. */
export async function countRecoveryCodes(query: Query, userId: string): Promise<{ left: number; made: number }> {
  const rows = await query.selectFrom('recovery_codes').select('used_at').where('user_id', '=', userId).execute();
  return { left: rows.filter((row) => row.used_at === null).length, made: rows.length };
}
