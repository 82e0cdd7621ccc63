// Decides what an operator may do to the audit log at the machine itself: check, export, erase what is old.
import type { Logger } from 'pino';
import type { Clock } from '../context.ts';
import type { Database } from '../db/database.ts';
import { createAudit } from './audit.ts';
import { systemRequester } from './ports.ts';
import { pruneEvents } from './prune.ts';
import { exportEvents, type AuditFilter } from './read.ts';
import { startSealer } from './sealer.ts';
import { verifyChain, type ChainVerified } from './verify.ts';

/** The tools. */
export interface AuditTools {
  /** Checks the chain; `expected` is a hash that must stand in it. */
  verify(expected: string | null): Promise<ChainVerified>;
  /** Sealed events as lines of JSON, some at a time. Times of the filter are Unix ms. */
  export(filter: AuditFilter): AsyncGenerator<string>;
  /** Records that the log was exported. The database must be one that can be written. */
  noteExport(filter: AuditFilter): Promise<void>;
  /** Erases the events before a time (Unix ms) from the beginning of the chain; returns how many. */
  prune(before: number): Promise<number>;
}

/** Makes the tools on an open, migrated database; one that can only be read will do to check and to export. */
export function createAuditTools(ports: { database: Database; clock: Clock; log: Logger }): AuditTools {
  const { database } = ports;
  const audit = createAudit(ports);
  const sealAll = (): Promise<void> => startSealer(ports).stop();
  return {
    verify: (expected) => verifyChain(database, expected),
    export: (filter) => exportEvents(database, filter),
    async noteExport(filter) {
      await database.transact((query) =>
        audit.record(query, {
          name: 'audit.export',
          outcome: 'success',
          requester: systemRequester,
          details: { filter: JSON.stringify(filter), by: 'command' },
        }),
      );
      await sealAll();
    },
    async prune(before) {
      await sealAll();
      const pruned = await pruneEvents({ ...ports, audit }, before);
      await sealAll();
      return pruned;
    },
  };
}
