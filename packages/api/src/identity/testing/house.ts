// Decides how tests open the whole identity domain behind its door: real tokens, a fake clock, a gateway that notes calls.
import type { SessionTokens } from '@parley/contract';
import type { ServerApi } from '@parley/protocol';
import {
  createKeyring,
  createProfile,
  createSigner,
  createVerifier,
  generateKey,
  generateSecretKeys,
  type SecretKeys,
  type TokenKind,
} from '@parley/tokens';
import type { LightMyRequestResponse } from 'fastify';
import { createAudit } from '../../audit/audit.ts';
import type { ApiConfig } from '../../config.ts';
import type { ApiContext } from '../../context.ts';
import type { Database } from '../../db/database.ts';
import type { ApiApp } from '../../http/api-app.ts';
import { createHttpApp } from '../../http/app.ts';
import { createAuthenticationCounts, type AuthenticationCounts } from '../../http/authentication-counts.ts';
import type { WaysIn } from '../../http/gate-ports.ts';
import { createRateLimits, type RateLimits, type RateOverrides } from '../../http/rate-limits.ts';
import { captureLog, type CapturedLog } from '../../http/testing/platform.ts';
import { createMailer } from '../../mail/mailer.ts';
import { createDatabaseRevocationStore } from '../../realtime/revocation-store.ts';
import { createRevocations, revocationLifeMs, type RevocationList } from '../../realtime/revocation.ts';
import { createCookieSessions } from '../cookie-sessions.ts';
import { createIdentity, registerIdentityRoutes, type Identity } from '../identity.ts';
import type { DeviceOf, OnRegistered, SecondFactors } from '../ports.ts';

/** Settings of the tests: cheap hashes, the default lives. */
export const testConfig: ApiConfig = {
  publicUrl: 'https://parley.example',
  realtimeUrl: 'wss://parley.example/connection/websocket',
  allowedOrigins: [],
  registration: 'invitation',
  providers: [],
  passwordMinLength: 12,
  accessTokenLife: 900,
  connectionTokenLife: 60,
  connectionLife: 900,
  refreshIdleLife: 7 * 86_400,
  refreshAbsoluteLife: 30 * 86_400,
  refreshGrace: 30,
  refreshReplayLimit: 600,
  argon2: { memoryCost: 64, timeCost: 1, parallelism: 1 },
  trustedProxies: 0,
  rateLimitFactor: 1,
  secureCookies: true,
  version: '0.1.0',
};

/** What a test may replace. */
export interface HouseOptions {
  config?: Partial<ApiConfig>;
  rates?: RateOverrides;
  /** New ones if not given; a second house over the same database needs those of the first. */
  secretKeys?: SecretKeys;
  onRegistered?: OnRegistered;
  secondFactors?: SecondFactors;
  deviceOf?: DeviceOf;
  /** Whether there is a mail server; there is one unless a test says no. */
  mail?: boolean;
  /** An older system whose cookie `old` is accepted. */
  olderSystem?: { fetch: typeof globalThis.fetch; until: number | null };
}

/** Everything that a test of identity touches. */
export interface House extends CapturedLog {
  app: ApiApp;
  identity: Identity;
  database: Database;
  revocations: RevocationList;
  limits: RateLimits;
  counts: AuthenticationCounts;
  /** Users whose connections were cut, in order, with the code; and sessions whose own were. */
  cut: ({ user: string; code: number | undefined } | { session: string })[];
  now: () => number;
  tick: (ms: number) => void;
  post: (url: string, payload: object, headers?: Record<string, string>) => Promise<LightMyRequestResponse>;
}

/** Rates that no test reaches by accident. */
const roomy = { points: 100_000, windowSeconds: 60 };
const roomyRates: RateOverrides = {
  'login-source': roomy,
  'login-identifier': roomy,
  'login-device': roomy,
  'auth-source': roomy,
  'register-source': roomy,
  'lookup-source': roomy,
  'refresh-source': roomy,
  'second-factor-source': roomy,
  'passkey-source': roomy,
  'provider-source': roomy,
  'factors-user': roomy,
  'refresh-family': roomy,
  'invitations-user': roomy,
};

function createTokens(config: ApiConfig, clock: ApiContext['clock']) {
  const profileOf = <K extends TokenKind>(kind: K) =>
    createProfile({
      kind,
      issuer: config.publicUrl,
      algorithms: ['HS256'],
      ring: createKeyring(kind, [generateKey('HS256', 'current')]),
      maxLifeSeconds: 3_600,
    });
  const access = profileOf('access');
  const issuer: ApiContext['issuer'] = {
    access: createSigner(access, clock),
    connection: createSigner(profileOf('connection'), clock),
    subscription: createSigner(profileOf('subscription'), clock),
  };
  return { issuer, verifyAccess: createVerifier(access, clock) };
}

/** Opens identity over a migrated database. */
export async function openHouse(database: Database, options: HouseOptions = {}): Promise<House> {
  const captured = captureLog();
  const time = { now: Date.UTC(2026, 0, 1) };
  const clock = { now: () => time.now };
  const config = { ...testConfig, ...options.config };
  const cut: House['cut'] = [];
  const serverApi = {
    call: (method: string, params: { user: string; uid: string; disconnect?: { code: number } }) => {
      if (method === 'disconnect') cut.push({ user: params.user, code: params.disconnect?.code });
      if (method === 'revoke_token') cut.push({ session: params.uid });
      return Promise.resolve({ result: {} });
    },
  } as unknown as ServerApi;
  const revocations = createRevocations({
    store: createDatabaseRevocationStore({ database, log: captured.log }),
    clock,
    entryLifeMs: revocationLifeMs(config),
  });
  await revocations.load();
  const limits = createRateLimits({ clock, overrides: { ...roomyRates, ...options.rates } });
  const tokens = createTokens(config, clock);
  const context: ApiContext = {
    config,
    clock,
    log: captured.log,
    database,
    ...tokens,
    revocations,
    secretKeys: options.secretKeys ?? generateSecretKeys(),
    audit: createAudit({ database, clock, log: captured.log }),
    mailer: createMailer({ clock, isConfigured: options.mail ?? true }),
    serverApi,
    wakeRelay: () => undefined,
  };
  const onRegistered = options.onRegistered ?? (() => Promise.resolve());
  const challengeWork = { bits: 8, parts: 8 };
  const identity = await createIdentity(context, { ...options, limits, revocations, onRegistered, challengeWork });
  const routes = [(app: ApiApp) => registerIdentityRoutes(app, identity.ports)];
  const counts = createAuthenticationCounts();
  const app = createHttpApp({
    context,
    limits,
    waysIn: { ...identity.waysIn, ...olderSystem(context, options) },
    counts,
    routes,
    checks: [],
  });
  return {
    ...captured,
    app,
    identity,
    database,
    revocations,
    limits,
    counts,
    cut,
    now: clock.now,
    tick: (ms) => {
      time.now += ms;
    },
    post: (url, payload, headers = {}) => app.inject({ method: 'POST', url, payload, headers }),
  };
}

function olderSystem(context: ApiContext, options: HouseOptions): WaysIn {
  if (options.olderSystem === undefined) return {};
  const { fetch, until } = options.olderSystem;
  const settings = { cookieName: 'old', url: 'https://old.example/whoami', until };
  return { cookies: createCookieSessions({ ...context, fetch }, settings) };
}

/** The headers that our own page sends with a cookie. */
export const pageHeaders = { 'x-parley-client': 'web', 'sec-fetch-site': 'same-origin' };

/** A person who is signed in. */
export interface Person {
  tokens: SessionTokens;
  bearer: { authorization: string };
}

/** Reads the tokens of an answer that began a session. */
export function personOf(answer: LightMyRequestResponse): Person {
  const tokens = answer.json<SessionTokens>();
  return { tokens, bearer: { authorization: `Bearer ${tokens.accessToken}` } };
}

/** The refresh token in an answer's cookie. */
export function cookieOf(answer: LightMyRequestResponse): string {
  const header = String(answer.headers['set-cookie']);
  return /^__Host-rt=([^;]*)/.exec(header)?.[1] ?? '';
}

/** Makes the first administrator through the set-up link, as a native client. */
export async function makeAdmin(house: House): Promise<Person> {
  const link = (await house.identity.setupLink()) ?? '';
  const token = link.split('#')[1] ?? '';
  const body = { token, email: 'ada@example.org', name: 'Ada', password: 'correct horse battery', client: 'native' };
  return personOf(await house.post('/v1/setup', body));
}

/** Invites and registers a person, as a native client; their address counts as confirmed. */
export async function makePerson(house: House, admin: Person, name: string): Promise<Person> {
  const invited = await house.post('/v1/invitations', {}, admin.bearer);
  const invitation = invited.json<{ url: string }>().url.split('#')[1];
  const email = `${name.toLowerCase()}@example.org`;
  const password = 'correct horse battery';
  const answer = await house.post('/v1/auth/register', { email, name, password, invitation, client: 'native' });
  if (answer.statusCode === 201) return personOf(answer);
  await house.database.transact((query) =>
    query.updateTable('users').set({ email_verified_at: house.now() }).where('email', '=', email).execute(),
  );
  return personOf(await house.post('/v1/auth/login', { email, password, client: 'native' }));
}

/** The id of the session behind a person's access token. */
export function sessionOf(person: Person): string {
  const claims = JSON.parse(Buffer.from(person.tokens.accessToken.split('.')[1] ?? '', 'base64url').toString());
  return String(claims.sid);
}
