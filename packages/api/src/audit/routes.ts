// Decides the administrators' endpoints of the audit log: list, check of the chain, export.
import { Readable } from 'node:stream';
import { AuditPage, AuditQuery, AuditRecord, AuditVerified } from '@parley/contract';
import type { FastifyReply } from 'fastify';
import type { ApiContext } from '../context.ts';
import type { ApiApp } from '../http/api-app.ts';
import { actorOf } from '../http/gate.ts';
import { requesterOf } from '../http/requester.ts';
import { exportEvents, filterOf, listEvents } from './read.ts';
import { verifyChain } from './verify.ts';

const tags = ['administration'];

/** Adds the endpoints; each needs the right `audit:read`. */
export function registerAuditRoutes(app: ApiApp, ports: Pick<ApiContext, 'database' | 'audit'>): void {
  const config = { right: 'audit:read', rate: 'audit-user' } as const;
  app.get(
    '/v1/admin/audit',
    { config, schema: { tags, querystring: AuditQuery, response: { 200: AuditPage } } },
    (request) => {
      const { limit, after, ...filter } = request.query;
      return listEvents(ports.database.read, filterOf(filter), { limit, after });
    },
  );
  app.get('/v1/admin/audit/verify', { config, schema: { tags, response: { 200: AuditVerified } } }, () =>
    verifyChain(ports.database),
  );
  app.get(
    '/v1/admin/audit/export',
    {
      config,
      schema: {
        tags,
        querystring: AuditQuery.omit({ limit: true, after: true }),
        // One record a line.
        response: { 200: { content: { 'application/x-ndjson': { schema: AuditRecord } } } },
      },
    },
    async (request, reply) => {
      const { userId, sessionId } = actorOf(request);
      await ports.database.transact((query) =>
        ports.audit.record(query, {
          name: 'audit.export',
          outcome: 'success',
          requester: requesterOf(request),
          actorId: userId,
          sessionId,
          details: { filter: JSON.stringify(request.query) },
        }),
      );
      return sendLines(reply, exportEvents(ports.database, filterOf(request.query)));
    },
  );
}

function sendLines(reply: FastifyReply, lines: AsyncIterable<string>): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .header('content-disposition', 'attachment; filename="audit.ndjson"')
    .type('application/x-ndjson')
    .send(Readable.from(lines));
}
