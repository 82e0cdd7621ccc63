// Decides when the process is alive and when it is ready.
import { z } from 'zod';
import type { Clock } from '../context.ts';
import type { ApiApp } from './api-app.ts';
import { LIMITS } from './limits.ts';

/** One thing that readiness rests on. `check` rejects or throws when it is not well. */
export interface HealthCheck {
  name: string;
  check(): Promise<void> | void;
}

const CheckResult = z.object({ name: z.string(), ok: z.boolean() });
const Health = z.object({ status: z.enum(['ok', 'unavailable']), checks: z.array(CheckResult).optional() });
const Verbose = z.object({ verbose: z.string().max(5).optional() });

type Result = z.infer<typeof CheckResult>;

async function runCheck(check: HealthCheck): Promise<Result> {
  const timeout = AbortSignal.timeout(LIMITS.readinessCheckMs);
  const tooLate = new Promise<false>((resolve) => {
    timeout.addEventListener('abort', () => resolve(false), { once: true });
  });
  const done = (async () => check.check())().then(
    () => true,
    // The reason stays in the log of the part that failed: readiness is asked every second.
    () => false,
  );
  return { name: check.name, ok: await Promise.race([done, tooLate]) };
}

/** Repeats one answer for a second, so that asking often costs nothing. */
function createReadiness(checks: readonly HealthCheck[], clock: Clock): () => Promise<Result[]> {
  const state: { asked: { at: number; results: Promise<Result[]> } | undefined } = { asked: undefined };
  return () => {
    const now = clock.now();
    if (state.asked === undefined || now - state.asked.at >= LIMITS.readinessCacheMs)
      state.asked = { at: now, results: Promise.all(checks.map(runCheck)) };
    return state.asked.results;
  };
}

/**
 * Adds `/livez` (the event loop turns; no dependency is asked), `/readyz` (every check is well; `?verbose` lists
 * them) and `/health`, which answers as `/readyz`.
 */
export function registerHealthRoutes(app: ApiApp, options: { checks: readonly HealthCheck[]; clock: Clock }): void {
  const readiness = createReadiness(options.checks, options.clock);
  app.get('/livez', { config: { access: 'public' }, schema: { tags: ['health'], response: { 200: Health } } }, () => ({
    status: 'ok' as const,
  }));
  for (const path of ['/readyz', '/health'] as const)
    app.get(
      path,
      {
        config: { access: 'public' },
        schema: { tags: ['health'], querystring: Verbose, response: { 200: Health, 503: Health } },
      },
      async (request, reply) => {
        const results = await readiness();
        const isReady = results.every((result) => result.ok);
        const checks = request.query.verbose === undefined ? {} : { checks: results };
        return reply
          .code(isReady ? 200 : 503)
          .send({ status: isReady ? ('ok' as const) : ('unavailable' as const), ...checks });
      },
    );
}
