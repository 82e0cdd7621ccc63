// Decides that a refused use case leaves nothing behind.
import type { ProblemCode } from '@parley/contract';
import type { Transaction } from 'kysely';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/schema.ts';

/** An expected refusal. */
export interface Refused {
  ok: false;
  problem: ProblemCode;
}

/** Carries a refusal out of a transaction, so that it is rolled back. */
class RolledBack extends Error {
  override readonly name = 'RolledBack';
  readonly refused: Refused;
  constructor(refused: Refused) {
    super(`rolled back: ${refused.problem}`);
    this.refused = refused;
  }
}

/**
 * Runs a use case in one transaction. If it returns a refusal, what it wrote until then is rolled back.
 *
 * @returns what the work returned, once it is durable
 */
export async function decide<T>(
  database: Database,
  work: (query: Transaction<Tables>) => Promise<({ ok: true } & T) | Refused>,
): Promise<({ ok: true } & T) | Refused> {
  try {
    return await database.transact(async (query) => {
      const result = await work(query);
      if (!result.ok) throw new RolledBack(result);
      return result;
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.refused;
    throw error;
  }
}
