// Decides the endpoints of the keys that a person gives to programs.
import { ApiKeyCreate, ApiKeyCreated, ApiKeyList, Id } from '@parley/contract';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiApp } from '../http/api-app.ts';
import { actorOf } from '../http/gate.ts';
import { LIMITS } from '../http/limits.ts';
import { problem } from '../http/problems.ts';
import { requesterOf } from '../http/requester.ts';
import { createKey, listKeys, revokeKey, rotateKey } from './api-keys.ts';
import type { IdentityPorts } from './ports.ts';

const tags = ['keys'];
const ById = z.object({ id: Id });

const byOf = (request: FastifyRequest) => ({ actor: actorOf(request), requester: requesterOf(request) });

/** Adds listing, making, rotating and revoking keys. */
export function registerApiKeyRoutes(app: ApiApp, ports: IdentityPorts): void {
  app.get(
    '/v1/me/api-keys',
    { config: { right: 'account:manage' }, schema: { tags, response: { 200: ApiKeyList } } },
    async (request) => {
      const { userId } = actorOf(request);
      return { data: await listKeys(ports.database.read, { userId, now: ports.clock.now() }) };
    },
  );
  app.post(
    '/v1/me/api-keys',
    {
      bodyLimit: LIMITS.authBodyBytes,
      config: { right: 'account:manage', idempotency: 'off' },
      schema: { tags, body: ApiKeyCreate, response: { 201: ApiKeyCreated } },
    },
    async (request, reply) => {
      const made = await createKey(ports, byOf(request), request.body);
      if (!made.ok) return problem(reply, made.problem);
      return reply.code(201).header('cache-control', 'no-store').send(made.made);
    },
  );
  app.post(
    '/v1/me/api-keys/:id/rotate',
    {
      config: { right: 'account:manage', idempotency: 'off' },
      schema: { tags, params: ById, response: { 201: ApiKeyCreated } },
    },
    async (request, reply) => {
      const made = await rotateKey(ports, { ...byOf(request), keyId: request.params.id });
      if (!made.ok) return problem(reply, made.problem);
      return reply.code(201).header('cache-control', 'no-store').send(made.made);
    },
  );
  app.delete(
    '/v1/me/api-keys/:id',
    { config: { right: 'account:manage' }, schema: { tags, params: ById, response: { 204: z.null() } } },
    async (request, reply) => {
      const isRevoked = await revokeKey(ports, { ...byOf(request), keyId: request.params.id });
      return isRevoked ? reply.code(204).send(null) : problem(reply, 'not_found');
    },
  );
}
