// Lists every public name of the api.
export { createHttpApp, type ApiApp, type HttpAppOptions, type RouteRegistrar } from './http/app.ts';
export type { HealthCheck } from './http/health.ts';
export { createLog, type LogOptions } from './http/log.ts';
export { createRateLimits, type RateLimits, type RateOverrides } from './http/rate-limits.ts';
export { createAccountTools, type AccountTools, type AccountMade } from './identity/account-tools.ts';
export { createApi, type Api, type ApiOptions } from './app.ts';
export type { ApiConfig } from './config.ts';
export type { AccessVerifier, Clock, Revocations, TokenIssuer } from './context.ts';
export { StorageError, type Database } from './db/database.ts';
export { openPostgres, type PostgresOptions } from './db/open-postgres.ts';
export { openSqlite, type SqliteOptions } from './db/open-sqlite.ts';
