// Decides what a realtime token grants: our own tokens unless their right has ended, then those of one's own backend.
import type { Revocations } from '@parley/api';
import type { ConnectionGrant, SubscriptionGrant, TokenAnswer, TokenGate } from '@parley/gateway';
import { type Json, type Payload, rawJson } from '@parley/protocol';
import type { ForeignKind, ForeignVerified, TokenProblem } from '@parley/tokens';
import { grantConnection, grantSubscription, refuseToken } from './foreign-grants.ts';
import type { Refusal } from './foreign-grants.ts';
import type { ServerTokens } from './tokens.ts';

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
  foreign?: (token: string, wanted: ForeignKind) => ForeignVerified;
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
  const { sub, jti, iat, exp, meta, info, channels, room, expire_at: expireAt } = own.claims;
  if (options.revocations.isRevoked({ sub, jti, exp, ...meta })) return revoked;
  return {
    ok: true,
    claims: {
      user: sub,
      expireAt,
      // The gateway knows our connections by their session, so that a session's can be cut, and no others.
      tokenId: meta?.sid ?? jti,
      issuedAt: iat,
      ...infoOf({ info }),
      ...(channels === undefined ? {} : { channels }),
      ...roomOf(room),
    },
  };
}

function subscriptionAnswer(options: TokenGateOptions, token: string): TokenAnswer<SubscriptionGrant> {
  const own = options.tokens.subscription.verify(token);
  if (!own.ok) return foreignSubscription(options, token, own.problem);
  const { sub, jti, iat, exp, sid, uv, mid, channel, info, expire_at: expireAt } = own.claims;
  if (options.revocations.isRevoked({ sub, jti, exp, sid, uv, mid })) return revoked;
  return { ok: true, claims: { user: sub, channel, expireAt, tokenId: sid, issuedAt: iat, ...infoOf({ info }) } };
}

const revoked: Refusal = { ok: false, problem: 'invalid', reason: 'revoked' };

function foreignConnection(
  options: TokenGateOptions,
  token: string,
  ownProblem: TokenProblem,
): TokenAnswer<ConnectionGrant> {
  if (options.foreign === undefined || ownProblem === 'expired') return refuseToken(ownProblem);
  const answer = grantConnection(options.foreign(token, 'connection'));
  if (!answer.ok) return answer;
  const { channels = [], subs = {}, room } = answer.claims;
  if (![...channels, ...Object.keys(subs)].every((channel) => ownApplication.test(channel))) return elsewhere;
  return { ok: true, claims: { ...answer.claims, ...roomOf(room) } };
}

function foreignSubscription(
  options: TokenGateOptions,
  token: string,
  ownProblem: TokenProblem,
): TokenAnswer<SubscriptionGrant> {
  if (options.foreign === undefined || ownProblem === 'expired') return refuseToken(ownProblem);
  const answer = grantSubscription(options.foreign(token, 'subscription'));
  return !answer.ok || ownApplication.test(answer.claims.channel) ? answer : elsewhere;
}

// Rooms of `/ws` are channels of one's own application: text there is not a message of the chat.
const roomOf = (room: string | undefined): { room?: string } => (room === undefined ? {} : { room: `app:${room}` });

// What a token of our own says was parsed from JSON, so it is JSON.
const infoOf = ({ info }: { info?: object | undefined }): { info?: Payload } =>
  info === undefined ? {} : { info: rawJson(info as Json) };
