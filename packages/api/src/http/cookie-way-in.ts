// Decides whether a cookie of an older system may speak for a request: while it lasts, alone, and from our own pages.
import type { FastifyRequest } from 'fastify';
import { csrfRefusal } from './csrf.ts';
import type { Authenticated, CookieSessions, GatePorts } from './gate-ports.ts';
import { readCookie } from './read-cookie.ts';

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Who makes a request as its cookie of the older system says; undefined if there is none. */
export async function byCookie(
  ports: Pick<GatePorts, 'clock' | 'origins'>,
  request: FastifyRequest,
  cookies: CookieSessions,
): Promise<Authenticated | undefined> {
  const cookie = readCookie(cookies.cookieName, request.raw.rawHeaders);
  if (cookie.kind === 'absent') return undefined;
  if (cookies.until !== null && ports.clock.now() >= cookies.until) return { kind: 'ended', since: cookies.until };
  if (cookie.kind === 'several') return { kind: 'csrf', reason: 'two session cookies' };
  const reason = SAFE_METHODS.includes(request.method) ? undefined : csrfRefusal(request, ports.origins);
  if (reason !== undefined) return { kind: 'csrf', reason };
  const judged = await cookies.judge(cookie.value);
  return judged.kind === 'actor' ? { ...judged, endsAt: cookies.until } : judged;
}
