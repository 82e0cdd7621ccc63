// Decides what is answered where no route is: 405 if the path knows other methods, 404 otherwise.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiApp } from './api-app.ts';
import { problem } from './problems.ts';

/** Turns `/v1/rooms/:id` into an expression that matches whole paths. */
function pathExpression(pattern: string): RegExp {
  const source = pattern
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)))
    .join('/');
  return new RegExp(`^${source}$`);
}

/**
 * Remembers the methods of each route and answers what no route takes. Call it before routes are added.
 */
export function answerUnknownRoutes(app: ApiApp): void {
  const routes = new Map<string, { path: RegExp; methods: Set<string> }>();
  app.addHook('onRoute', (route) => {
    const known = routes.get(route.url) ?? { path: pathExpression(route.url), methods: new Set<string>() };
    for (const method of [route.method].flat()) known.methods.add(method);
    routes.set(route.url, known);
  });
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = new Set(
      [...routes.values()].filter((route) => route.path.test(path)).flatMap((route) => [...route.methods]),
    );
    if (methods.size === 0) return problem(reply, 'not_found');
    reply.header('allow', [...methods].sort().join(', '));
    return problem(reply, 'method.not_allowed');
  });
}
