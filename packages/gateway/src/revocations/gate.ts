// Decides that a token that was revoked is no good, whoever judged it before.
import type { Clock } from '../clock.ts';
import type { ConnectionGrant, SubscriptionGrant, TokenAnswer, TokenGate } from '../token-gate.ts';
import type { TokenTrace } from './revocation.ts';
import type { Revocations } from './store.ts';

/** A gate behind another. */
export function createRevocationGate(
  inner: TokenGate,
  revocations: Pick<Revocations, 'isRevoked'>,
  clock: Pick<Clock, 'now'>,
): TokenGate {
  const check = <Grant>(answer: TokenAnswer<Grant>, trace: (grant: Grant) => TokenTrace): TokenAnswer<Grant> =>
    answer.ok && revocations.isRevoked(trace(answer.claims), clock.now()) ? revoked : answer;
  return {
    connection(token) {
      const answer = inner.connection(token);
      if (answer instanceof Promise) return answer.then((known) => check(known, connectionTrace));
      return check(answer, connectionTrace);
    },
    subscription(token) {
      const answer = inner.subscription(token);
      if (answer instanceof Promise) return answer.then((known) => check(known, subscriptionTrace));
      return check(answer, subscriptionTrace);
    },
  };
}

/** What revocations go by in a connection token. */
export function connectionTrace({ user, tokenId, issuedAt }: ConnectionGrant): TokenTrace {
  return { user, channel: undefined, id: tokenId, issuedAt };
}

/** What revocations go by in a subscription token. */
export function subscriptionTrace({ user, channel, tokenId, issuedAt }: SubscriptionGrant): TokenTrace {
  return { user, channel, id: tokenId, issuedAt };
}

const revoked = { ok: false, problem: 'invalid', reason: 'revoked' } as const;
