// Decides when a channel is subscribed and left: with the first who wants it and after the last.
import type { Centrifuge, Subscription } from 'centrifuge';
import type { Cancel } from './ports.ts';

/** A subscription for as long as it is wanted. */
export interface Lease {
  subscription: Subscription;
  /** Gives it back; the last one to do so ends the subscription. */
  release: Cancel;
}

/** Shares one subscription a channel among all who want it. */
export interface SubscriptionPool {
  /** Finds or makes the subscription; the caller attaches its listeners and then calls `subscribe()` on it. */
  lease(channel: string): Lease;
}

/**
 * Makes a pool. A subscription that the application made by itself is shared, but never ended.
 *
 * @param make makes a subscription that is not subscribed yet
 */
export function createSubscriptionPool(
  centrifuge: Pick<Centrifuge, 'getSubscription' | 'removeSubscription'>,
  make: (channel: string) => Subscription,
): SubscriptionPool {
  const users = new Map<string, number>();
  return {
    lease(channel) {
      const count = users.get(channel) ?? 0;
      const known = centrifuge.getSubscription(channel);
      const isOurs = known === null || count > 0;
      const subscription = known ?? make(channel);
      if (isOurs) users.set(channel, count + 1);
      let isHeld = true;
      return {
        subscription,
        release() {
          if (!isHeld || !isOurs) return;
          isHeld = false;
          const left = (users.get(channel) ?? 1) - 1;
          if (left > 0) users.set(channel, left);
          else {
            users.delete(channel);
            subscription.unsubscribe();
            centrifuge.removeSubscription(subscription);
          }
        },
      };
    },
  };
}
