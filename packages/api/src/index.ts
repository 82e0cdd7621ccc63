// Lists every public name of the api.
export { createAuditTools, type AuditTools } from './audit/tools.ts';
export type { ChainVerified } from './audit/verify.ts';
export type { AuditFilter } from './audit/read.ts';
export { createApi, type Api, type ApiOptions } from './app.ts';
export { systemRequester, type Audit, type AuditEntry } from './audit/ports.ts';
export type { ApiConfig, ProviderConfig } from './config.ts';
export type { AccessVerifier, Actor, ApiContext, Clock, Issue, Revocations, TokenIssuer } from './context.ts';
export { StorageError, type Database, type Dialect, type Query } from './db/database.ts';
export { openPostgres, type PostgresOptions } from './db/open-postgres.ts';
export { openSqliteReader } from './db/open-sqlite-reader.ts';
export { openSqlite, type SqliteOptions } from './db/open-sqlite.ts';
export type { ApiApp, RouteRegistrar } from './http/api-app.ts';
export { createHttpApp, type HttpAppOptions } from './http/app.ts';
export type { HealthCheck } from './http/health.ts';
export { createLog, type LogOptions } from './http/log.ts';
export { createRateLimits, type RateLimits, type RateOverrides } from './http/rate-limits.ts';
export { LegacyAccount, createPasswordTools, type Imported, type PasswordTools } from './identity/password-tools.ts';
export { createIdentity, registerIdentityRoutes, type Identity, type IdentityOptions } from './identity/identity.ts';
export { measureCost } from './identity/password-cost.ts';
export { defaultParallelHashes } from './identity/passwords.ts';
export { createOfflineOperator, type OfflinePorts, type Operator } from './identity/operator.ts';
export type { CookieSessionSettings } from './identity/cookie-sessions.ts';
export type { IdentityPorts, OnRegistered, UsedInvitation } from './identity/ports.ts';
export { createSmtpTransport, type MailTransport, type Sent, type SmtpSettings } from './mail/transport.ts';
export type { RelayStats } from './outbox/relay.ts';
export {
  createRevocations,
  recordRevocation,
  revocationLifeMs,
  type RevocationList,
  type RevocationPorts,
} from './realtime/revocation.ts';
