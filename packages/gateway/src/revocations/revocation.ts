// Decides which tokens a revocation means: pure.

/** Tokens that are good no more; `expiresAt` (Unix milliseconds) is when they would have ended anyway. Times of issue in Unix seconds. */
export type Revocation =
  | { readonly kind: 'token'; readonly id: string; readonly expiresAt: number }
  | {
      readonly kind: 'issued_before';
      /** Undefined: of everybody. */
      readonly user: string | undefined;
      /** Undefined: all tokens; else only those that subscribe this channel. */
      readonly channel: string | undefined;
      readonly issuedBefore: number;
      readonly expiresAt: number;
    };

/** What is known of a token. `channel`: of a subscription token; undefined for a connection's. */
export interface TokenTrace {
  readonly user: string;
  readonly channel: string | undefined;
  /** Undefined: it does not say. */
  readonly id: string | undefined;
  readonly issuedAt: number | undefined;
}

/** Whether a token is meant. One that does not say when it was issued counts as older than any time. */
export function concerns(revocation: Revocation, token: TokenTrace): boolean {
  if (revocation.kind === 'token') return token.id === revocation.id;
  const { user, channel, issuedBefore } = revocation;
  const isOfUser = user === undefined || user === token.user;
  const isOfChannel = channel === undefined || channel === token.channel;
  return isOfUser && isOfChannel && (token.issuedAt ?? -Infinity) < issuedBefore;
}
