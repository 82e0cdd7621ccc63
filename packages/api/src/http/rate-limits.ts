// Decides how often something may be asked for, and what the answer says when it is too often.
import type { FastifyReply } from 'fastify';
import { BurstyRateLimiter, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { LIMITS, RATES, type Rate, type RateName } from './limits.ts';
import { problem } from './problems.ts';

/** Whether one more request fits. `waitSeconds` until the next one may, at least 1. */
export type Taken =
  | { ok: true }
  | { ok: false; rate: RateName; points: number; windowSeconds: number; waitSeconds: number };

/** Counts requests. One process counts for itself: with several nodes each has its own counts. */
export interface RateLimits {
  /** Takes one request of `rate` under `key`; refused ones do not make the wait longer. */
  take(rate: RateName, key: string): Promise<Taken>;
  /** Forgets what was counted under `key`. */
  forget(rate: RateName, key: string): Promise<void>;
}

/** Rates as they are configured, where they differ from {@link RATES}. */
export type RateOverrides = Partial<Record<RateName, Rate>>;

/** Every rate of the table with `factor` times its points. */
export function multiplyRates(factor: number): RateOverrides {
  const times = ({ points, windowSeconds, burst }: Rate): Rate => ({
    points: points * factor,
    windowSeconds,
    ...(burst === undefined ? {} : { burst: { ...burst, points: burst.points * factor } }),
  });
  return Object.fromEntries(Object.entries<Rate>(RATES).map(([name, rate]) => [name, times(rate)]));
}

interface Limiter {
  rate: Rate;
  consume(key: string): Promise<RateLimiterRes>;
  forget(key: string): Promise<void>;
}

function createLimiter(rate: Rate): Limiter {
  const steady = new RateLimiterMemory({ points: rate.points, duration: rate.windowSeconds });
  if (rate.burst === undefined)
    return {
      rate,
      consume: (key) => steady.consume(key),
      forget: async (key) => {
        await steady.delete(key);
      },
    };
  const burst = new RateLimiterMemory({ points: rate.burst.points, duration: rate.burst.windowSeconds });
  const both = new BurstyRateLimiter(steady, burst);
  return {
    rate,
    consume: (key) => both.consume(key),
    forget: async (key) => {
      await Promise.all([steady.delete(key), burst.delete(key)]);
    },
  };
}

/** The keys of one limiter in the order of their first use, so that memory has an end. */
function createBoundedLimiter(rate: Rate): Limiter {
  const limiter = createLimiter(rate);
  const keys = new Set<string>();
  const forget = async (key: string): Promise<void> => {
    keys.delete(key);
    await limiter.forget(key);
  };
  return {
    rate,
    async consume(key) {
      keys.add(key);
      const [oldest] = keys;
      if (keys.size > LIMITS.rateLimitKeys && oldest !== undefined) await forget(oldest);
      return limiter.consume(key);
    },
    forget,
  };
}

/**
 * Makes the counters.
 *
 * @param overrides rates that differ from the table
 */
export function createRateLimits(overrides: RateOverrides = {}): RateLimits {
  const limiters = new Map<RateName, Limiter>();
  for (const name of Object.keys(RATES) as RateName[])
    limiters.set(name, createBoundedLimiter(overrides[name] ?? RATES[name]));
  const limiterOf = (rate: RateName): Limiter => {
    const limiter = limiters.get(rate);
    if (limiter === undefined) throw new TypeError(`there is no rate ${rate}`);
    return limiter;
  };
  return {
    async take(rate, key) {
      const limiter = limiterOf(rate);
      try {
        await limiter.consume(key);
        return { ok: true };
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        const { points, windowSeconds } = limiter.rate;
        return {
          ok: false,
          rate,
          points,
          windowSeconds,
          waitSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000)),
        };
      }
    },
    forget: (rate, key) => limiterOf(rate).forget(key),
  };
}

/** Answers 429 with `Retry-After`, `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers). */
export function refuseTooMany(reply: FastifyReply, refused: Taken & { ok: false }): FastifyReply {
  reply.request.refusal = refused.rate;
  reply.header('ratelimit-policy', `"${refused.rate}";q=${refused.points};w=${refused.windowSeconds}`);
  reply.header('ratelimit', `"${refused.rate}";r=0;t=${refused.waitSeconds}`);
  return problem(reply, 'rate.limited', {
    detail: `Wait ${refused.waitSeconds} s before the next try.`,
    retryAfterSeconds: refused.waitSeconds,
  });
}
