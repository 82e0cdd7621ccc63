// Decides how often a person's second factor may be guessed: counts of its own, across tickets and nodes.
import { sql, type Transaction } from 'kysely';
import type { Tables } from '../../db/schema.ts';
import { LIMITS } from '../../http/limits.ts';

/** Whether one more guess may be looked at; `waitSeconds` until the next one may. */
export type Guess = { ok: true } | { ok: false; waitSeconds: number };

/** Whose guesses are counted together. */
export interface Guesser {
  userId: string;
  /** The device, if it is known to the person: strangers who know the password cannot use up what it may guess. */
  deviceId?: string | undefined;
}

const countedOf = ({ userId, deviceId }: Guesser): string =>
  deviceId === undefined ? userId : `${userId} ${deviceId}`;

/**
 * Counts one guess before it is looked at, so that guesses at the same time cannot slip through. The row stays locked
 * until the transaction ends: guesses that count together are judged one after another. Refused ones do not make the wait longer.
 */
export async function countGuess(query: Transaction<Tables>, guesser: Guesser, now: number): Promise<Guess> {
  const { failureWindowMs, failures } = LIMITS.factors;
  const isOver = sql<boolean>`factor_failures.since <= ${now - failureWindowMs}`;
  const row = await query
    .insertInto('factor_failures')
    .values({ guesser: countedOf(guesser), failures: 1, since: now })
    .onConflict((conflict) =>
      conflict.column('guesser').doUpdateSet({
        failures: sql<number>`case when ${isOver} then 1 else factor_failures.failures + 1 end`,
        since: sql<number>`case when ${isOver} then ${sql.lit(now)} else factor_failures.since end`,
      }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
  if (row.failures <= failures) return { ok: true };
  return { ok: false, waitSeconds: Math.max(1, Math.ceil((row.since + failureWindowMs - now) / 1_000)) };
}

/** Forgets the guesses of a person from everywhere: what was guessed is gone. */
export async function forgetGuesses(query: Transaction<Tables>, userId: string): Promise<void> {
  await query
    .deleteFrom('factor_failures')
    .where((where) => where.or([where('guesser', '=', userId), where('guesser', 'like', `${userId} %`)]))
    .execute();
}

/** Takes back what {@link countGuess} counted, because the guess was right; earlier failures stay counted. */
export async function forgiveGuess(query: Transaction<Tables>, guesser: Guesser): Promise<void> {
  const counted = countedOf(guesser);
  const own = query.updateTable('factor_failures').where('guesser', '=', counted);
  await own.set((column) => ({ failures: column('failures', '-', 1) })).execute();
  // With no failure left the next one begins a window of its own.
  await query.deleteFrom('factor_failures').where('guesser', '=', counted).where('failures', '<=', 0).execute();
}
