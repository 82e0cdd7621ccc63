// Lists every public name of the api.
export { createHttpApp, type ApiApp, type HttpAppOptions, type RouteRegistrar } from './http/app.ts';
export type { HealthCheck } from './http/health.ts';
export { createLog, type LogOptions } from './http/log.ts';
export { createRateLimits, type RateLimits, type RateOverrides } from './http/rate-limits.ts';
export { createAccountTools, type AccountTools, type AccountMade } from './identity/account-tools.ts';
