import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { PublicationContext, StreamPosition, SubscribedContext } from 'centrifuge';
import { collect, next } from './support/events.ts';
import { startSuiteGateway } from './support/suite-gateway.ts';
import { encodings } from './support/ways.ts';

const { url, api } = await startSuiteGateway();

async function publish(channel: string, ...numbers: number[]): Promise<void> {
  for (const n of numbers) await api('publish', { channel, data: { n } });
}

/** Where a stream stands, asked without its publications. */
async function topOf(channel: string): Promise<StreamPosition> {
  const { offset, epoch, publications } = await api<StreamPosition & { publications: unknown[] }>('history', {
    channel,
    limit: 0,
  });
  assert.deepEqual(publications, []);
  return { offset, epoch };
}

for (const way of encodings) {
  const numbersOf = (publications: readonly PublicationContext[]): unknown[] =>
    publications.map(({ data }) => (way.decode(data) as { n: number }).n);

  test(`${way.name}: the position that the application read is where the subscription begins`, async () => {
    const channel = `recovery:${randomUUID()}`;
    await publish(channel, 1, 2);
    let asked = 0;
    const client = way.client(url);
    const subscription = client.newSubscription(channel, {
      getState: async () => {
        asked += 1;
        const position = await topOf(channel);
        await publish(channel, 3);
        return position;
      },
    });
    const received = collect<PublicationContext>(subscription, 'publication');
    client.connect();
    subscription.subscribe();
    assert.deepEqual(numbersOf(await received.first(1)), [3]);
    await publish(channel, 4);
    assert.deepEqual(numbersOf(await received.first(2)), [3, 4]);
    client.disconnect();
    await publish(channel, 5);
    client.connect();
    assert.deepEqual(numbersOf(await received.first(3)), [3, 4, 5]);
    assert.equal(asked, 1, 'what was recovered needs no state');
  });

  for (const epoch of ['right', 'empty'] as const) {
    test(`${way.name}: recovery from offset 0 with the ${epoch} epoch brings the whole stream`, async () => {
      const channel = `recovery:${randomUUID()}`;
      const before = await topOf(channel);
      await publish(channel, 1, 2);
      const client = way.client(url);
      const since = { offset: 0, epoch: epoch === 'right' ? before.epoch : '' };
      const subscription = client.newSubscription(channel, { since });
      const received = collect<PublicationContext>(subscription, 'publication');
      const context = next<SubscribedContext>(subscription, 'subscribed');
      client.connect();
      subscription.subscribe();
      const { wasRecovering, recovered } = await context;
      assert.deepEqual([wasRecovering, recovered], [true, true]);
      assert.deepEqual(
        (await received.first(2)).map(({ offset }) => offset),
        [1, 2],
      );
    });
  }

  test(`${way.name}: a channel without publications recovers too`, async () => {
    const client = way.client(url);
    const subscription = client.newSubscription(`recovery:${randomUUID()}`, {
      getState: () => topOf(subscription.channel),
    });
    client.connect();
    subscription.subscribe();
    await subscription.ready(5_000);
    client.disconnect();
    const again = next<SubscribedContext>(subscription, 'subscribed');
    client.connect();
    const { wasRecovering, recovered } = await again;
    assert.deepEqual([wasRecovering, recovered], [true, true]);
  });

  test(`${way.name}: a position that is too old asks the application for its state again`, async () => {
    const channel = `smallhistory:${randomUUID()}`;
    const positions: StreamPosition[] = [];
    const client = way.client(url);
    const subscription = client.newSubscription(channel, {
      minResubscribeDelay: 10,
      getState: async () => {
        positions.push(await topOf(channel));
        return positions.at(-1)!;
      },
    });
    const received = collect<PublicationContext>(subscription, 'publication');
    client.connect();
    subscription.subscribe();
    await subscription.ready(5_000);
    client.disconnect();
    await publish(channel, 1, 2, 3, 4);
    const again = next<SubscribedContext>(subscription, 'subscribed');
    client.connect();
    await again;
    assert.deepEqual(
      positions.map(({ offset }) => offset),
      [0, 4],
    );
    await publish(channel, 5);
    assert.deepEqual(numbersOf(await received.first(1)), [5]);
  });
}
