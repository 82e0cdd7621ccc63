// Decides what a verified token of a Centrifugo application grants, and which of the gateway's refusals a bad one is.
import type { ConnectionGrant, Override, SubscriptionGrant, TokenAnswer, TokenGate } from '@parley/gateway';
import { sliceMember } from '@parley/protocol';
import type { Payload } from '@parley/protocol';
import type { ForeignProblem, ForeignVerified, VerifyForeign } from '@parley/tokens';

/** A refused token, as the gateway is told. */
export type Refusal = Extract<TokenAnswer<never>, { ok: false }>;

/** The refusal for a problem: the client comes back for a new token, comes back later, or gives up. */
export function refuseToken(problem: ForeignProblem): Refusal {
  if (problem === 'unavailable') return { ok: false, problem, reason: problem };
  const isAboutTime = problem === 'expired' || problem === 'not_yet_valid';
  return { ok: false, problem: isAboutTime ? 'expired' : 'invalid', reason: problem };
}

/** What a connection token grants (protocol reference, 15.2). A subscription token is refused. */
export function grantConnection(verified: ForeignVerified): TokenAnswer<ConnectionGrant> {
  if (!verified.ok) return refuseToken(verified.problem);
  if (verified.kind !== 'connection') return refuseToken('claims');
  const { claims, json } = verified;
  const { sub = '', channels, subs, room } = claims;
  const meta = claims.meta === undefined ? undefined : sliceMember(json, ['meta']);
  return {
    ok: true,
    claims: {
      user: sub,
      ...lifeOf(claims),
      ...pick('info', payloadOf(claims, { json, name: 'info' })),
      ...pick('meta', meta),
      ...pick('channels', channels),
      ...pick('room', typeof room === 'string' && room !== '' ? room : undefined),
      ...pick('subs', subs === undefined ? undefined : subsOf(subs, sliceMember(json, ['subs']) ?? '{}')),
    },
  };
}

/** What a subscription token grants (protocol reference, 15.3). A connection token is refused. */
export function grantSubscription(verified: ForeignVerified): TokenAnswer<SubscriptionGrant> {
  if (!verified.ok) return refuseToken(verified.problem);
  if (verified.kind !== 'subscription') return refuseToken('claims');
  const { claims, json } = verified;
  return {
    ok: true,
    claims: {
      user: claims.sub ?? '',
      channel: claims.channel,
      ...lifeOf(claims),
      ...pick('client', claims.client === '' ? undefined : claims.client),
      ...pick('info', payloadOf(claims, { json, name: 'info' })),
      ...pick('data', payloadOf(claims, { json, name: 'data' })),
      ...pick('override', overrideOf(claims.override)),
    },
  };
}

/**
 * Makes the gate of a gateway that stands alone: every channel that a token names is granted.
 *
 * @param verifiers one for each kind of token; often the same
 */
export function createForeignGate(verifiers: { connection: VerifyForeign; subscription: VerifyForeign }): TokenGate {
  return {
    connection: (token) => mapAnswer(verifiers.connection(token, 'connection'), grantConnection),
    subscription: (token) => mapAnswer(verifiers.subscription(token, 'subscription'), grantSubscription),
  };
}

const mapAnswer = <Grant>(
  verified: ForeignVerified | Promise<ForeignVerified>,
  grant: (verified: ForeignVerified) => TokenAnswer<Grant>,
): TokenAnswer<Grant> | Promise<TokenAnswer<Grant>> =>
  verified instanceof Promise ? verified.then(grant) : grant(verified);

type GrantedSub = NonNullable<ConnectionGrant['subs']>[string];

/** The members of a token, or of an entry of `subs`, that become payloads. */
interface Claims {
  readonly info?: unknown;
  readonly b64info?: unknown;
  readonly data?: unknown;
  readonly b64data?: unknown;
  readonly override?: unknown;
}

/** A record with the member, or without it if there is no value. */
function pick<Name extends string, Value>(name: Name, value: Value | undefined): { [N in Name]?: Value };
function pick(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value };
}

function lifeOf({
  exp,
  expire_at: expireAt,
  jti,
  iat,
}: {
  exp?: number;
  expire_at?: number;
  jti?: string;
  iat?: number;
}): { expireAt: number; tokenId?: string; issuedAt?: number } {
  return { expireAt: expireAt ?? exp ?? 0, ...pick('tokenId', jti), ...pick('issuedAt', iat) };
}

/** `b64info` wins over `info`, and so on. JSON is cut out of what was signed, so that large numbers stay what they are. */
function payloadOf(claims: Claims, { json, name }: { json: string; name: 'info' | 'data' }): Payload | undefined {
  const base64 = claims[`b64${name}`];
  if (typeof base64 === 'string' && base64 !== '') return Buffer.from(base64, 'base64');
  return claims[name] === undefined ? undefined : sliceMember(json, [name]);
}

function subsOf(subs: Readonly<Record<string, Claims>>, json: string): Record<string, GrantedSub> {
  const entries = Object.entries(subs).map(([channel, claims]): [string, GrantedSub] => {
    const isEmpty = claims.info === undefined && claims.data === undefined;
    const own = isEmpty ? '{}' : (sliceMember(json, [channel]) ?? '{}');
    return [
      channel,
      {
        ...pick('info', payloadOf(claims, { json: own, name: 'info' })),
        ...pick('data', payloadOf(claims, { json: own, name: 'data' })),
        ...pick('override', overrideOf(claims.override)),
      },
    ];
  });
  return Object.fromEntries(entries);
}

const overridable = ['presence', 'join_leave', 'force_push_join_leave', 'force_recovery', 'force_positioning'] as const;

function overrideOf(value: unknown): Override | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const override: { -readonly [K in keyof Override]: Override[K] } = {};
  for (const name of overridable) {
    const entry: unknown = Reflect.get(value, name);
    const wanted: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'value') : undefined;
    if (typeof wanted === 'boolean') override[name] = { value: wanted };
  }
  return override;
}
