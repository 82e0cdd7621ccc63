// Decides how events beside a transaction are written: many in one, in order, bounded, again after a failure.
import { setTimeout as pause } from 'node:timers/promises';
import type { Insertable } from 'kysely';
import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';
import type { AuditEventsTable } from '../db/identity-tables.ts';
import { background } from '../http/log.ts';

/** Bounds of the queue. Times in milliseconds. */
export interface NoteBounds {
  /** Events in memory at once; more are dropped and counted. */
  waiting: number;
  /** Events in one transaction. */
  batch: number;
  /** Pause after the database refused. */
  retryMs: number;
  /** Tries in a row before a batch is given up. */
  tries: number;
}

/** The bounds unless a test says others. */
export const NOTE_BOUNDS: NoteBounds = { waiting: 5_000, batch: 200, retryMs: 1_000, tries: 30 };

/** Events on their way into the log. */
export interface NoteQueue {
  add(row: Insertable<AuditEventsTable>): void;
  /** Resolves when what was added before has been written or given up. */
  flushed(): Promise<void>;
  /** Writes what is there, with one try only, and takes nothing more. */
  close(): Promise<void>;
}

interface State {
  rows: Insertable<AuditEventsTable>[];
  dropped: number;
  isClosed: boolean;
  running: Promise<void>;
  isRunning: boolean;
}

/** What the queue asks for. `dropped` makes the event that tells how many are missing. */
export interface NotePorts {
  database: Pick<Database, 'transact'>;
  log: Pick<Logger, 'error' | 'warn'>;
  dropped: (count: number) => Insertable<AuditEventsTable>;
}

/** Makes the queue. The first event is written at once; what comes meanwhile goes together in the next transaction. */
export function createNoteQueue(ports: NotePorts, bounds: NoteBounds = NOTE_BOUNDS): NoteQueue {
  const state: State = { rows: [], dropped: 0, isClosed: false, running: Promise.resolve(), isRunning: false };
  const start = (): void => {
    if (state.isRunning) return;
    state.isRunning = true;
    state.running = drain(ports, bounds, state);
    background(ports.log, 'audit', state.running);
  };
  return {
    add(row) {
      if (state.isClosed || state.rows.length >= bounds.waiting) {
        if (state.dropped === 0) ports.log.error('audit events are dropped: more come than the database takes');
        state.dropped += 1;
        return;
      }
      state.rows.push(row);
      start();
    },
    flushed: () => state.running,
    async close() {
      state.isClosed = true;
      await state.running;
    },
  };
}

async function drain(ports: NotePorts, bounds: NoteBounds, state: State): Promise<void> {
  while (state.rows.length > 0) {
    const batch = state.rows.splice(0, bounds.batch);
    const { dropped } = state;
    state.dropped = 0;
    const rows = dropped === 0 ? batch : [...batch, ports.dropped(dropped)];
    const isWritten = await write(ports, bounds, { rows, state });
    if (!isWritten) state.dropped += batch.length + dropped;
  }
  // In the same turn as the look at the queue, so that nothing added later is left lying.
  state.isRunning = false;
}

async function write(
  ports: NotePorts,
  bounds: NoteBounds,
  { rows, state }: { rows: Insertable<AuditEventsTable>[]; state: State },
): Promise<boolean> {
  for (let tries = 1; tries <= bounds.tries; tries++) {
    try {
      await ports.database.transact((query) => query.insertInto('audit_events').values(rows).execute());
      return true;
    } catch (error) {
      ports.log.warn({ err: error, tries }, 'audit events could not be written');
    }
    if (state.isClosed) break;
    await pause(bounds.retryMs, undefined, { ref: false });
  }
  ports.log.error({ events: rows.length }, 'audit events were lost: the database refused them');
  return false;
}
