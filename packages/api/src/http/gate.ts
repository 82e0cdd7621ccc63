// Decides who makes a request: the one gate that every route stands behind unless it says `access: 'public'`.
import { Role, hasRight, type Right } from '@parley/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccessVerifier, Actor, Revocations } from '../context.ts';
import type { AuthenticationMethodName, AuthenticationOutcome } from './authentication-counts.ts';
import { byCookie } from './cookie-way-in.ts';
import type { Authenticated, GatePorts } from './gate-ports.ts';
import { LIMITS } from './limits.ts';
import { problem } from './problems.ts';
import { refuseTooMany } from './rate-limits.ts';
import { requesterOf } from './requester.ts';

/** What the `Authorization` header of a request says. */
export type Bearer = { kind: 'absent' } | { kind: 'several' } | { kind: 'unusable' } | { kind: 'token'; token: string };

// RFC 6750, 2.1, stricter: exactly one space, and only the alphabet of a compact token.
const BEARER = /^[Bb]earer ([A-Za-z0-9._-]+)$/;

/**
 * Reads the bearer token. Node keeps only the first of several `Authorization` headers, so the raw list is read.
 *
 * @param rawHeaders names and values by turns, as received
 */
export function readBearer(rawHeaders: readonly string[]): Bearer {
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && isAuthorization(rawHeaders[index - 1]));
  const [value] = values;
  if (value === undefined) return { kind: 'absent' };
  if (values.length > 1) return { kind: 'several' };
  if (value.length > LIMITS.authorizationBytes) return { kind: 'unusable' };
  const token = BEARER.exec(value)?.[1];
  return token === undefined ? { kind: 'unusable' } : { kind: 'token', token };
}

function isAuthorization(name: string | undefined): boolean {
  return name?.toLowerCase() === 'authorization';
}

/** Whether a token opens the gate; `problem` is for the log only. */
export type Judged = { ok: true; actor: Actor } | { ok: false; problem: string };

/** What judging a token asks for. */
export interface TokenJudgePorts {
  verifyAccess: AccessVerifier;
  revocations: Pick<Revocations, 'isRevoked'>;
}

/** Judges an access token: its signature and claims, then whether it was revoked. Looks into no database. */
export function judgeToken(ports: TokenJudgePorts, token: string): Judged {
  const verified = ports.verifyAccess(token);
  if (!verified.ok) return verified;
  const { claims } = verified;
  if (ports.revocations.isRevoked(claims)) return { ok: false, problem: 'revoked' };
  const role = Role.safeParse(claims.role);
  if (!role.success) return { ok: false, problem: 'unknown role' };
  return {
    ok: true,
    actor: {
      userId: claims.sub,
      name: claims.name ?? '',
      role: role.data,
      sessionId: claims.sid,
      scopes: claims.scope === '' ? null : claims.scope.split(' '),
      epoch: claims.uv,
    },
  };
}

/** What a key begins with; a signed token never does. */
const KEY_PREFIX = 'prk_';

/**
 * Finds out who makes a request. An `Authorization` header speaks alone: with one there, also a bad one, no cookie is
 * looked at.
 */
async function authenticate(
  ports: GatePorts,
  request: FastifyRequest,
  bearer: Exclude<Bearer, { kind: 'several' }>,
): Promise<Authenticated> {
  const { method, authenticated } = await authenticateBy(ports, request, bearer);
  if (method !== undefined) ports.counts.count(method, outcomeOf(authenticated));
  return authenticated;
}

async function authenticateBy(
  ports: GatePorts,
  request: FastifyRequest,
  bearer: Exclude<Bearer, { kind: 'several' }>,
): Promise<{ method?: AuthenticationMethodName; authenticated: Authenticated }> {
  if (bearer.kind === 'absent') {
    const authenticated = ports.cookies === undefined ? undefined : await byCookie(ports, request, ports.cookies);
    return authenticated === undefined ? { authenticated: { kind: 'absent' } } : { method: 'cookie', authenticated };
  }
  if (bearer.kind === 'unusable')
    return { method: 'bearer', authenticated: { kind: 'refused', reason: 'unusable header' } };
  const { token } = bearer;
  if (ports.keys !== undefined && token.startsWith(KEY_PREFIX)) {
    const judged = await ports.keys.judge(token, requesterOf(request));
    return { method: 'api_key', authenticated: judged.kind === 'actor' ? { ...judged, endsAt: null } : judged };
  }
  const judged = judgeToken(ports, token);
  const authenticated: Authenticated = judged.ok
    ? { kind: 'actor', actor: judged.actor, endsAt: null }
    : { kind: 'refused', reason: judged.problem };
  return { method: 'bearer', authenticated };
}

function outcomeOf(authenticated: Authenticated): AuthenticationOutcome {
  if (authenticated.kind === 'actor') return 'accepted';
  return authenticated.kind === 'absent' ? 'refused' : authenticated.kind;
}

/** Answers 401 with the challenge; every token that does not open the gate gets the same answer. */
export function challenge(reply: FastifyReply, kind: 'absent' | 'invalid'): FastifyReply {
  if (kind === 'absent') {
    reply.header('www-authenticate', 'Bearer');
    return problem(reply, 'auth.required', { detail: 'Send an access token as "Authorization: Bearer <token>".' });
  }
  reply.header('www-authenticate', 'Bearer error="invalid_token", error_description="the access token is not valid"');
  return problem(reply, 'auth.invalid_token', { detail: 'Refresh the session or sign in again.' });
}

/** Says why a cookie of the older system is not taken any more, in headers that every client and proxy log shows. */
function challengeEnded(reply: FastifyReply, since: number): FastifyReply {
  const day = new Date(since);
  reply.header('sunset', day.toUTCString());
  reply.header('x-parley-session-auth', `ended ${day.toISOString()}`);
  reply.header('www-authenticate', 'Bearer');
  return problem(reply, 'auth.required', {
    detail: `Sessions of the older system ended on ${day.toISOString()}. Sign in here and send a bearer token.`,
  });
}

function refuse(reply: FastifyReply, refused: Exclude<Authenticated, { kind: 'actor' }>): FastifyReply {
  const { log, source } = reply.request;
  switch (refused.kind) {
    case 'absent':
      return challenge(reply, 'absent');
    case 'refused':
      log.info({ reason: refused.reason }, 'access token refused');
      return challenge(reply, 'invalid');
    case 'csrf':
      log.warn({ event: 'csrf.rejected', reason: refused.reason, source }, 'cookie request refused');
      return problem(reply, 'auth.csrf');
    case 'limited':
      return refuseTooMany(reply, refused.taken);
    case 'unavailable':
      return problem(reply, 'session_auth.unavailable');
    case 'ended':
      return challengeEnded(reply, refused.since);
    default:
      return refused satisfies never;
  }
}

/** Programs pass only where a right says what they may do; a route without one is for people. */
const mayEnter = (actor: Actor, right: Right | undefined): boolean =>
  right === undefined ? actor.scopes === null : hasRight(actor, right);

/**
 * Lets a request through with its `actor`, or answers it.
 *
 * @returns whether the request was let through
 */
export async function passGate(ports: GatePorts, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  const bearer = readBearer(request.raw.rawHeaders);
  if (bearer.kind === 'several') {
    problem(reply, 'request.malformed', { detail: 'Send one Authorization header.' });
    return false;
  }
  if (request.routeOptions.config.access === 'public' || request.is404) return true;
  const authenticated = await authenticate(ports, request, bearer);
  if (authenticated.kind !== 'actor') {
    refuse(reply, authenticated);
    return false;
  }
  const { actor, endsAt } = authenticated;
  // RFC 8594: whoever still comes with a cookie of the older system reads here when that ends.
  if (endsAt !== null) reply.header('sunset', new Date(endsAt).toUTCString());
  if (!mayEnter(actor, request.routeOptions.config.right)) {
    problem(reply, 'auth.forbidden');
    return false;
  }
  request.actor = actor;
  return true;
}

/**
 * The person behind a request.
 *
 * @throws TypeError on a public route: there the gate lets strangers through
 */
export function actorOf(request: FastifyRequest): Actor {
  if (request.actor === null) throw new TypeError(`${request.routeOptions.url} is public and has no actor`);
  return request.actor;
}
