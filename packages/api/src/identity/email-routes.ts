// Decides the endpoints about an address: change, a confirming mail, its link, and the link of a warning.
import { EmailChange, MailedToken } from '@parley/contract';
import { z } from 'zod';
import type { ApiApp } from '../http/api-app.ts';
import { actorOf } from '../http/gate.ts';
import { LIMITS } from '../http/limits.ts';
import { problem } from '../http/problems.ts';
import { requesterOf } from '../http/requester.ts';
import { confirmEmail, requestEmailChange, requestVerification } from './email-change.ts';
import { disown } from './email-not-me.ts';
import { refuseProof } from './password-routes.ts';
import type { IdentityPorts } from './ports.ts';

const tags = ['identity'];
const common = { bodyLimit: LIMITS.authBodyBytes } as const;

/** Adds `me/email`, `me/email/verification`, `auth/email/confirm` and `auth/not-me`. */
export function registerEmailRoutes(app: ApiApp, ports: IdentityPorts): void {
  app.post(
    '/v1/me/email',
    {
      ...common,
      config: { right: 'account:manage', rate: 'password-user', idempotency: 'off' },
      schema: { tags, body: EmailChange, response: { 202: z.object({}) } },
    },
    async (request, reply) => {
      const typed = { ...request.body, requester: requesterOf(request) };
      const taken = await requestEmailChange(ports, actorOf(request), typed);
      if (taken.ok) return reply.code(202).send({});
      if (taken.problem !== 'request.invalid') return refuseProof(reply, taken.problem);
      const errors = [{ pointer: '/email', message: 'is not an e-mail address that can be used' }];
      return problem(reply, taken.problem, { errors });
    },
  );
  app.post(
    '/v1/me/email/verification',
    {
      ...common,
      config: { right: 'account:manage', rate: 'verification-user', idempotency: 'off' },
      schema: { tags, response: { 202: z.object({}) } },
    },
    async (request, reply) => {
      await requestVerification(ports, actorOf(request));
      return reply.code(202).send({});
    },
  );
  addLinks(app, ports);
}

function addLinks(app: ApiApp, ports: IdentityPorts): void {
  const links = [
    ['/v1/auth/email/confirm', confirmEmail],
    ['/v1/auth/not-me', disown],
  ] as const;
  for (const [path, use] of links)
    app.post(
      path,
      {
        ...common,
        config: { access: 'public', rate: 'mailed-link-source' },
        schema: { tags, body: MailedToken, response: { 204: z.null() } },
      },
      async (request, reply) => {
        const used = await use(ports, { token: request.body.token, requester: requesterOf(request) });
        return used.ok ? reply.code(204).send(null) : problem(reply, used.problem);
      },
    );
}
