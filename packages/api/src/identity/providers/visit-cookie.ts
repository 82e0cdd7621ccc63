// Decides how a visit to a provider is bound to the browser that began it.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ApiConfig } from '../../config.ts';
import { LIMITS } from '../../http/limits.ts';
import { readCookie } from '../../http/read-cookie.ts';

type Config = Pick<ApiConfig, 'secureCookies'>;

// Lax: the provider sends the browser back from another site, and the cookie has to come along.
const cookieName = (config: Config): string => (config.secureCookies ? '__Host-oidc' : 'oidc');

/** The `Set-Cookie` value that keeps a visit's secret while the browser is away. */
export function keepVisitCookie(config: Config, secret: string): string {
  return visitCookie(config, { secret, maxAge: LIMITS.providers.visitLifeMs / 1_000 });
}

/** The `Set-Cookie` value that removes it. */
export function dropVisitCookie(config: Config): string {
  return visitCookie(config, { secret: '', maxAge: 0 });
}

function visitCookie(config: Config, cookie: { secret: string; maxAge: number }): string {
  const secure = config.secureCookies ? '; Secure' : '';
  return `${cookieName(config)}=${cookie.secret}; Max-Age=${cookie.maxAge}; Path=/; HttpOnly${secure}; SameSite=Lax`;
}

/** The visit's secret in a request's cookies; undefined unless it is there once, whole. */
export function readVisitCookie(config: Config, rawHeaders: readonly string[]): string | undefined {
  const cookie = readCookie(cookieName(config), rawHeaders);
  return cookie.kind === 'value' && /^[\w-]{43}$/.test(cookie.value) ? cookie.value : undefined;
}

/**
 * What a visit says and expects. All of it comes from the secret in the browser: nothing that is stored here could go
 * on with the visit.
 */
export interface VisitSecrets {
  state: string;
  nonce: string;
  codeVerifier: string;
}

/** Derives what a visit says; each value is of another purpose and tells nothing of the others. */
export function visitSecrets(secret: string): VisitSecrets {
  const derive = (purpose: string): string =>
    createHmac('sha256', secret).update(`parley oidc ${purpose}`).digest('base64url');
  return { state: derive('state'), nonce: derive('nonce'), codeVerifier: derive('code verifier') };
}

/** Whether the browser came back with the state that it left with, in constant time. */
export function isState(presented: string | null, expected: string): boolean {
  const bytes = Buffer.from(presented ?? '');
  return bytes.length === Buffer.byteLength(expected) && timingSafeEqual(bytes, Buffer.from(expected));
}
