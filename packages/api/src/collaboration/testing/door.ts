// Decides how tests enter the collaboration endpoints: real routes, gate, relay and database, a recording gateway.
import type { TestContext } from 'node:test';
import type { Role } from '@parley/contract';
import { generateSecretKeys } from '@parley/tokens';
import { createAudit } from '../../audit/audit.ts';
import type { AccessVerifier, ApiContext, TokenIssuer } from '../../context.ts';
import type { Database } from '../../db/database.ts';
import { createHttpApp } from '../../http/app.ts';
import { createRateLimits } from '../../http/rate-limits.ts';
import { captureLog, type CapturedLog } from '../../http/testing/platform.ts';
import { newId } from '../../ids.ts';
import { createMailer } from '../../mail/mailer.ts';
import { RELAY_BOUNDS, startRelay, type Relay } from '../../outbox/relay.ts';
import { createPublisher } from '../../realtime/publisher.ts';
import { createRecordingGateway, type RecordingGateway } from '../../realtime/testing/recording-gateway.ts';
import { registerRealtimeTokenRoutes } from '../../realtime/token-routes.ts';
import { registerMemberRoutes } from '../rooms/member-routes.ts';
import { registerRoomRoutes } from '../rooms/routes.ts';
import { registerMessageRoutes } from '../messages/routes.ts';

/** What came back. `body` is the parsed JSON, or undefined. */
export interface Answer<T> {
  status: number;
  body: T;
}

/** A signed-in person. */
export interface Person {
  id: string;
  name: string;
  /** Makes a request; `url` without `/v1`. */
  call<T = unknown>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    body?: object,
  ): Promise<Answer<T>>;
}

/** The house under test. */
export interface Door extends CapturedLog {
  database: Database;
  gateway: RecordingGateway;
  relay: Relay;
  context: ApiContext;
  /** Membership and session ids that are revoked on this node. */
  revoked: string[];
  /** Makes a user row and signs them in. */
  person(name: string, role?: Role): Promise<Person>;
  /** Resolves when the outbox is empty. */
  settled(): Promise<void>;
}

// `<role>.<id>.<name>` stands for a signed token.
const verifyAccess: AccessVerifier = (token) => {
  const [role, sub, name] = token.split('.');
  if (role === undefined || sub === undefined || name === undefined) return { ok: false, problem: 'signature' };
  const claims = { iss: 'i', aud: 'parley:api', jti: 'j', iat: 0, exp: 1, scope: '', client_id: 'web' };
  return { ok: true, claims: { ...claims, sub, role, name, sid: 'session-1', uv: 3 } };
};

/** Tokens that a test can read: the claims as JSON. */
const issuer: TokenIssuer = {
  access: (claims, life) => JSON.stringify({ claims, life }),
  connection: (claims, life) => JSON.stringify({ claims, life }),
  subscription: (claims, life) => JSON.stringify({ claims, life }),
};

const config = {
  publicUrl: 'http://localhost:8000',
  allowedOrigins: [],
  trustedProxies: 0,
  rateLimitFactor: 1,
  version: '1.2.3',
  connectionTokenLife: 60,
  accessTokenLife: 900,
  connectionLife: 900,
} as unknown as ApiContext['config'];

/** Opens the door on a migrated database; closed with the test. */
export async function openDoor(database: Database, t: TestContext): Promise<Door> {
  const captured = captureLog();
  const gateway = createRecordingGateway();
  const realtime = createPublisher(gateway.serverApi);
  const clock = { now: () => Date.now() };
  const ports = { database, realtime, clock, log: captured.log, random: Math.random };
  const relay = startRelay(ports, { ...RELAY_BOUNDS, outageBackoff: { firstMs: 1, longestMs: 10 } });
  const revoked: string[] = [];
  const context: ApiContext = {
    config,
    clock,
    log: captured.log,
    database,
    issuer,
    verifyAccess,
    secretKeys: generateSecretKeys(),
    audit: createAudit({ database, clock, log: captured.log }),
    mailer: createMailer({ clock, isConfigured: false }),
    serverApi: gateway.serverApi,
    revocations: {
      isRevoked: ({ mid }) => revoked.includes(`mid:${mid}`),
      add: (subject) => revoked.push(subject),
      raiseEpoch: () => {},
    },
    wakeRelay: () => relay.wake(),
  };
  const collaboration = { ...context, realtime };
  const app = createHttpApp({
    context,
    limits: createRateLimits({ clock, overrides: { 'messages-user': { points: 1_000_000, windowSeconds: 1 } } }),
    routes: [
      (routes) => registerRoomRoutes(routes, collaboration),
      (routes) => registerMemberRoutes(routes, collaboration),
      (routes) => registerMessageRoutes(routes, collaboration),
      (routes) => registerRealtimeTokenRoutes(routes, context),
    ],
    checks: [],
  });
  t.after(async () => {
    await app.close();
    await relay.stop();
  });
  return {
    ...captured,
    database,
    gateway,
    relay,
    context,
    revoked,
    async person(name, role = 'member') {
      const id = await insertUser(database, name, role);
      return {
        id,
        name,
        call: (method, url, body) =>
          call(app, `${role}.${id}.${name}`, {
            method,
            url,
            body,
          }),
      };
    },
    async settled() {
      const deadline = AbortSignal.timeout(1e4);
      while ((await relay.stats()).waiting > 0) {
        deadline.throwIfAborted();
        relay.wake();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

async function call<T>(
  app: ReturnType<typeof createHttpApp>,
  token: string,
  request: { method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; url: string; body: object | undefined },
): Promise<Answer<T>> {
  const answer = await app.inject({
    method: request.method,
    url: `/v1${request.url}`,
    headers: { authorization: `Bearer ${token}` },
    ...(request.body === undefined ? {} : { payload: request.body }),
  });
  return { status: answer.statusCode, body: (answer.body === '' ? undefined : answer.json()) as T };
}

/** Stores a user who cannot log in. */
export async function insertUser(database: Database, name: string, role: Role): Promise<string> {
  const now = Date.now();
  const id = newId(now);
  const user = { id, email: `${id}@example.test`, email_key: `${id}@example.test`, name, role };
  await database.transact((query) =>
    query
      .insertInto('users')
      .values({ ...user, password_hash: '', disabled_at: null, created_at: now })
      .execute(),
  );
  return id;
}
