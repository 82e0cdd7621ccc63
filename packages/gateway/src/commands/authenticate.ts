// Decides who a connecting client is.
import { type ConnectRequest, disconnects, type Payload, replyErrors } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { callerOf } from '../operations/caller.ts';
import { type Refusal, refuse, refuseConnection } from '../operations/refusal.ts';
import { connectionTrace } from '../revocations/gate.ts';
import type { TokenTrace } from '../revocations/revocation.ts';
import { expiryMs, isOver } from '../session/expiry.ts';
import type { Connected, Session } from '../session/session.ts';
import type { ConnectionGrant, TokenAnswer } from '../token-gate.ts';

/** Who a client is and what that brings. */
export interface Credentials {
  readonly ok: true;
  /** Who vouches for it; `nobody` for those who are let in as anonymous. */
  readonly source: 'token' | 'backend' | 'nobody' | 'header';
  readonly user: string;
  readonly info: Payload | undefined;
  /** For the backend only. */
  readonly meta: Payload | undefined;
  /** For the client, with the reply. */
  readonly data: Payload | undefined;
  /** Unix milliseconds; undefined if the connection does not end by itself. */
  readonly expiresAt: number | undefined;
  /** What revocations go by; undefined: there is no token. */
  readonly token: TokenTrace | undefined;
  /** Server-side subscriptions by channel. */
  readonly subs: NonNullable<ConnectionGrant['subs']>;
}

/** A connect command with those of its headers that are kept. */
export interface Connecting {
  readonly request: ConnectRequest;
  readonly emulatedHeaders: Connected['emulatedHeaders'];
}

type Ports = Pick<GatewayContext, 'config' | 'tokens' | 'clock' | 'metrics' | 'log' | 'backend'>;

/**
 * Decides from a connect request: by its token, else by the backend, else as anonymous, else by the header of a trusted proxy. Logs why a
 * token is refused, never the token.
 */
export async function authenticate(
  context: Ports,
  session: Session,
  { request, emulatedHeaders }: Connecting,
): Promise<Credentials | Refusal> {
  const { client } = context.config;
  if (request.token !== '') return readToken(context, session, request.token);
  const granted = client.proxy.connect.enabled
    ? await askBackend(context, session, { request, emulatedHeaders })
    : undefined;
  if (granted !== undefined) return granted;
  if (client.insecure || client.allow_anonymous_connect_without_token) return withoutGrant('nobody', '');
  const { user_id_http_header: header } = client;
  const user = header === '' ? undefined : session.transport.headers?.[header.toLowerCase()];
  return user === undefined || user === '' ? refuseConnection(disconnects.badRequest) : withoutGrant('header', user);
}

function withoutGrant(source: Credentials['source'], user: string): Credentials {
  return {
    ok: true,
    source,
    user,
    info: undefined,
    meta: undefined,
    data: undefined,
    expiresAt: undefined,
    token: undefined,
    subs: {},
  };
}

async function readToken(context: Ports, { clientId }: Session, given: string): Promise<Credentials | Refusal> {
  const { client } = context.config;
  const answer = await context.tokens.connection(given);
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
  const token = connectionTrace(claims);
  return { ok: true, source: 'token', user, info, meta, data: undefined, expiresAt, token, subs: grantedSubs(claims) };
}

/** Undefined: the backend does not say who it is. */
async function askBackend(
  context: Ports,
  session: Session,
  { request, emulatedHeaders }: Connecting,
): Promise<Credentials | Refusal | undefined> {
  const { data, name, version } = request;
  const caller = callerOf(session, { emulatedHeaders });
  const channels = [...request.subs.keys()];
  const answer = await context.backend.connect('default', { ...caller, data, name, version, channels });
  if (!answer.ok) return answer;
  const { result } = answer;
  if (result === undefined) return undefined;
  const expiresAt = expiryMs(result.expireAt);
  if (isOver(expiresAt, context.clock.now())) return refuse(replyErrors.expired);
  const { user, info, meta } = result;
  // Unlike in a token, neither of the two hides the other.
  const granted = { ...grantedSubs({ channels: result.channels ?? [] }), ...result.subs };
  const { data: dataForClient } = result;
  return {
    ok: true,
    source: 'backend',
    user,
    info,
    meta,
    data: dataForClient,
    expiresAt,
    token: undefined,
    subs: granted,
  };
}

/** Channels that a token has the server subscribe, with their options. */
export function grantedSubs({
  channels = [],
  subs,
}: Pick<ConnectionGrant, 'channels' | 'subs'>): NonNullable<ConnectionGrant['subs']> {
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
