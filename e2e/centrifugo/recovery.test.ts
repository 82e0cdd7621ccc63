import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { PublicationContext, SubscribedContext } from 'centrifuge';
import { collect, next } from './support/events.ts';
import { startSuiteGateway } from './support/suite-gateway.ts';
import { ways } from './support/ways.ts';

const { url, api } = await startSuiteGateway();

async function publish(channel: string, ...numbers: number[]): Promise<void> {
  for (const n of numbers) await api('publish', { channel, data: { n } });
}

for (const way of ways) {
  const numbersOf = (publications: readonly PublicationContext[]): unknown[] =>
    publications.map(({ data }) => (way.decode(data) as { n: number }).n);

  for (const kind of ['connection', 'subscription'] as const) {
    test(`${way.name}: what was missed while the ${kind} was away comes once, in order, before what is new`, async () => {
      const channel = `recovery:${randomUUID()}`;
      const client = way.client(url);
      const subscription = client.newSubscription(channel);
      const received = collect<PublicationContext>(subscription, 'publication');
      const first = next<SubscribedContext>(subscription, 'subscribed');
      client.connect();
      subscription.subscribe();
      const { wasRecovering, recoverable, positioned } = await first;
      assert.deepEqual([wasRecovering, recoverable, positioned], [false, true, true]);
      await publish(channel, 1);
      await received.first(1);
      const [leave, comeBack] =
        kind === 'connection'
          ? [() => client.disconnect(), () => client.connect()]
          : [() => subscription.unsubscribe(), () => subscription.subscribe()];
      leave();
      await publish(channel, 2, 3, 4);
      const second = next<SubscribedContext>(subscription, 'subscribed');
      comeBack();
      const again = await second;
      assert.deepEqual([again.wasRecovering, again.recovered], [true, true]);
      await publish(channel, 5);
      assert.deepEqual(numbersOf(await received.first(5)), [1, 2, 3, 4, 5]);
      assert.deepEqual(
        received.all.map(({ offset }) => offset),
        [1, 2, 3, 4, 5],
      );
    });
  }

  test(`${way.name}: a gap that is longer than the history is said, and the stream goes on at its top`, async () => {
    const channel = `smallhistory:${randomUUID()}`;
    const client = way.client(url);
    const subscription = client.newSubscription(channel);
    const received = collect<PublicationContext>(subscription, 'publication');
    client.connect();
    subscription.subscribe();
    await subscription.ready(5_000);
    await publish(channel, 1);
    await received.first(1);
    client.disconnect();
    await publish(channel, 2, 3, 4, 5);
    const second = next<SubscribedContext>(subscription, 'subscribed');
    client.connect();
    const { wasRecovering, recovered, streamPosition } = await second;
    assert.deepEqual([wasRecovering, recovered, streamPosition?.offset], [true, false, 5]);
    await publish(channel, 6);
    assert.deepEqual(numbersOf(await received.first(2)), [1, 6]);
  });
}
