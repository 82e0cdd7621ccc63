// Decides whether a request that a cookie speaks for was made by our own page.
import type { FastifyRequest } from 'fastify';

/** The header that our pages send and that a foreign form cannot. */
export const CLIENT_HEADER = 'x-parley-client';

const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override'];

/**
 * Judges a cookie-authenticated request that changes something.
 *
 * @param origins the origins that may call, for browsers without Fetch Metadata
 * @returns why it is refused, for the log; undefined if it passes
 */
export function csrfRefusal(
  request: Pick<FastifyRequest, 'method' | 'headers'>,
  origins: ReadonlySet<string>,
): string | undefined {
  const { headers } = request;
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return 'safe method';
  if (OVERRIDES.some((name) => headers[name] !== undefined)) return 'method override';
  if (!/^application\/json(\s*;|$)/i.test(headers['content-type'] ?? '')) return 'content type';
  if (headers[CLIENT_HEADER] === undefined || headers[CLIENT_HEADER] === '') return 'no custom header';
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' ? undefined : 'foreign site';
  if (headers.origin === undefined) return 'no origin';
  return origins.has(headers.origin) ? undefined : 'foreign origin';
}
