// Decides who makes a request: the one gate that every route stands behind unless it says `access: 'public'`.
import { Role, hasRight } from '@parley/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccessVerifier, Actor, Revocations } from '../context.ts';
import { LIMITS } from './limits.ts';
import { problem } from './problems.ts';

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

/** What the gate asks for. */
export interface GatePorts {
  verifyAccess: AccessVerifier;
  revocations: Pick<Revocations, 'isRevoked'>;
}

/** Whether a token opens the gate; `problem` is for the log only. */
export type Judged = { ok: true; actor: Actor } | { ok: false; problem: string };

/** Judges an access token: its signature and claims, then whether it was revoked. Looks into no database. */
export function judgeToken(ports: GatePorts, token: string): Judged {
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

/** Answers 401 with the challenge; every token that does not open the gate gets the same answer. */
export function challenge(reply: FastifyReply, kind: 'absent' | 'invalid'): FastifyReply {
  if (kind === 'absent') {
    reply.header('www-authenticate', 'Bearer');
    return problem(reply, 'auth.required', { detail: 'Send an access token as "Authorization: Bearer <token>".' });
  }
  reply.header('www-authenticate', 'Bearer error="invalid_token", error_description="the access token is not valid"');
  return problem(reply, 'auth.invalid_token', { detail: 'Refresh the session or sign in again.' });
}

/**
 * Lets a request through with its `actor`, or answers it.
 *
 * @returns whether the request was let through
 */
export function passGate(ports: GatePorts, request: FastifyRequest, reply: FastifyReply): boolean {
  const bearer = readBearer(request.raw.rawHeaders);
  if (bearer.kind === 'several') {
    problem(reply, 'request.malformed', { detail: 'Send one Authorization header.' });
    return false;
  }
  if (request.routeOptions.config.access === 'public' || request.is404) return true;
  if (bearer.kind === 'absent') {
    challenge(reply, 'absent');
    return false;
  }
  const judged: Judged =
    bearer.kind === 'token' ? judgeToken(ports, bearer.token) : { ok: false, problem: 'unusable header' };
  if (!judged.ok) {
    request.refusal = judged.problem;
    request.log.info({ reason: judged.problem }, 'access token refused');
    challenge(reply, 'invalid');
    return false;
  }
  request.actor = judged.actor;
  const { right } = request.routeOptions.config;
  if (right !== undefined && !hasRight(judged.actor, right)) {
    request.refusal = right;
    problem(reply, 'auth.forbidden');
    return false;
  }
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
