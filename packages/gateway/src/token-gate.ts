// States what the gateway asks about tokens; who composes the process answers from keys and revocations.
import type { Json } from '@parley/protocol';

/** Options of a channel that a token overrides. */
export type Override = Partial<
  Record<
    'presence' | 'join_leave' | 'force_push_join_leave' | 'force_recovery' | 'force_positioning',
    { readonly value: boolean }
  >
>;

/** What a connection token grants. Times in Unix seconds. */
export interface ConnectionGrant {
  /** "" is anonymous. */
  readonly user: string;
  /** When the connection (not the token) ends. Absent, 0 or negative: never. */
  readonly expireAt?: number;
  /** Shown to others. */
  readonly info?: Json;
  /** Channels that the server subscribes. Ignored where `subs` is given. */
  readonly channels?: readonly string[];
  readonly subs?: Readonly<
    Record<string, { readonly info?: Json; readonly data?: Json; readonly override?: Override }>
  >;
}

/** What a subscription token grants. Times in Unix seconds. */
export interface SubscriptionGrant {
  readonly user: string;
  readonly channel: string;
  /** If set: the only client that may use it. */
  readonly client?: string;
  /** When the subscription (not the token) ends. Absent, 0 or negative: never. */
  readonly expireAt?: number;
  readonly info?: Json;
  /** Given to the client with the reply. */
  readonly data?: Json;
  readonly override?: Override;
}

/**
 * The answer to a token. `expired` covers tokens that are not valid yet. `unavailable`: it cannot be known now. `reason` is for the
 * log and holds nothing of the token.
 */
export type TokenAnswer<Grant> =
  | { readonly ok: true; readonly claims: Grant }
  | { readonly ok: false; readonly problem: 'expired' | 'invalid' | 'unavailable'; readonly reason: string };

/** Judges tokens, at once and from memory. */
export interface TokenGate {
  connection(token: string): TokenAnswer<ConnectionGrant>;
  subscription(token: string): TokenAnswer<SubscriptionGrant>;
}
