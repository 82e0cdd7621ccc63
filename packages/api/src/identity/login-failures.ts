// Decides how consecutive failures are stored: counted before the password is looked at, and stopped at the hundredth.
import type { Transaction } from 'kysely';
import type { Tables } from '../db/schema.ts';
import { LIMITS } from '../http/limits.ts';

/** What counting one try says: it may be judged (`isLast` if it was the last that may), or password sign-in is off. */
export type Counted = { isStopped: boolean; isLast: boolean };

/** The hundredth failure is judged; what comes after it is counted as one more, whatever the number. */
const STOPPED = LIMITS.lockout.hardStop + 1;

/**
 * Counts a try as failed, in one statement, so that of many at once no more than the limit are judged. It writes in any
 * case: a name that is stopped must not answer faster than another.
 */
export async function countTry(query: Transaction<Tables>, identifier: string, now: number): Promise<Counted> {
  const { failures } = await query
    .insertInto('login_failures')
    .values({ identifier, failures: 1, stopped_at: null, mailed_at: null, changed_at: now })
    .onConflict((conflict) =>
      conflict.column('identifier').doUpdateSet((set) => ({
        failures: set
          .case()
          .when('login_failures.failures', '<', STOPPED)
          .then(set('login_failures.failures', '+', 1))
          .else(set.ref('login_failures.failures'))
          .end(),
        stopped_at: set
          .case()
          .when('login_failures.failures', '=', LIMITS.lockout.hardStop - 1)
          .then(set.ref('excluded.changed_at'))
          .else(set.ref('login_failures.stopped_at'))
          .end(),
        changed_at: set.ref('excluded.changed_at'),
      })),
    )
    .returning('failures')
    .executeTakeFirstOrThrow();
  return { isStopped: failures >= STOPPED, isLast: failures === LIMITS.lockout.hardStop };
}

/** Takes tries back that did not fail after all. A stop that they brought about ends with them. */
export async function takeBackTries(query: Transaction<Tables>, identifier: string, tries: number): Promise<void> {
  await query
    .updateTable('login_failures')
    .set((set) => ({
      failures: set
        .case()
        .when('failures', '>=', STOPPED)
        .then(LIMITS.lockout.hardStop - tries)
        .when('failures', '>', tries)
        .then(set('failures', '-', tries))
        .else(0)
        .end(),
      stopped_at: null,
    }))
    .where('identifier', '=', identifier)
    .execute();
}

/** Forgets all failures; returns how many there were and whether a stop ended with them. */
export async function forgetTries(
  query: Transaction<Tables>,
  identifier: string,
): Promise<{ failures: number; wasStopped: boolean }> {
  const gone = await query
    .deleteFrom('login_failures')
    .where('identifier', '=', identifier)
    .returning(['failures', 'stopped_at'])
    .executeTakeFirst();
  return { failures: gone?.failures ?? 0, wasStopped: typeof gone?.stopped_at === 'number' };
}

/** Claims the one mail that an owner gets in a day; false if it has been sent. */
export async function claimMail(query: Transaction<Tables>, identifier: string, now: number): Promise<boolean> {
  const claimed = await query
    .updateTable('login_failures')
    .set({ mailed_at: now })
    .where('identifier', '=', identifier)
    .where((where) => where.or([where('mailed_at', 'is', null), where('mailed_at', '<=', now - LIMITS.lockout.mailMs)]))
    .returning('identifier')
    .executeTakeFirst();
  return claimed !== undefined;
}

/** Throws away names that nobody failed at for long, and the oldest ones when there are too many. Stops stay. */
export async function sweepTries(query: Transaction<Tables>, now: number): Promise<void> {
  const { namesMs, names } = LIMITS.lockout;
  await query
    .deleteFrom('login_failures')
    .where('stopped_at', 'is', null)
    .where('changed_at', '<=', now - namesMs)
    .execute();
  await query
    .deleteFrom('login_failures')
    .where('identifier', 'in', (inner) =>
      inner
        .selectFrom('login_failures')
        .select('identifier')
        .where('stopped_at', 'is', null)
        .orderBy('changed_at', 'desc')
        .offset(names)
        .limit(names),
    )
    .execute();
}
