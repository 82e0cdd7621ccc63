// Decides which foreign pages may call the api: those of exactly the configured origins, with credentials.
import type { FastifyReply, FastifyRequest } from 'fastify';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const REQUEST_HEADERS =
  'authorization, content-type, idempotency-key, if-match, if-none-match, traceparent, x-parley-client';
const RESPONSE_HEADERS = 'x-request-id, retry-after, ratelimit, ratelimit-policy, idempotency-replayed, etag, link';
const PREFLIGHT_SECONDS = '600';

/**
 * The origins whose pages may call the api.
 *
 * @throws TypeError if an address is not an http or https URL
 */
export function allowedOrigins(config: { publicUrl: string; allowedOrigins: readonly string[] }): ReadonlySet<string> {
  return new Set([config.publicUrl, ...config.allowedOrigins].map((address) => new URL(address).origin));
}

/** Whether a page of an origin that may not call the api makes the request. */
export function isForeignOrigin({ headers }: Pick<FastifyRequest, 'headers'>, origins: ReadonlySet<string>): boolean {
  return headers.origin !== undefined && !origins.has(headers.origin);
}

/**
 * Sets the CORS headers and answers preflights.
 *
 * @returns whether the request was a preflight and has been answered
 */
export function handleCors(request: FastifyRequest, reply: FastifyReply, origins: ReadonlySet<string>): boolean {
  reply.header('vary', 'Origin');
  const origin = request.headers.origin;
  const isAllowed = origin !== undefined && origins.has(origin);
  if (isAllowed) {
    reply.header('access-control-allow-origin', origin);
    reply.header('access-control-allow-credentials', 'true');
    reply.header('access-control-expose-headers', RESPONSE_HEADERS);
  }
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return false;
  if (isAllowed) {
    reply.header('access-control-allow-methods', METHODS);
    reply.header('access-control-allow-headers', REQUEST_HEADERS);
    reply.header('access-control-max-age', PREFLIGHT_SECONDS);
  }
  reply.code(204).send();
  return true;
}
