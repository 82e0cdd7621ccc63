// Decides the endpoints that begin sessions.
import { RegisterRequest, RegistrationMailed, SessionTokens, SetupRequest } from '@parley/contract';
import type { ApiApp } from '../http/api-app.ts';
import { LIMITS } from '../http/limits.ts';
import { problem } from '../http/problems.ts';
import { requesterOf } from '../http/requester.ts';
import { answerOpened } from './answer-opened.ts';
import { addLogin } from './login-route.ts';
import type { IdentityPorts } from './ports.ts';
import { register } from './register.ts';
import { setUp } from './setup.ts';

const tags = ['identity'];

/** Adds set-up, registration and login. */
export function registerAuthRoutes(app: ApiApp, ports: IdentityPorts): void {
  addBeginnings(app, ports);
  addLogin(app, ports);
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
