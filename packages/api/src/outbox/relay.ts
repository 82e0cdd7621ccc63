// Decides how recorded announcements reach the gateway: in order in each stream, at least once, for as long as it takes.
import type { Logger } from 'pino';
import type { Clock } from '../context.ts';
import type { Database } from '../db/database.ts';
import type { Realtime } from '../realtime/realtime.ts';
import { createAlarm, type Alarm } from './alarm.ts';
import { pauseMs, type Backoff } from './backoff.ts';
import { planStream, roomsToLookUp } from './deliveries.ts';
import { backlog, membersOfRooms, nextRows, settle, type Postponed } from './queue.ts';
import { createStreamRunner, type StreamOutcome, type StreamRunner } from './run-stream.ts';

/** What the relay asks for. `random` gives numbers from 0 to 1 for the jitter of its pauses. */
export interface RelayPorts {
  database: Database;
  realtime: Pick<Realtime, 'deliver'>;
  clock: Clock;
  log: Logger;
  random: () => number;
}

/** Bounds of the relay. Times in milliseconds. */
export interface RelayBounds {
  /** Rows that are in memory at once. */
  batch: number;
  /** Streams that are published side by side. */
  streams: number;
  /** How often it looks without being woken. */
  pollMs: number;
  /** How often a row that the gateway refuses for good is tried before it is given up. */
  refusals: number;
  /** Pauses of one stream that failed while others went on. */
  streamBackoff: Backoff;
  /** Pauses of the whole relay while the gateway or the database is away. */
  outageBackoff: Backoff;
}

/** The bounds that the relay runs with unless it is told others. */
export const RELAY_BOUNDS: RelayBounds = {
  batch: 500,
  streams: 16,
  pollMs: 1_000,
  refusals: 5,
  streamBackoff: { firstMs: 100, longestMs: 30_000 },
  outageBackoff: { firstMs: 50, longestMs: 2_000 },
};

/**
 * Where the relay stands. Counters since its start: `delivered` rows, `retried` tries that failed, `failed` rows
 * given up, `lost` personal signals that a channel refused. `lagMs` is the age of the oldest waiting row.
 */
export interface RelayStats {
  delivered: number;
  retried: number;
  failed: number;
  lost: number;
  waiting: number;
  lagMs: number;
}

/** The running relay. */
export interface Relay {
  /** Says that there is something to do. Cheap; never throws. */
  wake(): void;
  stats(): Promise<RelayStats>;
  /** Finishes the batch in hand and ends; what remains is there for the next start. */
  stop(): Promise<void>;
}

/** Counters that only grow. */
export type Counters = Pick<RelayStats, 'delivered' | 'retried' | 'failed' | 'lost'>;

/**
 * Starts the relay: one loop that reads a batch in the order of recording, waits until it is durable, publishes it
 * stream by stream under the ids of the events, and deletes it.
 *
 * A crash between publishing and deleting publishes again under the same ids, which the gateway answers without
 * publishing for five minutes. Two relays on one database are right for the same reason: whoever publishes a row has
 * published, or seen deleted, all rows before it in its stream, so the first publication of each keeps the order.
 */
export function startRelay(ports: RelayPorts, bounds: RelayBounds = RELAY_BOUNDS): Relay {
  const counters: Counters = { delivered: 0, retried: 0, failed: 0, lost: 0 };
  const alarm = createAlarm();
  const runner = createStreamRunner({ ...ports, counters }, bounds);
  const state = { isStopping: false };
  const ended = run({ ports, bounds, alarm, runner, state, counters });
  return {
    wake: () => alarm.ring(),
    async stats() {
      const { waiting, oldestAt } = await backlog(ports.database);
      return { ...counters, waiting, lagMs: oldestAt === null ? 0 : Math.max(0, ports.clock.now() - oldestAt) };
    },
    stop() {
      state.isStopping = true;
      alarm.stop();
      return ended;
    },
  };
}

interface Loop {
  ports: RelayPorts;
  bounds: RelayBounds;
  alarm: Alarm;
  runner: StreamRunner;
  state: { isStopping: boolean };
  counters: Counters;
}

async function run(loop: Loop): Promise<void> {
  const { ports, bounds, alarm, state } = loop;
  let failures = 0;
  while (!state.isStopping) {
    const result = await runBatch(loop).catch((error: unknown): BatchResult => {
      ports.log.error({ err: error }, 'outbox relay failed; it tries again');
      return 'outage';
    });
    if (failures > 0 && result !== 'outage') ports.log.info({ failures }, 'announcements are delivered again');
    failures = result === 'outage' ? failures + 1 : 0;
    if (failures === 1) ports.log.warn('announcements cannot be delivered; they wait and are tried again');
    // During an outage new work does not make it come back earlier, or every write would be a try.
    if (result === 'outage') await alarm.sleep(pauseMs(bounds.outageBackoff, failures, ports.random()), true);
    if (result === 'idle') await alarm.sleep(bounds.pollMs);
  }
}

type BatchResult = 'progress' | 'outage' | 'idle';

async function runBatch({ ports, bounds, runner, counters }: Loop): Promise<BatchResult> {
  const { database, clock } = ports;
  const rows = await nextRows(database, { now: clock.now(), limit: bounds.batch });
  if (rows.length === 0) return 'idle';
  // What was read may have been committed by this process without having been flushed yet.
  await database.durable();
  const members = await membersOfRooms(database, roomsToLookUp(rows));
  const membersOf = (roomId: string): ReadonlySet<string> => members.get(roomId) ?? new Set();
  const streams = [...Map.groupBy(rows, (row) => row.stream).values()];
  const outcomes = await inParallel(streams, bounds.streams, (stream) => runner.run(planStream(stream, membersOf)));
  const done = outcomes.flatMap((outcome) => outcome.done);
  const stuck = outcomes.filter((outcome) => outcome.stuck !== undefined);
  if (done.length === 0 && stuck.every((outcome) => outcome.stuck?.isUnreachable)) {
    return 'outage';
  }
  await settle(database, { done, postponed: stuck.flatMap((outcome) => postpone(outcome, ports, bounds)) });
  runner.forget(outcomes.flatMap((outcome) => outcome.doneIds));
  counters.delivered += done.length;
  // Fewer rows than were asked for were all there are; whoever records more rings, and the ring is kept.
  return rows.length < bounds.batch && stuck.length === 0 ? 'idle' : 'progress';
}

function postpone({ stuck }: StreamOutcome, ports: RelayPorts, bounds: RelayBounds): Postponed[] {
  if (stuck === undefined) return [];
  const pause = pauseMs(bounds.streamBackoff, stuck.row.attempts + 1, ports.random());
  return [{ position: stuck.row.position, nextAttemptAt: ports.clock.now() + pause }];
}

/** Runs `work` over all items, at most `width` at a time; the results keep the order of the items. */
async function inParallel<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const workers = Array.from({ length: Math.min(width, items.length) }, async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  });
  await Promise.all(workers);
  return results;
}
