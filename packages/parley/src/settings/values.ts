// Decides how the text of one setting becomes a value, and the words that say which form is allowed.
import { isIP, isIPv4 } from 'node:net';
import { parseLifetime } from '@parley/tokens';

/** One refused setting, with its allowed form; never with its value. */
export interface SettingProblem {
  name: string;
  message: string;
}

/** A value, or the allowed form in words that complete "NAME must be …". */
export type Parsed<T> = { ok: true; value: T } | { ok: false; allowed: string };

/** One refused setting, with its allowed form; never with its value. */
export interface SettingProblem {
  name: string;
  message: string;
}

const refused = (allowed: string): { ok: false; allowed: string } => ({ ok: false, allowed });

/** Reads a whole number between two bounds, both included. */
export function parseInteger(text: string, min: number, max: number): Parsed<number> {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? { ok: true, value } : refused(`a whole number from ${min} to ${max}`);
}

/** Reads a time such as `15m`, `7d` or a number of seconds, between two bounds in seconds. */
export function parseLife(text: string, minSeconds: number, maxSeconds: number): Parsed<number> {
  const value = parseLifetime(text);
  if (value !== undefined && value >= minSeconds && value <= maxSeconds) return { ok: true, value };
  return refused(`a time like 90s, 15m, 1h or 7d, from ${minSeconds} s to ${maxSeconds} s`);
}

/** Reads how long keys sign, or `off`, which is 0. Retired keys are kept for a day, so that an hour is the shortest. */
export function parseRotation(text: string): Parsed<number> {
  if (text === 'off') return { ok: true, value: 0 };
  const life = parseLife(text, 3_600, 366 * 86_400);
  return life.ok ? life : refused('off, or a time like 30d, from 1h to 366d');
}

/** Reads one word out of a list. */
export function parseChoice<const T extends string>(text: string, choices: readonly T[]): Parsed<T> {
  const value = choices.find((choice) => choice === text);
  return value === undefined ? refused(`one of ${choices.join(', ')}`) : { ok: true, value };
}

/** Whether a host name or address is this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Reads the address of the site, without a trailing slash. Plain http is allowed on this machine only: browsers keep
 * the session in a cookie that they send over https alone.
 */
export function parsePublicUrl(text: string): Parsed<string> {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.search !== '' || url.hash !== '' || url.pathname !== '/') {
    return refused('an address without a path, such as https://chat.example.org');
  }
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) {
    return { ok: true, value: url.origin };
  }
  return refused('an https:// address (http:// is for localhost only)');
}

/** Reads addresses and networks (`10.0.0.0/8`) separated by commas or spaces. */
export function parseNetworks(text: string): Parsed<string[]> {
  const value = text.split(/[\s,]+/).filter((entry) => entry !== '');
  const isNetwork = (entry: string): boolean => {
    const [address = '', bits, ...others] = entry.split('/');
    const most = isIPv4(address) ? 32 : 128;
    if (others.length > 0 || isIP(address) === 0) return false;
    return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  };
  if (value.every(isNetwork)) return { ok: true, value };
  return refused('addresses or networks such as 10.0.0.0/8, separated by commas');
}

/** Reads origins separated by commas or spaces; `*` is none of them. */
export function parseOrigins(text: string): Parsed<string[]> {
  const value: string[] = [];
  for (const part of text.split(/[\s,]+/).filter((entry) => entry !== '')) {
    const url = URL.parse(part);
    if (url === null || !/^https?:$/.test(url.protocol) || url.origin !== part.replace(/\/$/, '')) {
      return refused('origins such as https://app.example.org, separated by commas');
    }
    value.push(url.origin);
  }
  return { ok: true, value };
}
