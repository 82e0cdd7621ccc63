// Decides what a realtime token grants: our own tokens unless their right has ended, then those of one's own backend.
import type { Revocations } from '@parley/api';
import type { ConnectionGrant, Override, SubscriptionGrant, TokenAnswer, TokenGate } from '@parley/gateway';
import { type Json, type Payload, rawJson } from '@parley/protocol';
import { tokenProblemText } from '@parley/tokens';
import type { ForeignProblem, ForeignVerified, TokenProblem } from '@parley/tokens';
import type { ServerTokens } from './tokens.ts';

type Refusal = Extract<TokenAnswer<never>, { ok: false }>;

// Rooms and people's own channels rest on memberships and sessions, which a token of somebody else cannot have.
const ownApplication = /^\$?app:/;

const elsewhere: Refusal = { ok: false, problem: 'invalid', reason: 'channel' };

/** A gate that always answers at once. */
export interface SyncTokenGate extends TokenGate {
  connection(token: string): TokenAnswer<ConnectionGrant>;
  subscription(token: string): TokenAnswer<SubscriptionGrant>;
}

/** What the gate asks. `foreign` verifies tokens of one's own backend; absent: there are none. */
export interface TokenGateOptions {
  tokens: ServerTokens;
  revocations: Pick<Revocations, 'isRevoked'>;
  foreign?: (token: string) => ForeignVerified;
}

/** Makes the gate that the gateway asks at connect, subscribe and refresh; synchronous and from memory. */
export function createTokenGate(options: TokenGateOptions): SyncTokenGate {
  return {
    connection: (token) => connectionAnswer(options, token),
    subscription: (token) => subscriptionAnswer(options, token),
  };
}

function connectionAnswer(options: TokenGateOptions, token: string): TokenAnswer<ConnectionGrant> {
  const own = options.tokens.connection.verify(token);
  if (!own.ok) return foreignConnection(options, token, own.problem);
  const { sub, jti, meta, info, channels, expire_at: expireAt } = own.claims;
  if (options.revocations.isRevoked({ sub, jti, ...meta })) return revoked;
  return {
    ok: true,
    claims: {
      user: sub,
      expireAt,
      ...infoOf({ info }),
      ...(channels === undefined ? {} : { channels }),
    },
  };
}

function subscriptionAnswer(options: TokenGateOptions, token: string): TokenAnswer<SubscriptionGrant> {
  const own = options.tokens.subscription.verify(token);
  if (!own.ok) return foreignSubscription(options, token, own.problem);
  const { sub, jti, sid, uv, mid, channel, info, expire_at: expireAt } = own.claims;
  if (options.revocations.isRevoked({ sub, jti, sid, uv, mid })) return revoked;
  return { ok: true, claims: { user: sub, channel, expireAt, ...infoOf({ info }) } };
}

const revoked: Refusal = { ok: false, problem: 'invalid', reason: 'revoked' };

function refuse(problem: ForeignProblem): Refusal {
  if (problem === 'unavailable') return { ok: false, problem, reason: problem };
  // The client comes back for a new token when the old one has only expired, and gives up on anything else.
  const isAboutTime = tokenProblemText(problem) === 'token expired' || problem === 'not_yet_valid';
  return { ok: false, problem: isAboutTime ? 'expired' : 'invalid', reason: problem };
}

function foreignConnection(
  options: TokenGateOptions,
  token: string,
  ownProblem: TokenProblem,
): TokenAnswer<ConnectionGrant> {
  const foreign = options.foreign?.(token);
  if (foreign === undefined || ownProblem === 'expired') return refuse(ownProblem);
  if (!foreign.ok) return refuse(foreign.problem);
  if (foreign.kind !== 'connection') return refuse('claims');
  const { claims } = foreign;
  const { sub = '', channels, subs } = claims;
  const named = [...(channels ?? []), ...Object.keys(subs ?? {})];
  if (!named.every((channel) => ownApplication.test(channel))) return elsewhere;
  return {
    ok: true,
    claims: {
      user: sub,
      expireAt: claims.expire_at ?? claims.exp ?? 0,
      ...infoOf(claims),
      ...(channels === undefined ? {} : { channels }),
      ...(subs === undefined
        ? {}
        : { subs: Object.fromEntries(Object.entries(subs).map(([key, value]) => [key, subOf(value)])) }),
    },
  };
}

function foreignSubscription(
  options: TokenGateOptions,
  token: string,
  ownProblem: TokenProblem,
): TokenAnswer<SubscriptionGrant> {
  const foreign = options.foreign?.(token);
  if (foreign === undefined || ownProblem === 'expired') return refuse(ownProblem);
  if (!foreign.ok) return refuse(foreign.problem);
  if (foreign.kind !== 'subscription') return refuse('claims');
  const { claims } = foreign;
  if (!ownApplication.test(claims.channel)) return elsewhere;
  return {
    ok: true,
    claims: {
      user: claims.sub ?? '',
      channel: claims.channel,
      expireAt: claims.expire_at ?? claims.exp ?? 0,
      ...(claims.client === undefined ? {} : { client: claims.client }),
      ...infoOf(claims),
      ...(claims.data === undefined ? {} : { data: asPayload(claims.data) }),
      ...overrideOf(claims.override),
    },
  };
}

// What a token claims was parsed from JSON, so it is JSON.
const asPayload = (value: unknown): Payload => rawJson(value as Json);

function infoOf({ info }: { info?: unknown }): { info?: Payload } {
  return info === undefined ? {} : { info: asPayload(info) };
}

function subOf(value: Readonly<Record<string, unknown>>): { info?: Payload; data?: Payload; override?: Override } {
  const data = value.data === undefined ? {} : { data: asPayload(value.data) };
  return { ...infoOf(value), ...data, ...overrideOf(value.override) };
}

const overridable = ['presence', 'join_leave', 'force_push_join_leave', 'force_recovery', 'force_positioning'] as const;

function overrideOf(value: unknown): { override?: Override } {
  if (typeof value !== 'object' || value === null) return {};
  const override: { -readonly [K in keyof Override]: Override[K] } = {};
  for (const name of overridable) {
    const entry: unknown = Reflect.get(value, name);
    const wanted: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'value') : undefined;
    if (typeof wanted === 'boolean') override[name] = { value: wanted };
  }
  return { override };
}
