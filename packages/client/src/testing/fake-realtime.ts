// Decides how the realtime library behaves in tests: a client and subscriptions whose events a test emits.
import { EventEmitter } from 'node:events';
import type { Centrifuge, ClientInfo, Subscription } from 'centrifuge';
import type { SubscriptionPool } from '../subscription-pool.ts';
import { createSubscriptionPool } from '../subscription-pool.ts';

/** A subscription of which a test decides what it brings. */
export class FakeSubscription extends EventEmitter {
  state = 'unsubscribed';
  clients: Record<string, ClientInfo> = {};
  readonly channel: string;

  constructor(channel: string) {
    super();
    this.channel = channel;
  }

  subscribe(): void {
    if (this.state !== 'unsubscribed') return;
    this.state = 'subscribing';
    this.emit('subscribing', { code: 0, reason: 'subscribe called' });
  }

  unsubscribe(): void {
    this.end(0, 'unsubscribe called');
  }

  presence(): Promise<{ clients: Record<string, ClientInfo> }> {
    return Promise.resolve({ clients: { ...this.clients } });
  }

  /** The server accepts the subscription. */
  accept(recovered: boolean): void {
    this.state = 'subscribed';
    this.emit('subscribed', { recovered });
  }

  /** The connection is lost. */
  lose(): void {
    this.state = 'subscribing';
    this.emit('subscribing', { code: 1, reason: 'transport closed' });
  }

  end(code: number, reason: string): void {
    this.state = 'unsubscribed';
    this.emit('unsubscribed', { code, reason });
  }

  publish(data: unknown): void {
    this.emit('publication', { channel: this.channel, data });
  }
}

/** A pool of fake subscriptions, and how many were ever made for a channel. */
export interface FakeRealtime {
  pool: SubscriptionPool;
  made: string[];
  live: Map<string, FakeSubscription>;
}

/** Makes a pool whose subscriptions a test holds in its hands. */
export function createFakeRealtime(): FakeRealtime {
  const live = new Map<string, FakeSubscription>();
  const made: string[] = [];
  const asReal = (fake: FakeSubscription | undefined): Subscription | null =>
    fake === undefined ? null : (fake as unknown as Subscription);
  const registry: Pick<Centrifuge, 'getSubscription' | 'removeSubscription'> = {
    getSubscription: (channel) => asReal(live.get(channel)),
    removeSubscription: (subscription) => void live.delete(subscription?.channel ?? ''),
  };
  const pool = createSubscriptionPool(registry, (channel) => {
    const fake = new FakeSubscription(channel);
    made.push(channel);
    live.set(channel, fake);
    return fake as unknown as Subscription;
  });
  return { pool, made, live };
}
