// Decides the path, method and body of what administrators ask: people, audit log, mails that wait.
import type {
  AdminUser,
  AdminUserPage,
  AdminUserPatch,
  AdminUserQuery,
  AuditPage,
  AuditQuery,
  AuditVerified,
  HandedLink,
  WaitingMailPage,
} from '@parley/contract';
import type { CallOptions, PageQuery } from './call-options.ts';
import type { Http } from './http.ts';
import type { Outcome } from './problem.ts';

/** Reading the whole audit log may take minutes, in milliseconds. */
const LONG_MS = 300_000;

/** The administrators' part. Each call is refused with `auth.forbidden` to those without the right. */
export interface AdminEndpoints {
  users(query: AdminUserQuery, options?: CallOptions): Promise<Outcome<AdminUserPage>>;
  changeUser(userId: string, body: AdminUserPatch, options?: CallOptions): Promise<Outcome<AdminUser>>;
  unlockUser(userId: string, options?: CallOptions): Promise<Outcome<undefined>>;
  /** Ends every session of a person. */
  signOutUser(userId: string, options?: CallOptions): Promise<Outcome<undefined>>;
  /** A link to set a new password, to hand over in another way than by mail; shown once. */
  makeResetLink(userId: string, options?: CallOptions): Promise<Outcome<HandedLink>>;
  /** Removes every second factor of a person who has lost theirs, passkeys included; all their sessions end. */
  resetFactors(userId: string, options?: CallOptions): Promise<Outcome<undefined>>;
  audit(query: AuditQuery, options?: CallOptions): Promise<Outcome<AuditPage>>;
  /** Recomputes the chain of the whole log. */
  verifyAudit(options?: CallOptions): Promise<Outcome<AuditVerified>>;
  /** The events as lines of JSON (ndjson). */
  exportAudit(query: Omit<AuditQuery, 'limit' | 'after'>, options?: CallOptions): Promise<Outcome<Blob>>;
  waitingMails(query: PageQuery, options?: CallOptions): Promise<Outcome<WaitingMailPage>>;
}

/** See {@link AdminEndpoints}. */
export function createAdminEndpoints(http: Http): AdminEndpoints {
  const get = <T>(path: string, query: object, options?: CallOptions): Promise<Outcome<T>> =>
    http.request<T>({ method: 'GET', path, query: { ...query }, signal: options?.signal });
  const post = <T>(path: string, options?: CallOptions): Promise<Outcome<T>> =>
    http.request<T>({ method: 'POST', path, body: {}, signal: options?.signal });
  const user = (userId: string): string => `/v1/admin/users/${encodeURIComponent(userId)}`;
  return {
    users: (query, options) => get('/v1/admin/users', query, options),
    changeUser: (userId, body, options) =>
      http.request({ method: 'PATCH', path: user(userId), body, signal: options?.signal }),
    unlockUser: (userId, options) => post(`${user(userId)}/unlock`, options),
    signOutUser: (userId, options) => post(`${user(userId)}/sign-out`, options),
    makeResetLink: (userId, options) => post(`${user(userId)}/reset-link`, options),
    resetFactors: (userId, options) => post(`${user(userId)}/reset-factors`, options),
    audit: (query, options) => get('/v1/admin/audit', query, options),
    verifyAudit: (options) =>
      http.request({ method: 'GET', path: '/v1/admin/audit/verify', signal: options?.signal, timeoutMs: LONG_MS }),
    exportAudit: (query, options) =>
      http.request({
        method: 'GET',
        path: '/v1/admin/audit/export',
        query: { ...query },
        answer: 'file',
        signal: options?.signal,
        timeoutMs: LONG_MS,
      }),
    waitingMails: (query, options) => get('/v1/admin/mails', query, options),
  };
}
