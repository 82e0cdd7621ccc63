// Decides the endpoints about a password: change, a mail for who forgot it, and setting a new one with that mail.
import { PasswordChange, PasswordForgotten, PasswordReset, SessionTokens } from '@parley/contract';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { ApiApp } from '../http/api-app.ts';
import { actorOf } from '../http/gate.ts';
import { LIMITS } from '../http/limits.ts';
import { problem } from '../http/problems.ts';
import { requesterOf } from '../http/requester.ts';
import { answerOpened } from './answer-opened.ts';
import { changePassword } from './password-change.ts';
import type { Proved } from './password-proof.ts';
import type { IdentityPorts } from './ports.ts';
import { requestReset } from './reset-request.ts';
import { resetPassword } from './reset.ts';

const tags = ['identity'];
const common = { bodyLimit: LIMITS.authBodyBytes } as const;

/** Adds `me/password` and `auth/password/*`. */
export function registerPasswordRoutes(app: ApiApp, ports: IdentityPorts): void {
  app.post(
    '/v1/me/password',
    {
      ...common,
      config: { right: 'account:manage', rate: 'password-user', idempotency: 'off' },
      schema: { tags, body: PasswordChange, response: { 200: SessionTokens } },
    },
    async (request, reply) => {
      const typed = { ...request.body, requester: requesterOf(request) };
      const changed = await changePassword(ports, actorOf(request), typed);
      if (changed.ok) return reply.code(200).send(answerOpened(reply, ports, changed.opened));
      if (changed.problem === 'password.policy') return problem(reply, changed.problem, { errors: changed.errors });
      return refuseProof(reply, changed.problem);
    },
  );
  app.post(
    '/v1/auth/password/forgot',
    {
      ...common,
      config: { access: 'public', rate: 'forgot-source' },
      schema: { tags, body: PasswordForgotten, response: { 202: z.object({}) } },
    },
    async (request, reply) => {
      await requestReset(ports, { email: request.body.email, requester: requesterOf(request) });
      return reply.code(202).send({});
    },
  );
  app.post(
    '/v1/auth/password/reset',
    {
      ...common,
      config: { access: 'public', rate: 'mailed-link-source' },
      schema: { tags, body: PasswordReset, response: { 204: z.null() } },
    },
    async (request, reply) => {
      const reset = await resetPassword(ports, { ...request.body, requester: requesterOf(request) });
      if (reset.ok) return reply.code(204).send(null);
      return problem(reply, reset.problem, 'errors' in reset ? { errors: reset.errors } : {});
    },
  );
}

/** Answers a person who did not prove that it is them; the words are about the password that they typed. */
export function refuseProof(reply: FastifyReply, refusal: (Proved & { ok: false })['problem']): FastifyReply {
  const detail = refusal === 'auth.invalid_credentials' ? { detail: 'The current password is wrong.' } : {};
  return problem(reply, refusal, detail);
}
