// Decides which settings accept the cookie sessions of an older system, and until when.
import type { CookieSessionSettings } from '@parley/api';
import { isLoopback } from './values.ts';

// A token of RFC 6265, as short as names are. Our own cookies are not the older system's.
const COOKIE_NAME = /^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$/;
const OWN_COOKIES = ['rt', '__Host-rt'];

/**
 * Reads `SESSION_AUTH` (`off`, `on`, `until 2026-12-31`), `SESSION_AUTH_COOKIE` and `SESSION_AUTH_URL`.
 *
 * @param problems what is refused is added to it, by name
 */
export function readCookieSessions(
  text: (name: string) => string | undefined,
  problems: { name: string; message: string }[],
): { cookieSessions?: CookieSessionSettings } {
  const refuse = (name: string, message: string): void => {
    problems.push({ name, message: `${name} must be ${message}` });
  };
  const mode = text('SESSION_AUTH') ?? 'off';
  if (mode === 'off') return {};
  const until = mode === 'on' ? null : endOf(mode);
  if (until === undefined) refuse('SESSION_AUTH', 'on, off, or "until" and a day or a time in UTC: until 2026-12-31');
  const cookieName = text('SESSION_AUTH_COOKIE') ?? '';
  if (!COOKIE_NAME.test(cookieName) || OWN_COOKIES.includes(cookieName))
    refuse('SESSION_AUTH_COOKIE', 'the name of the cookie of the older system, when SESSION_AUTH is on');
  const url = text('SESSION_AUTH_URL') ?? '';
  if (!isUsable(url))
    refuse(
      'SESSION_AUTH_URL',
      'an https:// address of the older system (http:// on this machine, or for a name without dots)',
    );
  return until === undefined ? {} : { cookieSessions: { cookieName, url, until } };
}

/** A day ends with it; a time ends with its second. Undefined for anything else. */
function endOf(mode: string): number | undefined {
  const given = /^until +(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\dZ)?$/.exec(mode);
  if (given === null) return undefined;
  const [, day = '', time] = given;
  const start = Date.parse(`${day}${time ?? 'T00:00:00Z'}`);
  // The 31st of a month with 30 days is read as the next day by some; it is no day.
  if (Number.isNaN(start) || new Date(start).toISOString().slice(0, 10) !== day) return undefined;
  return time === undefined ? start + 86_400_000 : start;
}

/** The cookie is a secret: it travels encrypted, or stays on this machine or in a network whose names have no dots. */
function isUsable(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.hash !== '') return false;
  return (
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && (isLoopback(url.hostname) || /^[a-z][a-z0-9_-]*$/.test(url.hostname)))
  );
}
