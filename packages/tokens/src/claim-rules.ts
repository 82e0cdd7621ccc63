// Decides which claims each kind of token has to carry, may carry, and must not carry.
import type { ClaimsOf, TokenKind } from './claims.ts';
import { isObject } from './parse.ts';
import type { JsonObject } from './parse.ts';

type Check = (value: unknown) => boolean;

interface Rules {
  readonly required: Readonly<Record<string, Check>>;
  readonly optional: Readonly<Record<string, Check>>;
  /** Claims of other kinds: their presence means that somebody confuses the two. */
  readonly forbidden: readonly string[];
}

/** The most scopes that one token carries. */
export const maxScopes = 64;

const maxNameLength = 80;
const idSyntax = /^[A-Za-z0-9_-]{1,64}$/;
const scopeSyntax = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

const isText: Check = (value) => typeof value === 'string' && value.length > 0;
const isId: Check = (value) => typeof value === 'string' && idSyntax.test(value);
const isCounter: Check = (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isName: Check = (value) => typeof value === 'string' && value.length <= maxNameLength;
const isInfo: Check = (value) => isObject(value) && typeof value.name === 'string';
const isMeta: Check = (value) => isObject(value) && isId(value.sid) && isCounter(value.uv);
const isChannels: Check = (value) => Array.isArray(value) && value.every(isText);

/** Names separated by single spaces, each once (RFC 6749, 3.3); the empty text grants nothing. */
const isScope: Check = (value) => {
  if (typeof value !== 'string') return false;
  if (value === '') return true;
  const names = value.split(' ', maxScopes + 1);
  return names.length <= maxScopes && new Set(names).size === names.length && names.every((n) => scopeSyntax.test(n));
};

/** Whether a value is a time in Unix seconds as our issuer writes it: a positive integer below 2^40. */
export const isNumericDate = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 2 ** 40;

const common: Rules['required'] = {
  iss: isText,
  aud: (value) => isText(value) || (Array.isArray(value) && value.every(isText)),
  sub: isText,
  jti: isId,
  iat: isNumericDate,
  exp: isNumericDate,
};

const rules: { readonly [K in TokenKind]: Rules } = {
  access: {
    required: { ...common, sid: isId, uv: isCounter, role: isText, scope: isScope, client_id: isText },
    optional: { nbf: isNumericDate, name: isName },
    forbidden: ['channel', 'channels', 'expire_at', 'mid'],
  },
  connection: {
    required: { ...common, expire_at: isNumericDate },
    optional: { nbf: isNumericDate, info: isInfo, channels: isChannels, room: isText, meta: isMeta },
    forbidden: ['channel', 'scope', 'role', 'mid'],
  },
  subscription: {
    required: { ...common, channel: isText, expire_at: isNumericDate, sid: isId, uv: isCounter, mid: isText },
    optional: { nbf: isNumericDate, info: isInfo },
    forbidden: ['channels', 'scope', 'role'],
  },
};

/** The claims of a kind by name: those it has to carry, may carry, and must not carry. */
export const claimNames = (kind: TokenKind): { readonly [P in keyof Rules]: readonly string[] } => ({
  required: Object.keys(rules[kind].required),
  optional: Object.keys(rules[kind].optional),
  forbidden: rules[kind].forbidden,
});

/**
 * Makes the test whether claims have the shape of a kind: every claim there, of the right type and in range. Unknown
 * further claims pass, so that nodes of different versions understand each other; times are not compared with a clock.
 */
export function createClaimsTest<K extends TokenKind>(
  kind: K,
): (claims: JsonObject) => claims is JsonObject & ClaimsOf[K] {
  const { required, optional, forbidden } = rules[kind];
  const requiredRules = Object.entries(required);
  const optionalRules = Object.entries(optional);
  return (claims): claims is JsonObject & ClaimsOf[K] =>
    requiredRules.every(([name, check]) => check(claims[name])) &&
    optionalRules.every(([name, check]) => claims[name] === undefined || check(claims[name])) &&
    forbidden.every((name) => claims[name] === undefined);
}
