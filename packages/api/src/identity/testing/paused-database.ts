// Decides how a test stops at each statement of somebody's work, so that what runs beside it meets every moment of it.
import type { KyselyPlugin } from 'kysely';
import type { Database } from '../../db/database.ts';

/** Where a statement stands: counted from 1, and whether a transaction is open. */
export interface Moment {
  statement: number;
  isInTransaction: boolean;
}

/** A database that lets `at` happen after each statement, before its answer is handed over. */
export function pausedDatabase(database: Database, at: (moment: Moment) => Promise<void>): Database {
  let statement = 0;
  const plugin = (isInTransaction: boolean): KyselyPlugin => ({
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      statement += 1;
      await at({ statement, isInTransaction });
      return result;
    },
  });
  return {
    ...database,
    read: database.read.withPlugin(plugin(false)),
    transact: (work) => database.transact((query) => work(query.withPlugin(plugin(true)))),
  };
}
