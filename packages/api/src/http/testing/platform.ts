// Decides how tests open the HTTP platform alone: a fake clock, a log in memory, tokens that are plain words.
import { Writable } from 'node:stream';
import type { AccessVerifier, ApiContext } from '../../context.ts';
import type { ApiApp, RouteRegistrar } from '../api-app.ts';
import { createHttpApp } from '../app.ts';
import { createLog } from '../log.ts';
import { createRateLimits, type RateOverrides } from '../rate-limits.ts';

/** A log that keeps its lines; `text()` is everything that was written. */
export interface CapturedLog {
  log: ApiContext['log'];
  text: () => string;
  lines: () => Record<string, unknown>[];
}

/** Makes a log that is read by the test. */
export function captureLog(): CapturedLog {
  const written: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      done();
    },
  });
  return {
    log: createLog({ level: 'trace', destination }),
    text: () => written.join(''),
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

/** A verifier that takes `user.<id>` for a member of that id and refuses everything else. */
export const wordVerifier: AccessVerifier = (token) => {
  const userId = /^user\.([a-z0-9-]+)$/.exec(token)?.[1];
  if (userId === undefined) return { ok: false, problem: 'signature' };
  const claims = { iss: 'i', aud: 'parley:api', sub: userId, jti: 'j', iat: 0, exp: 1, sid: 's', uv: 1 };
  return { ok: true, claims: { ...claims, role: 'member', scope: '', client_id: 'web', name: userId } };
};

/** The platform under test. `checks` turns readiness off; `tick` moves the clock by milliseconds. */
export interface Platform extends CapturedLog {
  app: ApiApp;
  checks: { database: boolean };
  tick: (ms: number) => void;
}

/** What a test may replace. */
export interface PlatformOptions {
  database?: ApiContext['database'];
  rates?: RateOverrides;
  trustedProxies?: number;
}

/** Opens the platform with the routes of one test. */
export function openPlatform(routes: RouteRegistrar, options: PlatformOptions = {}): Platform {
  const captured = captureLog();
  const time = { now: Date.UTC(2026, 0, 1) };
  const checks = { database: true };
  const config = {
    publicUrl: 'http://localhost:8000',
    allowedOrigins: ['https://app.example'],
    trustedProxies: options.trustedProxies ?? 0,
    version: '1.2.3',
  };
  const context = {
    config,
    clock: { now: () => time.now },
    log: captured.log,
    database: options.database ?? ({} as ApiContext['database']),
    verifyAccess: wordVerifier,
    revocations: { isRevoked: () => false },
  };
  const app = createHttpApp({
    context,
    limits: createRateLimits({ clock: context.clock, overrides: options.rates ?? {} }),
    routes: [routes],
    checks: [
      {
        name: 'database',
        check: () => {
          if (!checks.database) throw new Error('lost');
        },
      },
    ],
  });
  return {
    ...captured,
    app,
    checks,
    tick: (ms) => {
      time.now += ms;
    },
  };
}
