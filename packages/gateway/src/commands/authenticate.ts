// Decides who a connecting client is.
import { type ConnectRequest, disconnects, type Payload, replyErrors } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { type Refusal, refuse, refuseConnection } from '../operations/refusal.ts';
import { expiryMs, isOver } from '../session/expiry.ts';
import type { ConnectionGrant, TokenAnswer } from '../token-gate.ts';

/** Who a client is and what its token brings. */
export interface Credentials {
  readonly ok: true;
  readonly user: string;
  readonly info: Payload | undefined;
  /** For the backend only. */
  readonly meta: Payload | undefined;
  /** Unix milliseconds; undefined if the connection does not end by itself. */
  readonly expiresAt: number | undefined;
  /** Server-side subscriptions by channel. */
  readonly subs: NonNullable<ConnectionGrant['subs']>;
}

type Ports = Pick<GatewayContext, 'config' | 'tokens' | 'clock' | 'metrics' | 'log'>;

/** Decides from a connect request; logs why a token is refused, never the token. */
export async function authenticate(
  context: Ports,
  clientId: string,
  request: ConnectRequest,
): Promise<Credentials | Refusal> {
  const { client } = context.config;
  if (request.token === '') {
    if (!client.insecure && !client.allow_anonymous_connect_without_token) {
      return refuseConnection(disconnects.badRequest);
    }
    return { ok: true, user: '', info: undefined, meta: undefined, expiresAt: undefined, subs: {} };
  }
  const answer = await context.tokens.connection(request.token);
  if (!answer.ok) {
    logRefusedToken(context, { client: clientId }, answer);
    if (answer.problem === 'expired') return refuse(replyErrors.tokenExpired);
    if (answer.problem === 'unavailable') return refuse(replyErrors.internal);
    return refuseConnection(disconnects.invalidToken);
  }
  const { claims } = answer;
  if (claims.user === '' && client.disallow_anonymous_connection_tokens) {
    return refuseConnection(disconnects.permissionDenied);
  }
  const expiresAt = client.insecure ? undefined : expiryMs(claims.expireAt);
  if (isOver(expiresAt, context.clock.now())) return refuse(replyErrors.expired);
  const { user, info, meta } = claims;
  return { ok: true, user, info, meta, expiresAt, subs: grantedSubs(claims) };
}

/** Channels that a token has the server subscribe, with their options. */
export function grantedSubs({ channels = [], subs }: ConnectionGrant): NonNullable<ConnectionGrant['subs']> {
  return subs ?? Object.fromEntries(channels.map((channel) => [channel, {}]));
}

/** Writes down and counts that a token was refused. */
export function logRefusedToken(
  { log, metrics }: Pick<GatewayContext, 'log' | 'metrics'>,
  fields: Record<string, unknown>,
  { problem, reason }: Extract<TokenAnswer<never>, { ok: false }>,
): void {
  metrics.store.count('parley_token_refusals_total', problem);
  const words = { expired: 'token expired', invalid: 'invalid token', unavailable: 'token could not be checked' };
  log.warn({ ...fields, reason }, words[problem]);
}
