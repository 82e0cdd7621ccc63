// Decides what the api adds to the framework's own request, route and server types.
import type { Actor } from '../context.ts';
import type { RateName } from './limits.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on public routes. */
    actor: Actor | null;
    /** The address that rates are counted under. */
    source: string;
  }
  interface FastifyInstance {
    /** The page that explains the problem codes. */
    problemTypes: string;
  }
  interface FastifyContextConfig {
    /** `public` opens the route to everybody; without it the gate asks for an access token. */
    access?: 'public';
    /** The rate, counted by source or by person, that the route takes one of. */
    rate?: RateName;
    /** `off` where an answer carries a secret, which must not be stored for replay. */
    idempotency?: 'off';
  }
}
