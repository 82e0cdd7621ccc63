// Decides the refresh cookie: its name, its attributes, and which requests it may speak for.
import type { ApiConfig } from '../config.ts';
import { readCookie } from '../http/read-cookie.ts';

/** What the cookie of a request says. */
export type RefreshCookie = { kind: 'absent' } | { kind: 'several' } | { kind: 'token'; token: string };

type CookieConfig = Pick<ApiConfig, 'secureCookies' | 'refreshIdleLife'>;

/** `__Host-` keeps sibling domains from planting one; without `Secure` (http on loopback) browsers refuse the prefix. */
export function refreshCookieName(config: Pick<ApiConfig, 'secureCookies'>): string {
  return config.secureCookies ? '__Host-rt' : 'rt';
}

/**
 * Reads the refresh cookie.
 *
 * @param rawHeaders names and values by turns, as received
 * @returns `several` if the name comes more than once: one of them was planted
 */
export function readRefreshCookie(config: CookieConfig, rawHeaders: readonly string[]): RefreshCookie {
  const cookie = readCookie(refreshCookieName(config), rawHeaders);
  return cookie.kind === 'value' ? { kind: 'token', token: cookie.value } : cookie;
}

/** The `Set-Cookie` value that keeps a refresh token until it would idle out. */
export function keepRefreshCookie(config: CookieConfig, token: string): string {
  return setRefreshCookie(config, { token, maxAge: config.refreshIdleLife });
}

/** The `Set-Cookie` value that removes the refresh token. */
export function dropRefreshCookie(config: CookieConfig): string {
  return setRefreshCookie(config, { token: '', maxAge: 0 });
}

function setRefreshCookie(config: CookieConfig, cookie: { token: string; maxAge: number }): string {
  const secure = config.secureCookies ? '; Secure' : '';
  // A token is base64url: nothing in it needs escaping.
  return `${refreshCookieName(config)}=${cookie.token}; Max-Age=${cookie.maxAge}; Path=/; HttpOnly${secure}; SameSite=Strict`;
}
