// Decides the type of the api's server and what the api adds to the framework's own request, route and server types.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Right } from '@parley/contract';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Actor } from '../context.ts';
import type { RateName } from './limits.ts';
import type { Taken } from './rate-limits.ts';

/** The api's server: routes take their types from zod schemas. */
export type ApiApp = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** Adds the routes of one domain. */
export type RouteRegistrar = (app: ApiApp) => void;
declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on public routes. */
    actor: Actor | null;
    /** The address that rates are counted under. */
    source: string;
    /** Set where a source has used up its allowance and the route decides itself what may still go on. */
    overdrawn: (Taken & { ok: false }) | null;
  }
  interface FastifyInstance {
    /** The page that explains the problem codes. */
    problemTypes: string;
  }
  interface FastifyContextConfig {
    /** `public` opens the route to everybody; without it the gate asks for an access token. */
    access?: 'public';
    /** What somebody must be allowed to do at all; policies decide about the single thing. */
    right?: Right;
    /** The rate, counted by source or by person, that the route takes one of. */
    rate?: RateName;
    /** `off` where an answer carries a secret, which must not be stored for replay. */
    idempotency?: 'off';
  }
}
