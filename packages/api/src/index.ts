// Lists every public name of the api.
export type { ApiConfig } from './config.ts';
export type { AccessVerifier, Actor, ApiContext, Clock, Issue, Revocations, TokenIssuer } from './context.ts';
export { createHttpApp, type ApiApp, type HttpAppOptions, type RouteRegistrar } from './http/app.ts';
export type { HealthCheck } from './http/health.ts';
export { createLog, type LogOptions } from './http/log.ts';
export { createRateLimits, type RateLimits, type RateOverrides } from './http/rate-limits.ts';
export { createIdentity, registerIdentityRoutes, type Identity, type IdentityOptions } from './identity/identity.ts';
export type { IdentityPorts, OnRegistered, UsedInvitation } from './identity/ports.ts';
export {
  createRevocations,
  recordRevocation,
  revocationLifeMs,
  type RevocationList,
  type RevocationPorts,
} from './realtime/revocation.ts';
