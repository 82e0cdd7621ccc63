// Decides which sites may use the HTTP doors, and what their browsers are told about it (CORS).
import type { IncomingMessage } from 'node:http';
import { globMatcher } from '../glob.ts';

/** The rule for origins, the same for all transports. */
export interface Origins {
  /** Whether the request comes from an allowed site, or from no site: browsers always say where they are, other clients do not. */
  isAllowed(request: IncomingMessage): boolean;
  /** What the browser of an allowed site has to be told. Empty otherwise: then it keeps the answer from the page. */
  headersFor(request: IncomingMessage): Record<string, string>;
}

/**
 * Makes the rule from `client.allowed_origins`: patterns with `*` and `?`; none lets no site in. They are asked for each time, because a
 * new configuration may bring others.
 */
export function createOrigins(patterns: () => readonly string[]): Origins {
  const isAllowed = ({ headers: { origin } }: IncomingMessage): boolean =>
    origin === undefined || patterns().some((pattern) => globMatcher(pattern.toLowerCase())(origin.toLowerCase()));
  return {
    isAllowed,
    headersFor(request) {
      const { origin } = request.headers;
      if (origin === undefined || !isAllowed(request)) return {};
      const asked = request.headers['access-control-request-headers'];
      return {
        'Access-Control-Allow-Origin': origin,
        'Access-Control-Allow-Credentials': 'true',
        ...(asked === undefined ? {} : { 'Access-Control-Allow-Headers': asked }),
        Vary: 'Origin',
      };
    },
  };
}
