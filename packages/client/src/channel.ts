// Decides how an application follows a channel of its own.
import type { PublicationContext, Subscription } from 'centrifuge';
import type { Cancel } from './ports.ts';
import { createStore } from './store.ts';
import type { Store } from './store.ts';
import type { SubscriptionPool } from './subscription-pool.ts';

/**
 * `subscribing`: no publications arrive yet, or not at the moment. `live`: they do. `denied`: the server refused or
 * ended the subscription.
 */
export type ChannelStatus =
  | { name: 'subscribing' }
  | { name: 'live' }
  | { name: 'denied'; code: number; reason: string };

/** What to do with what a channel brings. */
export interface ChannelListener {
  onPublication?: (publication: PublicationContext) => void;
  /** Publications were missed and could not be recovered: fetch the state anew. Also called for the first time. */
  onDiscontinuity?: () => void;
}

/** A channel that is followed. */
export interface FollowedChannel {
  status: Store<ChannelStatus>;
  subscription: Subscription;
  /** Ends it; calling it again does nothing. */
  close: Cancel;
}

/** Follows a channel until `close` is called. Several followers of one channel share one subscription. */
export function followChannel(pool: SubscriptionPool, channel: string, listener: ChannelListener): FollowedChannel {
  const { subscription, release } = pool.lease(channel);
  const status = createStore<ChannelStatus>({ name: subscription.state === 'subscribed' ? 'live' : 'subscribing' });
  const onPublication = (publication: PublicationContext): void => listener.onPublication?.(publication);
  const onSubscribed = (ctx: { recovered: boolean }): void => {
    status.set({ name: 'live' });
    if (!ctx.recovered) listener.onDiscontinuity?.();
  };
  const onSubscribing = (): void => status.set({ name: 'subscribing' });
  const onUnsubscribed = (ctx: { code: number; reason: string }): void =>
    status.set({ name: 'denied', code: ctx.code, reason: ctx.reason });
  subscription.on('publication', onPublication).on('subscribed', onSubscribed);
  subscription.on('subscribing', onSubscribing).on('unsubscribed', onUnsubscribed);
  subscription.subscribe();
  return {
    status,
    subscription,
    close() {
      subscription.off('publication', onPublication).off('subscribed', onSubscribed);
      subscription.off('subscribing', onSubscribing).off('unsubscribed', onUnsubscribed);
      release();
    },
  };
}
