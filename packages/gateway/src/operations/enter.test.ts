import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryPresenceStore } from '../engine/memory/presence-store.ts';
import type { PresenceStore } from '../engine/presence-store.ts';
import { Hub } from '../hub/hub.ts';
import type { Session } from '../session/session.ts';
import { Subscription } from '../session/subscription.ts';
import { appear, listen } from './enter.ts';

function subscriptionOf(session: Session, traits: object): Subscription {
  const all = { channel: 'c', hasPresence: true, ...traits } as unknown as Subscription['traits'];
  return new Subscription(session, all, 1_000);
}

test('listen() asks both brokers at once, so that who leaves meanwhile gives both back after them', async () => {
  const asked: string[] = [];
  const subscribing = Promise.withResolvers<void>();
  const broker = { subscribe: () => (asked.push('stream'), subscribing.promise) };
  const mapBroker = { subscribe: () => Promise.resolve(void asked.push('map')) };
  const ports = { hub: new Hub(), broker, mapBroker } as unknown as Parameters<typeof listen>[0];
  const listening = listen(ports, subscriptionOf({} as Session, { map: { hasStream: true } }));
  assert.deepEqual(asked, ['stream', 'map']);
  subscribing.resolve();
  await listening;
});

test('appear() leaves no presence of who left meanwhile, but that of its next subscription', async () => {
  for (const [nextHasPresence, expected] of [
    [undefined, 0],
    [false, 0],
    [true, 1],
  ] as const) {
    const store = createMemoryPresenceStore();
    const adding = Promise.withResolvers<void>();
    const presence: PresenceStore = {
      ...store,
      async add(channel, info) {
        await store.add(channel, info);
        await adding.promise;
      },
    };
    const subscriptions = new Map<string, Subscription>();
    const session = {
      clientId: 'x',
      established: {},
      subscriptions,
      clientInfo: () => ({ user: 'ann', client: 'x' }),
    } as unknown as Session;
    const subscription = subscriptionOf(session, {});
    const appearing = appear({ presence }, session, subscription);
    subscription.end();
    if (nextHasPresence !== undefined) {
      subscriptions.set('c', subscriptionOf(session, { hasPresence: nextHasPresence }));
    }
    adding.resolve();
    await appearing;
    assert.equal((await store.count('c')).clients, expected, `next: ${nextHasPresence}`);
  }
});
