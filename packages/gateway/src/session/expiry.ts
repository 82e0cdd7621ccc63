// Decides what an expiry means: is it over, what is the client told, when does the server act.
import { limits } from '../limits.ts';

/**
 * Unix milliseconds of an expiry in Unix seconds.
 *
 * @returns undefined for "never": absent, zero or negative
 */
export function expiryMs(expireAtSeconds: number | undefined): number | undefined {
  return expireAtSeconds === undefined || expireAtSeconds <= 0 ? undefined : expireAtSeconds * 1000;
}

/** Whether the time has come. */
export function isOver(expiresAt: number | undefined, now: number): boolean {
  return expiresAt !== undefined && now >= expiresAt;
}

/** `ttl` for a reply: whole seconds, at least 1, capped; nothing if it never expires. */
export function ttlOf(expiresAt: number | undefined, now: number): { ttl?: number } {
  if (expiresAt === undefined) return {};
  return { ttl: Math.min(Math.max(Math.ceil((expiresAt - now) / 1000), 1), limits.maxTtlSeconds) };
}
