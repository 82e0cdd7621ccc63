// Decides what happens to the rows of one stream: delivered in order, until one gets stuck or is given up.
import type { Logger } from 'pino';
import type { OutboxRow } from '../db/schema.ts';
import type { Delivered, Delivery, Realtime } from '../realtime/realtime.ts';
import type { Step } from './deliveries.ts';

/** Errors of the server API that may pass: internal error, too many requests. Every other refusal is for good. */
const PASSING_ERRORS: ReadonlySet<number> = new Set([100, 111]);

/** Events whose publication is remembered while their row is still there. */
const REMEMBERED_MAX = 10_000;

/**
 * How far a stream came: positions and ids of the rows that are done with, and the row that holds up the rest.
 * `isUnreachable` says that the gateway did not answer, rather than refuse.
 */
export interface StreamOutcome {
  done: number[];
  doneIds: string[];
  stuck?: { row: OutboxRow; isUnreachable: boolean };
}

/** Runs streams; remembers what it has published until it is told that the rows are gone. */
export interface StreamRunner {
  run(steps: readonly Step[]): Promise<StreamOutcome>;
  forget(ids: readonly string[]): void;
}

interface RunnerPorts {
  realtime: Pick<Realtime, 'deliver'>;
  log: Logger;
  counters: { retried: number; failed: number; lost: number };
}

type StepResult = 'done' | 'refused' | 'unreachable';

/**
 * Makes the runner.
 *
 * @param bounds after how many refusals that cannot pass a row is given up
 */
export function createStreamRunner(ports: RunnerPorts, bounds: { refusals: number }): StreamRunner {
  // The gateway forgets idempotency keys after five minutes; while this process lives, it need not ask it.
  const published = new Set<string>();
  return {
    async run(steps) {
      const outcome: StreamOutcome = { done: [], doneIds: [] };
      for (const step of steps) {
        const result = await runStep({ ports, bounds, published }, step);
        if (result !== 'done') {
          ports.counters.retried += 1;
          return { ...outcome, stuck: { row: step.row, isUnreachable: result === 'unreachable' } };
        }
        outcome.done.push(step.row.position);
        outcome.doneIds.push(step.row.id);
      }
      return outcome;
    },
    forget(ids) {
      for (const id of ids) published.delete(id);
    },
  };
}

interface Runner {
  ports: RunnerPorts;
  bounds: { refusals: number };
  published: Set<string>;
}

async function runStep(runner: Runner, step: Step): Promise<StepResult> {
  const { ports, published } = runner;
  if (step.own === undefined) {
    const { id: event, type, position } = step.row;
    ports.log.error(
      { event, type, position },
      'an announcement is not JSON and can never be delivered; it is given up',
    );
    ports.counters.failed += 1;
    return 'done';
  }
  if (!published.has(step.row.id)) {
    const result = await attempt(runner, step.row, step.own);
    if (result !== 'done') return result;
    published.add(step.row.id);
    const [oldest] = published;
    if (published.size > REMEMBERED_MAX && oldest !== undefined) published.delete(oldest);
  }
  for (const delivery of step.others) {
    const result = await attempt(runner, step.row, delivery);
    if (result !== 'done') return result;
  }
  return 'done';
}

async function attempt({ ports, bounds }: Runner, row: OutboxRow, delivery: Delivery): Promise<StepResult> {
  const delivered = await ports.realtime.deliver(delivery).catch((error: unknown): undefined => {
    ports.log.debug({ err: error, event: row.id, type: row.type }, 'the gateway did not answer');
  });
  if (delivered === undefined) return 'unreachable';
  if (delivered.ok) {
    ports.counters.lost += delivered.lost;
    return 'done';
  }
  return judgeRefusal({ ports, bounds, row, error: delivered.error });
}

function judgeRefusal(about: {
  ports: RunnerPorts;
  bounds: { refusals: number };
  row: OutboxRow;
  error: (Delivered & { ok: false })['error'];
}): StepResult {
  const { ports, row, error } = about;
  const tries = row.attempts + 1;
  const facts = { event: row.id, type: row.type, code: error.code, reason: error.message, tries };
  if (PASSING_ERRORS.has(error.code) || tries < about.bounds.refusals) {
    ports.log.warn(facts, 'the gateway refused an announcement; it is tried again');
    return 'refused';
  }
  ports.log.error(facts, 'the gateway refuses an announcement for good; it is given up');
  ports.counters.failed += 1;
  return 'done';
}
