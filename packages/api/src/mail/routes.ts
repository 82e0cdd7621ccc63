// Decides the administrators' endpoint for mails that have not reached anybody.
import { Cursor, Limit, WaitingMailPage } from '@parley/contract';
import { z } from 'zod';
import type { ApiContext } from '../context.ts';
import type { ApiApp } from '../http/api-app.ts';
import { listWaiting } from './waiting.ts';

const Page = z.strictObject({ limit: Limit, after: Cursor.optional() });

/** Adds the endpoint; it needs the right `mail:read`, because the mails carry links that open accounts. */
export function registerMailRoutes(app: ApiApp, { database, config }: Pick<ApiContext, 'database' | 'config'>): void {
  const site = new URL(config.publicUrl).host;
  app.get(
    '/v1/admin/mails',
    {
      config: { right: 'mail:read' },
      schema: { tags: ['administration'], querystring: Page, response: { 200: WaitingMailPage } },
    },
    (request, reply) => {
      reply.header('cache-control', 'no-store');
      return listWaiting(database.read, request.query, site);
    },
  );
}
