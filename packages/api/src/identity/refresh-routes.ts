// Decides the endpoints that renew a session and sign out of it: by its refresh token, in the cookie or the body.
import { RefreshRequest, SessionTokens, TokenRevocation, type ClientKind } from '@parley/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiApp } from '../http/api-app.ts';
import { allowedOrigins } from '../http/cors.ts';
import { csrfRefusal } from '../http/csrf.ts';
import { challenge, judgeToken, readBearer } from '../http/gate.ts';
import { LIMITS } from '../http/limits.ts';
import { problem } from '../http/problems.ts';
import { refuseTooMany } from '../http/rate-limits.ts';
import { requesterOf } from '../http/requester.ts';
import { dropRefreshCookie, keepRefreshCookie, readRefreshCookie } from './cookies.ts';
import { logOut, logOutByToken, revokeToken } from './logout.ts';
import { sessionTokens } from './open-session.ts';
import type { IdentityPorts } from './ports.ts';
import type { Rotated } from './refresh-families.ts';
import { announceEnded } from './sessions.ts';

const tags = ['identity'];
const common = { bodyLimit: LIMITS.authBodyBytes, config: { access: 'public', rate: 'refresh-source' } } as const;

/** Adds refresh, logout and revocation. */
export function registerRefreshRoutes(app: ApiApp, ports: IdentityPorts): void {
  addRefresh(app, ports);
  addLogout(app, ports);
  addRevoke(app, ports);
}

/** Where the refresh token of a request is, once its way in has been judged. */
type Found =
  | { ok: true; presented: { token: string; client: ClientKind } | undefined }
  | { ok: false; problem: 'auth.csrf'; reason: string };

/**
 * Finds the refresh token of a request: in the body (native clients), or in the cookie, if there is no Authorization
 * header and the request was made by our own page.
 */
function findRefreshToken(
  request: FastifyRequest,
  ports: Pick<IdentityPorts, 'config'> & { origins: ReadonlySet<string> },
  bodyToken: string | undefined,
): Found {
  if (bodyToken !== undefined) return { ok: true, presented: { token: bodyToken, client: 'native' } };
  // A header speaks alone: with one there, a cookie is not even looked at.
  if (readBearer(request.raw.rawHeaders).kind !== 'absent') return { ok: true, presented: undefined };
  const cookie = readRefreshCookie(ports.config, request.raw.rawHeaders);
  if (cookie.kind === 'absent') return { ok: true, presented: undefined };
  const reason = cookie.kind === 'several' ? 'two refresh cookies' : csrfRefusal(request, ports.origins);
  if (reason !== undefined) return { ok: false, problem: 'auth.csrf', reason };
  return { ok: true, presented: cookie.kind === 'token' ? { token: cookie.token, client: 'web' } : undefined };
}

function refuseCsrf(request: FastifyRequest, reply: FastifyReply, reason: string): FastifyReply {
  request.log.warn({ event: 'csrf.rejected', reason, source: request.source }, 'cookie request refused');
  return problem(reply, 'auth.csrf');
}

function addRefresh(app: ApiApp, ports: IdentityPorts): void {
  const origins = allowedOrigins(ports.config);
  app.post(
    '/v1/auth/refresh',
    { ...common, schema: { tags, body: RefreshRequest, response: { 200: SessionTokens } } },
    async (request, reply) => {
      const found = findRefreshToken(request, { config: ports.config, origins }, request.body.refreshToken);
      if (!found.ok) return refuseCsrf(request, reply, found.reason);
      if (found.presented === undefined) return problem(reply, 'auth.invalid_grant');
      const deviceId = ports.deviceOf(request);
      const rotated = await ports.families.rotate({ ...found.presented, deviceId, requester: requesterOf(request) });
      if (!rotated.ok) return refuseRotation(reply, ports, rotated);
      const { session, user, refreshToken } = rotated;
      const { client, sessionId } = session;
      if (client === 'web') reply.header('set-cookie', keepRefreshCookie(ports.config, refreshToken));
      return reply.code(200).send(sessionTokens(ports, { user, client, sessionId, refreshToken }));
    },
  );
}

/** Every refusal but 409 and 429 looks the same; no cookie is touched. */
function refuseRotation(reply: FastifyReply, ports: IdentityPorts, refused: Rotated & { ok: false }): FastifyReply {
  if (refused.problem === 'rate.limited') return refuseTooMany(reply, refused.taken);
  const { log, source } = reply.request;
  const { ended, reason } = refused;
  const event = ended === undefined ? 'token.refresh_refused' : 'token.reuse_detected';
  log[ended === undefined ? 'info' : 'error']({ event, reason, sid: ended?.sessionId, source }, event);
  if (ended !== undefined) announceEnded(ports, [ended]);
  return problem(reply, refused.problem);
}

function addLogout(app: ApiApp, ports: IdentityPorts): void {
  const origins = allowedOrigins(ports.config);
  app.post(
    '/v1/auth/logout',
    { ...common, schema: { tags, body: RefreshRequest, response: { 204: z.null() } } },
    async (request, reply) => {
      const requester = requesterOf(request);
      const bearer = readBearer(request.raw.rawHeaders);
      if (bearer.kind !== 'absent') {
        const judged = bearer.kind === 'token' ? judgeToken(ports, bearer.token) : undefined;
        if (judged?.ok !== true) return challenge(reply, 'invalid');
        const { userId, sessionId } = judged.actor;
        await logOut(ports, { sessionId }, requester);
        request.log.info({ event: 'logout.one', userId, sid: sessionId, source: request.source }, 'session ended');
      } else {
        const found = findRefreshToken(request, { config: ports.config, origins }, request.body.refreshToken);
        if (!found.ok) return refuseCsrf(request, reply, found.reason);
        if (found.presented !== undefined) await logOutByToken(ports, found.presented.token, requester);
      }
      return reply.header('set-cookie', dropRefreshCookie(ports.config)).code(204).send(null);
    },
  );
}

function addRevoke(app: ApiApp, ports: IdentityPorts): void {
  app.post(
    '/v1/auth/revoke',
    { ...common, schema: { tags, body: TokenRevocation, response: { 200: z.object({}) } } },
    async (request, reply) => {
      await revokeToken(ports, request.body.token, requesterOf(request));
      return reply.code(200).send({});
    },
  );
}
