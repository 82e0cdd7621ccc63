// Decides how the api is put together from its parts, and in which order they start and end.
import type { WaitingMail } from '@parley/contract';
import type { ServerApi } from '@parley/protocol';
import type { Logger } from 'pino';
import { registerMemberRoutes } from './collaboration/rooms/member-routes.ts';
import { registerMessageRoutes } from './collaboration/messages/routes.ts';
import { enterByInvitation } from './collaboration/rooms/enter.ts';
import { registerRoomRoutes } from './collaboration/rooms/routes.ts';
import type { ApiConfig } from './config.ts';
import type { SecretKeys } from '@parley/tokens';
import { createAudit } from './audit/audit.ts';
import type { Audit } from './audit/ports.ts';
import { registerAuditRoutes } from './audit/routes.ts';
import type { AccessVerifier, ApiContext, Clock, Revocations, TokenIssuer } from './context.ts';
import type { Database } from './db/database.ts';
import type { ApiApp } from './http/api-app.ts';
import { createHttpApp } from './http/app.ts';
import { createAuthenticationCounts, type AuthenticationCounts } from './http/authentication-counts.ts';
import type { WaysIn } from './http/gate-ports.ts';
import type { HealthCheck } from './http/health.ts';
import { LIMITS } from './http/limits.ts';
import { createRateLimits, multiplyRates } from './http/rate-limits.ts';
import { createSharedCounters } from './http/shared-counters.ts';
import { createCookieSessions, type CookieSessionSettings } from './identity/cookie-sessions.ts';
import { createOperator, type Operator } from './identity/operator.ts';
import { createIdentity, registerIdentityRoutes, type Identity } from './identity/identity.ts';
import type { OnRegistered } from './identity/ports.ts';
import { createMailer } from './mail/mailer.ts';
import { registerMailRoutes } from './mail/routes.ts';
import { startRelay, type Relay, type RelayStats } from './outbox/relay.ts';
import { createPublisher } from './realtime/publisher.ts';
import type { Disconnector } from './realtime/disconnect.ts';
import { createDatabaseRevocationStore, type Listening } from './realtime/revocation-store.ts';
import {
  createRevocations,
  revocationLifeMs,
  type EndedElsewhere,
  type RevocationList,
} from './realtime/revocation.ts';
import { registerRealtimeTokenRoutes } from './realtime/token-routes.ts';
import { startRunners, type Runners } from './runners.ts';

/** An outbox whose oldest row is older than this makes the server not ready. */
const READY_LAG_MS = 30_000;
/** How long closing waits for disconnects that are under way. */
const CLOSE_DISCONNECTS_MS = 5_000;

/** What the api is made of. The database stays the caller's: it is not closed with the api. */
export interface ApiOptions {
  config: ApiConfig;
  database: Database;
  /** The gateway, in this process or elsewhere; it need not be reachable yet. */
  serverApi: ServerApi;
  issuer: TokenIssuer;
  secretKeys: SecretKeys;
  verifyAccess: AccessVerifier;
  log: Logger;
  clock: Clock;
  /** Without a mail server: told of each mail that is held. It carries a secret; show it to people only. */
  onHeldMail?: (mail: WaitingMail) => void;
  /** Sessions of an older system that are accepted beside our own; absent: there are none. */
  cookieSessions?: CookieSessionSettings;
}

/** The running api. */
export interface Api {
  /** Not listening: `app.routing(request, response)` serves requests of any http server once `ready` has resolved. */
  app: ApiApp;
  ready(): Promise<void>;
  /** For a gateway in the same process: which tokens are dead. */
  revocations: Revocations;
  /** Carries out what an operator at the machine orders. */
  operator: Operator;
  /** What this api counts, in the text form of Prometheus. */
  metrics(): string;
  /** For what happens around the api, such as the rotation of keys. */
  audit: Pick<Audit, 'note'>;
  /** A new one-time set-up link, or undefined once somebody has an account. Show it in the terminal only. */
  setupLink(): Promise<string | undefined>;
  stats(): Promise<{ outbox: RelayStats; revocations: { entries: number; silentMs: number } }>;
  /** Answers what is under way, ends the relay after its batch. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Brings the tables up to date, rebuilds the revocations, starts the relay and registers every endpoint.
 *
 * @throws {StorageError} when the database cannot be read or migrated
 */
export async function createApi(options: ApiOptions): Promise<Api> {
  const { config, database, clock, log, serverApi } = options;
  await database.migrate();
  const revocations = createRevocations({
    store: createDatabaseRevocationStore({ database, log }),
    clock,
    entryLifeMs: revocationLifeMs(config),
  });
  await revocations.load();
  const realtime = createPublisher(serverApi);
  const { issuer, verifyAccess, secretKeys } = options;
  const audit = createAudit({ database, clock, log });
  const context: ApiContext = {
    config,
    clock,
    log,
    database,
    issuer,
    verifyAccess,
    revocations,
    secretKeys,
    audit,
    mailer: createMailer({ clock, isConfigured: config.smtp !== undefined, log }),
    serverApi,
    wakeRelay: () => relay.wake(),
  };
  // One process on SQLite is all there is; nodes on PostgreSQL guard people together.
  const shared =
    database.dialect === 'postgres' ? { shared: { store: createSharedCounters({ database, clock }), log } } : {};
  const limits = createRateLimits({ clock, overrides: multiplyRates(config.rateLimitFactor), ...shared });
  const identity = await createIdentity(context, { limits, revocations, onRegistered: joinInvited(clock) });
  // Last of what can fail: nothing is left running behind a start that did not succeed.
  const relay = startRelay({ database, realtime, clock, log, random: Math.random });
  const runners = startRunners({ ...options, audit });
  const listening = revocations.listen(cutElsewhere(identity.ports.disconnector));
  const collaboration = { ...context, realtime };
  const counts = createAuthenticationCounts();
  const app = createHttpApp({
    context,
    limits,
    waysIn: { ...identity.waysIn, ...cookiesOf(options, context) },
    counts,
    checks: readiness({ database, revocations, listening, relay }),
    routes: [
      (routes) => registerIdentityRoutes(routes, identity.ports),
      (routes) => registerRoomRoutes(routes, collaboration),
      (routes) => registerMemberRoutes(routes, collaboration),
      (routes) => registerMessageRoutes(routes, collaboration),
      (routes) => registerRealtimeTokenRoutes(routes, context),
      (routes) => registerAuditRoutes(routes, context),
      (routes) => registerMailRoutes(routes, context),
    ],
  });
  return assemble({ app, relay, identity, revocations, listening, counts, runners, audit: context.audit });
}

function cookiesOf({ cookieSessions }: ApiOptions, context: ApiContext): WaysIn {
  if (cookieSessions === undefined) return {};
  return { cookies: createCookieSessions({ ...context, fetch: globalThis.fetch }, cookieSessions) };
}

/** A new account comes into the room of its invitation in the transaction that makes it. */
function joinInvited(clock: Clock): OnRegistered {
  return async (query, user, invitation) => {
    if (invitation.roomId === null) return;
    await enterByInvitation(query, { userId: user.id, roomId: invitation.roomId, now: clock.now() });
  };
}

/** What another node has ended is cut here as well: its own gateway knows its own connections only. */
function cutElsewhere(disconnector: Disconnector): (ended: EndedElsewhere) => void {
  return (ended) => {
    if (ended.kind === 'session') disconnector.disconnectSession({ sessionId: ended.sessionId });
    else disconnector.disconnect(ended.userId);
  };
}

interface Checked {
  database: Database;
  revocations: RevocationList;
  listening: Listening;
  relay: Relay;
}

function readiness(parts: Checked): HealthCheck[] {
  return [
    { name: 'database', check: () => parts.database.ping() },
    {
      name: 'revocations',
      check() {
        if (!parts.revocations.isLoaded()) throw new Error('the revocations are not loaded');
        const silentMs = Math.round(parts.listening.silentMs());
        if (silentMs > LIMITS.revocationSilenceMs)
          throw new Error(`revocations of other nodes have not been heard for ${silentMs} ms`);
      },
    },
    {
      name: 'outbox',
      async check() {
        const { lagMs } = await parts.relay.stats();
        if (lagMs > READY_LAG_MS) throw new Error(`the oldest announcement waits for ${lagMs} ms`);
      },
    },
  ];
}

interface Assembled extends Pick<Api, 'audit'> {
  app: ApiApp;
  relay: Relay;
  identity: Identity;
  revocations: RevocationList;
  listening: Listening;
  counts: AuthenticationCounts;
  runners: Runners;
}

function assemble(parts: Assembled): Api {
  const { app, relay, identity, revocations, listening, counts, runners, audit } = parts;
  const state: { closing: Promise<void> | undefined } = { closing: undefined };
  const close = async (): Promise<void> => {
    await app.close();
    identity.close();
    await listening.close();
    const tooLong = new Promise<void>((resolve) => {
      const deadline = AbortSignal.timeout(CLOSE_DISCONNECTS_MS);
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
    const { disconnector, afterAnswer } = identity.ports;
    await Promise.race([Promise.all([disconnector.idle(), afterAnswer.idle()]), tooLong]);
    await relay.stop();
    await runners.stop();
  };
  return {
    app,
    async ready() {
      await app.ready();
    },
    revocations,
    operator: createOperator(identity.ports, () => Promise.resolve(identity.ports.passwords)),
    metrics: () => counts.text(),
    audit,
    setupLink: () => identity.setupLink(),
    stats: async () => ({
      outbox: await relay.stats(),
      revocations: { entries: revocations.size(), silentMs: listening.silentMs() },
    }),
    close() {
      state.closing ??= close();
      return state.closing;
    },
  };
}
