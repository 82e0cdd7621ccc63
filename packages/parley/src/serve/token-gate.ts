// Decides what a realtime token grants: our own tokens unless their right has ended, then those of one's own backend.
import type { Revocations } from '@parley/api';
import type { ConnectionGrant, SubscriptionGrant, TokenAnswer, TokenGate } from '@parley/gateway';
import { type Json, type Payload, rawJson } from '@parley/protocol';
import { tokenProblemText } from '@parley/tokens';
import type { ForeignProblem, ForeignVerified, TokenProblem } from '@parley/tokens';
import { connectionGrant, subscriptionGrant } from './foreign-grants.ts';
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
  const { channels, subs } = foreign.claims;
  const named = [...(channels ?? []), ...Object.keys(subs ?? {})];
  if (!named.every((channel) => ownApplication.test(channel))) return elsewhere;
  return { ok: true, claims: connectionGrant(foreign.claims) };
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
  if (!ownApplication.test(foreign.claims.channel)) return elsewhere;
  return { ok: true, claims: subscriptionGrant(foreign.claims) };
}

// What a token claims was parsed from JSON, so it is JSON.
function infoOf({ info }: { info?: unknown }): { info?: Payload } {
  return info === undefined ? {} : { info: rawJson(info as Json) };
}
