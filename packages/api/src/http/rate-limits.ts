// Decides how often something may be asked for, what happens when the counts are lost, and what a refusal says.
import type { FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import type { Clock } from '../context.ts';
import { createMemoryCounters, type CounterStore } from './counter-store.ts';
import type { Cells, Fitted } from './gcra.ts';
import { LIMITS, RATES, WEIGHTS, type Rate, type RateName } from './limits.ts';
import { background } from './log.ts';
import { problem } from './problems.ts';

/** Whether one more request fits. `waitSeconds` until the next one may, at least 1. */
export type Taken =
  | { ok: true }
  | { ok: false; rate: RateName; points: number; windowSeconds: number; waitSeconds: number };

/** Counts requests. With the store in memory each process counts for itself. */
export interface RateLimits {
  /** Takes one request of `rate` under `key`; refused ones do not make the wait longer. */
  take(rate: RateName, key: string): Promise<Taken>;
  /** Takes from the bucket that all routes of identity share what a request of `rate` weighs there. */
  takeWeight(rate: RateName, source: string): Promise<Taken>;
  /**
   * Puts back one request that was taken for what did not happen. With a shared store this and `forget` happen a moment
   * later: a transaction that asks for it must not wait for a second connection.
   */
  give(rate: RateName, key: string): Promise<void>;
  /** Forgets what was counted under `key`. */
  forget(rate: RateName, key: string): Promise<void>;
}

/** Rates as they are configured, where they differ from {@link RATES}. */
export type RateOverrides = Partial<Record<RateName, Rate>>;

/** What the counters are made of. */
export interface RateLimitOptions {
  clock: Clock;
  overrides?: RateOverrides;
  /** Where the counts are shared, and who hears that it cannot be reached; without it they are this process's own. */
  shared?: { store: CounterStore; log: Pick<Logger, 'error'> };
}

/** Every rate of the table with `factor` times its points; what is good once stays good once. */
export function multiplyRates(factor: number): RateOverrides {
  const times = ({ points, windowSeconds, burst }: Rate): Rate => ({
    points: points * factor,
    windowSeconds,
    ...(burst === undefined ? {} : { burst: burst * factor }),
  });
  return Object.fromEntries(
    Object.entries<Rate>(RATES)
      .filter(([name]) => name !== 'challenge-spent')
      .map(([name, rate]) => [name, times(rate)]),
  );
}

function cellsOf(rate: Rate): Cells {
  return { intervalMs: (rate.windowSeconds * 1_000) / rate.points, capacity: rate.burst ?? rate.points };
}

const isApart = (name: RateName): boolean => 'isApart' in RATES[name];

/** Makes the counters. Each rate has its own memory, so that a flood under one cannot push out the keys of another. */
export function createRateLimits(options: RateLimitOptions): RateLimits {
  const { clock, overrides = {}, shared } = options;
  const names = Object.keys(RATES) as RateName[];
  const local = new Map(names.map((name) => [name, createMemoryCounters(clock, LIMITS.rateLimitKeys)]));
  const rateOf = (name: RateName): Rate => overrides[name] ?? RATES[name];
  const localOf = (name: RateName): CounterStore => {
    const counters = local.get(name);
    if (counters === undefined) throw new TypeError(`there is no rate ${name}`);
    return counters;
  };
  /** Asks the shared store; when it cannot be reached, this process's own counts answer, or nothing is counted. */
  const ask = async <T>(name: RateName, work: (store: CounterStore) => Promise<T>, passed: T): Promise<T> => {
    if (shared === undefined || isApart(name)) return work(localOf(name));
    try {
      return await work(shared.store);
    } catch (error) {
      shared.log.error({ err: error, rate: name }, 'the shared counts of rate limits cannot be reached');
      return RATES[name].whenLost === 'local' ? work(localOf(name)) : passed;
    }
  };
  const later = (name: RateName, work: (store: CounterStore) => Promise<void>): Promise<void> => {
    const done = ask(name, work, undefined);
    if (shared === undefined || isApart(name)) return done;
    background(shared.log, 'giving back what was counted', done);
    return Promise.resolve();
  };
  const take = async (name: RateName, key: string, cost: number): Promise<Taken> => {
    const rate = rateOf(name);
    const passed: Fitted = { ok: true, arrival: 0 };
    const fitted = await ask(name, (store) => store.take(`${name}:${key}`, cellsOf(rate), cost), passed);
    if (fitted.ok) return { ok: true };
    const { points, windowSeconds } = rate;
    return { ok: false, rate: name, points, windowSeconds, waitSeconds: Math.max(1, Math.ceil(fitted.waitMs / 1_000)) };
  };
  return {
    take: (name, key) => take(name, key, 1),
    takeWeight: async (name, source) => {
      const weight = WEIGHTS[name];
      return weight === undefined ? { ok: true } : take('auth-source', source, weight);
    },
    give: (name, key) => later(name, (store) => store.give(`${name}:${key}`, cellsOf(rateOf(name)), 1)),
    forget: (name, key) => later(name, (store) => store.forget(`${name}:${key}`)),
  };
}

/**
 * Answers 429 with `Retry-After`, `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers). A bucket
 * that is not the caller's own says no more than when to come again: what is left of it tells of other people's tries.
 */
export function refuseTooMany(reply: FastifyReply, refused: Taken & { ok: false }): FastifyReply {
  reply.request.refusal = refused.rate;
  if (RATES[refused.rate].by !== 'key') {
    reply.header('ratelimit-policy', `"${refused.rate}";q=${refused.points};w=${refused.windowSeconds}`);
    reply.header('ratelimit', `"${refused.rate}";r=0;t=${refused.waitSeconds}`);
  }
  return refuseFor(reply, refused.waitSeconds);
}

/** Answers 429 with nothing but when to come again, in whole seconds. */
export function refuseFor(reply: FastifyReply, waitSeconds: number): FastifyReply {
  return problem(reply, 'rate.limited', {
    detail: `Wait ${waitSeconds} s before the next try.`,
    retryAfterSeconds: waitSeconds,
  });
}
