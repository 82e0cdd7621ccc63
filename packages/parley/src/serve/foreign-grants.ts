// Decides what the claims of a Centrifugo application's token grant.
import type { ConnectionGrant, Override, SubscriptionGrant } from '@parley/gateway';
import { type Json, type Payload, rawJson } from '@parley/protocol';
import type { ForeignConnectionClaims, ForeignSubscriptionClaims } from '@parley/tokens';

/** What a connection token grants; if it has `subs`, the gateway ignores `channels`. */
export function connectionGrant(claims: ForeignConnectionClaims): ConnectionGrant {
  const { sub = '', channels, subs, meta } = claims;
  return {
    user: sub,
    expireAt: claims.expire_at ?? claims.exp ?? 0,
    ...identityOf(claims),
    ...payloadOf('info', claims.info, claims.b64info),
    ...payloadOf('meta', meta, undefined),
    ...(channels === undefined ? {} : { channels }),
    ...(subs === undefined
      ? {}
      : { subs: Object.fromEntries(Object.entries(subs).map(([channel, given]) => [channel, subOf(given)])) }),
  };
}

/** What a subscription token grants. */
export function subscriptionGrant(claims: ForeignSubscriptionClaims): SubscriptionGrant {
  return {
    user: claims.sub ?? '',
    channel: claims.channel,
    expireAt: claims.expire_at ?? claims.exp ?? 0,
    ...identityOf(claims),
    ...(claims.client === undefined ? {} : { client: claims.client }),
    ...payloadOf('info', claims.info, claims.b64info),
    ...payloadOf('data', claims.data, claims.b64data),
    ...overrideOf(claims.override),
  };
}

function identityOf({ jti, iat }: { jti?: string; iat?: number }): { tokenId?: string; issuedAt?: number } {
  return { ...(jti === undefined ? {} : { tokenId: jti }), ...(iat === undefined ? {} : { issuedAt: iat }) };
}

/** Bytes win over the value; what a token claims was parsed from JSON, so it is JSON. */
function payloadOf<K extends string>(name: K, value: unknown, base64: unknown): { [key in K]?: Payload } {
  const bytes = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : undefined;
  const payload = bytes ?? (value === undefined ? undefined : rawJson(value as Json));
  return payload === undefined ? {} : ({ [name]: payload } as { [key in K]?: Payload });
}

function subOf(given: Readonly<Record<string, unknown>>): NonNullable<ConnectionGrant['subs']>[string] {
  return {
    ...payloadOf('info', given.info, given.b64info),
    ...payloadOf('data', given.data, given.b64data),
    ...overrideOf(given.override),
  };
}

const overridable = ['presence', 'join_leave', 'force_push_join_leave', 'force_recovery', 'force_positioning'] as const;

function overrideOf(value: unknown): { override?: Override } {
  if (typeof value !== 'object' || value === null) return {};
  const override: { -readonly [K in keyof Override]: Override[K] } = {};
  for (const name of overridable) {
    const entry: unknown = Reflect.get(value, name);
    const wanted: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'value') : undefined;
    if (typeof wanted === 'boolean') override[name] = { value: wanted };
  }
  return { override };
}
