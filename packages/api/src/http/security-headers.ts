// Decides the headers that every answer of the api carries for the browser's sake.
import type { FastifyReply } from 'fastify';

const HEADERS = {
  // Answers hold tokens or what only one person may see; a route that knows better says so itself.
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-site',
  // The api answers JSON only; nothing of it may run or be framed.
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

const STRICT_TRANSPORT = 'max-age=31536000';

/** Sets the headers. `isHttps` adds Strict-Transport-Security. */
export function setSecurityHeaders(reply: FastifyReply, isHttps: boolean): void {
  reply.headers(HEADERS);
  if (isHttps) reply.header('strict-transport-security', STRICT_TRANSPORT);
}
