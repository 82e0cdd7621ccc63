// Decides which claims a token of a Centrifugo application may carry, and which shape each of them has.
import { isObject } from './parse.ts';
import type { JsonObject } from './parse.ts';

/** Claims that both foreign kinds may carry. Times are Unix seconds and may have fractions. */
export interface ForeignCommonClaims {
  /** The user, out of `sub` or the claim that is configured for it; absent or empty is anonymous. */
  sub?: string;
  exp?: number;
  /** Ends the connection or subscription instead of `exp`; 0 or below: never. */
  expire_at?: number;
  nbf?: number;
  iat?: number;
  jti?: string;
  iss?: string;
  aud?: string | readonly string[];
  /** Any JSON; shown to others. */
  info?: unknown;
  /** The same as base64 of bytes; wins over `info`. */
  b64info?: string;
}

/** A foreign connection token: it has no `channel`. If `subs` is there, `channels` is to be ignored. */
export interface ForeignConnectionClaims extends ForeignCommonClaims {
  channels?: readonly string[];
  /** Options by channel; `b64info` and `b64data` are base64, as outside. */
  subs?: Readonly<Record<string, JsonObject>>;
  meta?: JsonObject;
  /** A text is the room of clients without an SDK; anything else is a claim of somebody else's and means nothing. */
  room?: unknown;
}

/** A foreign subscription token, for one channel, and for one client if `client` is there. */
export interface ForeignSubscriptionClaims extends ForeignCommonClaims {
  channel: string;
  client?: string;
  data?: unknown;
  b64data?: string;
  override?: JsonObject;
}

/** The claims of either kind, with every member of the right type. */
export type ForeignClaims = JsonObject & ForeignConnectionClaims & Partial<ForeignSubscriptionClaims>;

type Check = (value: unknown) => boolean;

const isNumber: Check = (value) => Number.isFinite(value);
const isText: Check = (value) => typeof value === 'string';
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
// RFC 4648, 4, with its padding, as Go's standard encoding reads it; the platform alone would read anything.
const isBase64: Check = (value) =>
  typeof value === 'string' &&
  /^[A-Za-z0-9+/]*={0,2}$/.test(value) &&
  Buffer.from(value, 'base64').toString('base64') === value;
const isSub: Check = (value) =>
  isObject(value) &&
  [value.b64info, value.b64data].every((bytes) => bytes === undefined || bytes === null || isBase64(bytes));

const rules: readonly (readonly [string, Check])[] = [
  ['sub', isText],
  ['exp', isNumber],
  ['expire_at', isNumber],
  ['nbf', isNumber],
  ['iat', isNumber],
  ['jti', isText],
  ['iss', isText],
  ['aud', (value) => isText(value) || isTexts(value)],
  ['b64info', isBase64],
  ['channels', isTexts],
  ['subs', (value) => isObject(value) && Object.values(value).every(isSub)],
  ['meta', isObject],
  ['channel', (value) => isText(value) && value !== ''],
  ['client', isText],
  ['b64data', isBase64],
  ['override', isObject],
];

const isForeign = (claims: JsonObject): claims is ForeignClaims =>
  rules.every(([name, check]) => claims[name] === undefined || check(claims[name]));

/**
 * Reads the claims of a token as Centrifugo does: a member that is null counts as absent, except for free JSON.
 *
 * @param userIdClaim the top-level claim that names the user instead of `sub`; a whole number there is taken as text
 * @returns the claims with the user as `sub`, or undefined if one is of a wrong type
 */
export function readForeignClaims(payload: JsonObject, userIdClaim: string | undefined): ForeignClaims | undefined {
  const nulls = rules.filter(([name]) => payload[name] === null);
  const present =
    nulls.length === 0
      ? payload
      : Object.fromEntries(Object.entries(payload).filter(([key]) => !nulls.some(([name]) => name === key)));
  if (!isForeign(present)) return undefined;
  return userIdClaim === undefined ? present : withUser(present, payload[userIdClaim]);
}

function withUser(claims: ForeignClaims, user: unknown): ForeignClaims | undefined {
  if (user === undefined || user === null) return { ...claims, sub: '' };
  if (typeof user === 'string') return { ...claims, sub: user };
  return typeof user === 'number' && Number.isSafeInteger(user) ? { ...claims, sub: String(user) } : undefined;
}
