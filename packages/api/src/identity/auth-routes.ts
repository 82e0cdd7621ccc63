// Decides the endpoints that begin sessions.
import { LoginRequest, RegisterRequest, SessionTokens, SetupRequest, SignInAnswer } from '@parley/contract';
import type { ApiApp } from '../http/api-app.ts';
import { LIMITS } from '../http/limits.ts';
import { problem } from '../http/problems.ts';
import { refuseTooMany } from '../http/rate-limits.ts';
import { requesterOf } from '../http/requester.ts';
import { answerOpened } from './answer-opened.ts';
import { logIn } from './login.ts';
import type { IdentityPorts } from './ports.ts';
import { register } from './register.ts';
import { setUp } from './setup.ts';

const tags = ['identity'];

/** Adds set-up, registration and login. */
export function registerAuthRoutes(app: ApiApp, ports: IdentityPorts): void {
  addBeginnings(app, ports);
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
      schema: { tags, body: RegisterRequest, response: { 201: SessionTokens } },
    },
    async (request, reply) => {
      const made = await register(ports, request.body, requesterOf(request));
      if (!made.ok) return problem(reply, made.problem, 'errors' in made ? { errors: made.errors } : {});
      return reply.code(201).send(answerOpened(reply, ports, made.opened));
    },
  );
  app.post(
    '/v1/auth/login',
    {
      ...common,
      config: { access: 'public', rate: 'login-source' },
      schema: { tags, body: LoginRequest, response: { 200: SignInAnswer } },
    },
    async (request, reply) => {
      const loggedIn = await logIn(ports, request.body, requesterOf(request));
      if (loggedIn.ok && 'secondFactor' in loggedIn)
        return reply.code(200).send({ secondFactor: loggedIn.secondFactor });
      if (loggedIn.ok) return reply.code(200).send(answerOpened(reply, ports, loggedIn.opened));
      if (loggedIn.problem === 'rate.limited') return refuseTooMany(reply, loggedIn.taken);
      request.log.info({ event: 'login.failed', reason: loggedIn.problem, source: request.source }, 'login refused');
      return problem(reply, loggedIn.problem);
    },
  );
}
