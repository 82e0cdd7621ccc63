// States what the gateway asks about tokens; who composes the process answers from keys and revocations.
import type { Override, Payload } from '@parley/protocol';

export type { Override };

/** What a connection token grants. Times in Unix seconds. */
export interface ConnectionGrant {
  /** "" is anonymous. */
  readonly user: string;
  /** When the connection (not the token) ends. Absent, 0 or negative: never. */
  readonly expireAt?: number;
  /** Shown to others. */
  readonly info?: Payload;
  /** Told to the backend that asks for it, never to clients. */
  readonly meta?: Payload;
  /** Channels that the server subscribes. Ignored where `subs` is given. */
  readonly channels?: readonly string[];
  readonly subs?: Readonly<Record<string, GrantedSub>>;
  /** The channel that a client without an SDK (`plain_websocket`) reads and writes; of no meaning on other transports. */
  readonly room?: string;
  /** The token's own id and when it was issued, in Unix seconds, as far as it says so: what revocations go by. */
  readonly tokenId?: string;
  readonly issuedAt?: number;
}

/** A server-side subscription that a token or a backend grants. `expireAt` in Unix seconds; absent, 0 or negative: never. */
export interface GrantedSub {
  readonly info?: Payload;
  readonly data?: Payload;
  readonly override?: Override;
  readonly expireAt?: number;
  /** Whether the latest publication is delivered without being asked for, where the channel recovers that. */
  readonly cacheRecover?: boolean;
}

/** What a subscription token grants. Times in Unix seconds. */
export interface SubscriptionGrant {
  readonly user: string;
  readonly channel: string;
  /** If set: the only client that may use it. */
  readonly client?: string;
  /** When the subscription (not the token) ends. Absent, 0 or negative: never. */
  readonly expireAt?: number;
  readonly info?: Payload;
  /** Given to the client with the reply. */
  readonly data?: Payload;
  readonly override?: Override;
  /** As in `ConnectionGrant`. */
  readonly tokenId?: string;
  readonly issuedAt?: number;
}

/**
 * The answer to a token. `expired` covers tokens that are not valid yet. `unavailable`: it cannot be known now. `reason` is for the
 * log and holds nothing of the token.
 */
export type TokenAnswer<Grant> =
  | { readonly ok: true; readonly claims: Grant }
  | { readonly ok: false; readonly problem: 'expired' | 'invalid' | 'unavailable'; readonly reason: string };

/** Judges tokens: from memory, or after fetching a key, in which case the answer is a promise that never rejects. */
export interface TokenGate {
  connection(token: string): TokenAnswer<ConnectionGrant> | Promise<TokenAnswer<ConnectionGrant>>;
  subscription(token: string): TokenAnswer<SubscriptionGrant> | Promise<TokenAnswer<SubscriptionGrant>>;
}
