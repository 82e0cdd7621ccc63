// Decides the endpoints that begin, renew and end sessions.
import {
  RefreshRequest,
  RegisterRequest,
  RegistrationMailed,
  SessionTokens,
  SetupRequest,
  type ClientKind,
} from '@parley/contract';
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
import { answerOpened } from './answer-opened.ts';
import { dropRefreshCookie, keepRefreshCookie, readRefreshCookie } from './cookies.ts';
import { addLogin } from './login-route.ts';
import { endById, endByRefreshToken } from './logout.ts';
import { sessionTokens } from './open-session.ts';
import type { IdentityPorts } from './ports.ts';
import { register } from './register.ts';
import { announceEnded } from './sessions.ts';
import { setUp } from './setup.ts';

const tags = ['identity'];

/** Adds set-up, registration, login, refresh and logout. */
export function registerAuthRoutes(app: ApiApp, ports: IdentityPorts): void {
  addBeginnings(app, ports);
  addLogin(app, ports);
  addRefresh(app, ports);
  addLogout(app, ports);
}

function addBeginnings(app: ApiApp, ports: IdentityPorts): void {
  const common = { bodyLimit: LIMITS.authBodyBytes } as const;
  app.post(
    '/v1/setup',
    {
      ...common,
      config: { access: 'public', rate: 'register-source' },
      schema: { tags, body: SetupRequest, response: { 201: SessionTokens } },
    },
    async (request, reply) => {
      const made = await setUp(ports, request.body, requesterOf(request));
      if (!made.ok) return problem(reply, made.problem, 'errors' in made ? { errors: made.errors } : {});
      return reply.code(201).send(answerOpened(reply, ports, made.opened));
    },
  );
  app.post(
    '/v1/auth/register',
    {
      ...common,
      config: { access: 'public', rate: 'register-source' },
      schema: { tags, body: RegisterRequest, response: { 201: SessionTokens, 202: RegistrationMailed } },
    },
    async (request, reply) => {
      const made = await register(ports, request.body, requesterOf(request));
      if (!made.ok) return problem(reply, made.problem, 'errors' in made ? { errors: made.errors } : {});
      if ('mailed' in made) return reply.code(202).send({ mailed: true });
      return reply.code(201).send(answerOpened(reply, ports, made.opened));
    },
  );
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
    {
      bodyLimit: LIMITS.authBodyBytes,
      config: { access: 'public', rate: 'refresh-source' },
      schema: { tags, body: RefreshRequest, response: { 200: SessionTokens } },
    },
    async (request, reply) => {
      const found = findRefreshToken(request, { config: ports.config, origins }, request.body.refreshToken);
      if (!found.ok) return refuseCsrf(request, reply, found.reason);
      if (found.presented === undefined) return problem(reply, 'auth.invalid_grant');
      const rotated = await ports.families.rotate(found.presented);
      if (!rotated.ok && rotated.problem === 'rate.limited') return refuseTooMany(reply, rotated.taken);
      if (!rotated.ok) {
        const isReuse = rotated.ended !== undefined;
        const event = isReuse ? 'token.reuse_detected' : 'token.refresh_refused';
        request.log[isReuse ? 'error' : 'info'](
          { event, reason: rotated.reason, sid: rotated.ended?.sessionId, source: request.source },
          event,
        );
        if (rotated.ended !== undefined) announceEnded(ports, [rotated.ended]);
        return problem(reply, rotated.problem);
      }
      const { session, user, refreshToken } = rotated;
      if (session.client === 'web') reply.header('set-cookie', keepRefreshCookie(ports.config, refreshToken));
      const { client, id: sessionId } = session;
      return reply.code(200).send(sessionTokens(ports, { user, client, sessionId, refreshToken }));
    },
  );
}

function addLogout(app: ApiApp, ports: IdentityPorts): void {
  const origins = allowedOrigins(ports.config);
  app.post(
    '/v1/auth/logout',
    {
      bodyLimit: LIMITS.authBodyBytes,
      config: { access: 'public', rate: 'refresh-source' },
      schema: { tags, body: RefreshRequest, response: { 204: z.null() } },
    },
    async (request, reply) => {
      const bearer = readBearer(request.raw.rawHeaders);
      if (bearer.kind !== 'absent') {
        const judged = bearer.kind === 'token' ? judgeToken(ports, bearer.token) : undefined;
        if (judged?.ok !== true) return challenge(reply, 'invalid');
        await endById(ports, judged.actor.sessionId);
        const { userId, sessionId: sid } = judged.actor;
        request.log.info({ event: 'logout.one', userId, sid, source: request.source }, 'session ended');
      } else {
        const found = findRefreshToken(request, { config: ports.config, origins }, request.body.refreshToken);
        if (!found.ok) return refuseCsrf(request, reply, found.reason);
        if (found.presented !== undefined) await endByRefreshToken(ports, found.presented);
      }
      return reply.header('set-cookie', dropRefreshCookie(ports.config)).code(204).send(null);
    },
  );
}
