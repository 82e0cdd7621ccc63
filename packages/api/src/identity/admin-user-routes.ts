// Decides the endpoints with which administrators look after people.
import { AdminUser, AdminUserPage, AdminUserPatch, AdminUserQuery, HandedLink, Id } from '@parley/contract';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiApp } from '../http/api-app.ts';
import { actorOf } from '../http/gate.ts';
import { LIMITS } from '../http/limits.ts';
import { problem } from '../http/problems.ts';
import { requesterOf } from '../http/requester.ts';
import { listPeople, presentPerson } from './list-people.ts';
import { changePerson, signOutPerson, unlockPerson, type ChangedBy } from './manage-people.ts';
import type { IdentityPorts } from './ports.ts';
import { handResetLink, resetFactors, type Helper } from './rescue-people.ts';

const tags = ['administration'];
const ById = z.object({ id: Id });

const byOf = (request: FastifyRequest): ChangedBy => ({
  actorId: actorOf(request).userId,
  requester: requesterOf(request),
});

const helperOf = (request: FastifyRequest): Helper => ({ ...byOf(request), actor: actorOf(request) });

/** Adds the list of people, changing, unlocking and signing out one of them, and helping who cannot get in. */
export function registerAdminUserRoutes(app: ApiApp, ports: IdentityPorts): void {
  addManaging(app, ports);
  addRescue(app, ports);
}

function addManaging(app: ApiApp, ports: IdentityPorts): void {
  const config = { right: 'users:manage' } as const;
  app.get(
    '/v1/admin/users',
    { config, schema: { tags, querystring: AdminUserQuery, response: { 200: AdminUserPage } } },
    async (request) => listPeople(ports, request.query),
  );
  app.patch(
    '/v1/admin/users/:id',
    {
      bodyLimit: LIMITS.authBodyBytes,
      config,
      schema: { tags, params: ById, body: AdminUserPatch, response: { 200: AdminUser } },
    },
    async (request, reply) => {
      const changed = await changePerson(ports, byOf(request), { userId: request.params.id, ...request.body });
      return changed.ok
        ? reply.code(200).send(await presentPerson(ports, changed.user))
        : problem(reply, changed.problem);
    },
  );
  app.post(
    '/v1/admin/users/:id/unlock',
    { config, schema: { tags, params: ById, response: { 204: z.null() } } },
    async (request, reply) => {
      const isDone = await unlockPerson(ports, byOf(request), request.params.id);
      return isDone ? reply.code(204).send(null) : problem(reply, 'not_found');
    },
  );
  app.post(
    '/v1/admin/users/:id/sign-out',
    { config, schema: { tags, params: ById, response: { 204: z.null() } } },
    async (request, reply) => {
      const isDone = await signOutPerson(ports, byOf(request), request.params.id);
      return isDone ? reply.code(204).send(null) : problem(reply, 'not_found');
    },
  );
}

function addRescue(app: ApiApp, ports: IdentityPorts): void {
  const config = { right: 'users:manage', idempotency: 'off' } as const;
  app.post(
    '/v1/admin/users/:id/reset-link',
    { config, schema: { tags, params: ById, response: { 200: HandedLink } } },
    async (request, reply) => {
      const handed = await handResetLink(ports, helperOf(request), request.params.id);
      return handed.ok ? reply.code(200).send(handed.link) : problem(reply, handed.problem);
    },
  );
  app.post(
    '/v1/admin/users/:id/reset-factors',
    { config, schema: { tags, params: ById, response: { 204: z.null() } } },
    async (request, reply) => {
      const done = await resetFactors(ports, helperOf(request), request.params.id);
      return done.ok ? reply.code(204).send(null) : problem(reply, done.problem);
    },
  );
}
