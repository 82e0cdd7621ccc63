import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { type Centrifuge, type PublicationContext, State, type SubscribedContext, type Subscription } from 'centrifuge';
import { until } from '../support/server.ts';
import { collect, next } from './support/events.ts';
import { startSuiteGateway } from './support/suite-gateway.ts';
import { signToken } from './support/tokens.ts';
import { plainWay, ways } from './support/ways.ts';

const { url } = await startSuiteGateway();

/** Who is in a channel, as an onlooker sees it that is not subscribed. */
async function present(onlooker: Centrifuge, channel: string): Promise<[number, number, number]> {
  const { clients } = await onlooker.presence(channel);
  const { numClients, numUsers } = await onlooker.presenceStats(channel);
  return [Object.keys(clients).length, numClients, numUsers];
}

async function subscribed(subscription: Subscription): Promise<Subscription> {
  subscription.subscribe();
  await subscription.ready(5_000);
  return subscription;
}

for (const way of ways) {
  test(`${way.name}: connects, disconnects and connects again`, async () => {
    const client = way.client(url);
    for (let round = 0; round < 3; round += 1) {
      client.connect();
      await client.ready(5_000);
      const ended = next(client, 'disconnected');
      client.disconnect();
      assert.deepEqual(await ended, { code: 0, reason: 'disconnect called' });
    }
  });

  test(`${way.name}: publishes and receives, with the publisher's client id, until it unsubscribes`, async () => {
    const client = way.client(url);
    client.connect();
    const channel = `test-${randomUUID()}`;
    const subscription = await subscribed(client.newSubscription(channel));
    const received = collect<PublicationContext>(subscription, 'publication');
    const value = { text: 'Ünïcode ✓ 🙂', list: [1, 2.5, null, true] };
    await subscription.publish(way.encode(value));
    const [publication] = await received.first(1);
    assert.deepEqual(way.decode(publication?.data), value);
    assert.equal(publication?.offset, 1);
    assert.equal(typeof publication?.info?.client, 'string');
    const ended = next<{ code: number }>(subscription, 'unsubscribed');
    subscription.unsubscribe();
    assert.equal((await ended).code, 0);
    client.disconnect();
  });

  test(`${way.name}: carries payloads of all sizes unchanged`, async () => {
    const client = way.client(url);
    client.connect();
    const subscription = await subscribed(client.newSubscription(`test-${randomUUID()}`));
    const received = collect<PublicationContext>(subscription, 'publication');
    const values = [0, '', 'x'.repeat(126), 'é'.repeat(5_000), 'y'.repeat(40_000), { last: true }];
    for (const value of values) await subscription.publish(way.encode(value));
    const publications = await received.first(values.length);
    assert.deepEqual(
      publications.map(({ data }) => way.decode(data)),
      values,
    );
  });

  test(`${way.name}: a call before the connection waits for it, and is refused with 108 without a backend`, async () => {
    const client = way.client(url);
    const answer = client.rpc('method', way.encode({}));
    client.connect();
    await assert.rejects(answer, { code: 108, message: 'not available' });
  });

  test(`${way.name}: presence shows the client, and one user though nobody is named`, async () => {
    const client = way.client(url);
    client.connect();
    const subscription = await subscribed(client.newSubscription(`test-${randomUUID()}`));
    const { clients } = await subscription.presence();
    assert.equal(Object.keys(clients).length, 1);
    assert.deepEqual(await subscription.presenceStats(), { numClients: 1, numUsers: 1 });
  });

  test(`${way.name}: ten connects and disconnects in one turn leave nobody behind`, async () => {
    const client = way.client(url);
    const channel = `test-${randomUUID()}`;
    const subscription = client.newSubscription(channel);
    for (let round = 0; round < 10; round += 1) {
      client.connect();
      client.disconnect();
    }
    assert.equal(client.state, State.Disconnected);
    client.connect();
    await subscribed(subscription);
    const onlooker = plainWay.client(url);
    onlooker.connect();
    assert.deepEqual(await present(onlooker, channel), [1, 1, 1]);
    client.disconnect();
    await until('nobody is left', async () => (await present(onlooker, channel)).every((count) => count === 0), 2_000);
  });

  test(`${way.name}: ten subscribes and unsubscribes in one turn end as the last of them says`, async () => {
    const client = way.client(url);
    client.connect();
    const channel = `test-${randomUUID()}`;
    const subscription = client.newSubscription(channel);
    for (let round = 0; round < 10; round += 1) {
      subscription.subscribe();
      subscription.unsubscribe();
    }
    await subscribed(subscription);
    await until('one is there', async () => (await present(client, channel)).every((count) => count === 1), 2_000);
    subscription.unsubscribe();
    await until('nobody is there', async () => (await present(client, channel)).every((count) => count === 0), 2_000);
  });

  test(`${way.name}: unsubscribe, right after connect, of what was wished before leaves no trace`, async () => {
    const client = way.client(url);
    client.connect();
    const subscription = client.newSubscription(`test-${randomUUID()}`);
    subscription.subscribe();
    client.disconnect();
    client.connect();
    subscription.unsubscribe();
    await client.ready(5_000);
    await subscribed(subscription);
    assert.deepEqual(await subscription.presenceStats(), { numClients: 1, numUsers: 1 });
  });

  test(`${way.name}: tokens without a user are good for connection and channels, asked for once each`, async () => {
    for (let round = 0; round < 5; round += 1) {
      let asked = 0;
      const getToken = (claims: object) => (): Promise<string> => {
        asked += 1;
        return Promise.resolve(signToken(claims));
      };
      const client = way.client(url, { getToken: getToken({}) });
      client.connect();
      const channel = `test-${randomUUID()}`;
      const subscription = await subscribed(client.newSubscription(channel, { getToken: getToken({ channel }) }));
      assert.equal(asked, 2);
      subscription.unsubscribe();
      client.disconnect();
    }
  });

  test(`${way.name}: five channels with tokens are subscribed and left together`, async () => {
    const client = way.client(url, { getToken: () => Promise.resolve(signToken({})) });
    client.connect();
    const subscriptions = Array.from({ length: 5 }, () => {
      const channel = `test-${randomUUID()}`;
      return client.newSubscription(channel, { getToken: () => Promise.resolve(signToken({ channel })) });
    });
    await Promise.all(subscriptions.map(subscribed));
    const ended = Promise.all(subscriptions.map((subscription) => next(subscription, 'unsubscribed')));
    for (const subscription of subscriptions) subscription.unsubscribe();
    client.disconnect();
    assert.equal((await ended).length, 5);
  });

  test(`${way.name}: who goes away at any moment of the handshake leaves nobody behind`, async () => {
    const channel = `test-${randomUUID()}`;
    for (let turns = 0; turns < 40; turns += 3) {
      const client = way.client(url);
      client.newSubscription(channel).subscribe();
      client.connect();
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      client.disconnect();
    }
    const onlooker = plainWay.client(url);
    onlooker.connect();
    await until('nobody is left', async () => (await present(onlooker, channel)).every((count) => count === 0), 2_000);
  });

  test(`${way.name}: comes back when the network does`, async () => {
    const network = new EventTarget();
    const client = way.client(url, { networkEventTarget: network });
    client.connect();
    const subscription = await subscribed(client.newSubscription(`test-${randomUUID()}`));
    const lost = next(subscription, 'subscribing');
    network.dispatchEvent(new Event('offline'));
    await lost;
    network.dispatchEvent(new Event('online'));
    await subscription.ready(5_000);
    // The end of the old connection and the new one arrive in any order.
    const { channel } = subscription;
    await until('one is there', async () => (await present(client, channel)).every((count) => count === 1), 1_000);
  });

  test(`${way.name}: unsubscribe of a channel that is not subscribed is answered, and harms nothing`, async () => {
    const client = way.client(url);
    const subscription = client.newSubscription(`test-${randomUUID()}`);
    client.connect();
    subscription.subscribe();
    const connecting = next(client, 'connected');
    await new Promise((resolve) => setImmediate(resolve));
    subscription.unsubscribe();
    await connecting;
    const disconnected = collect(client, 'connecting');
    await subscribed(subscription);
    assert.equal(disconnected.all.length, 0);
  });

  test(`${way.name}: a connection that is cut off is noticed at once`, async () => {
    const client = way.client(url);
    client.connect();
    const channel = `test-${randomUUID()}`;
    await subscribed(client.newSubscription(channel));
    const onlooker = plainWay.client(url);
    onlooker.connect();
    assert.deepEqual(await present(onlooker, channel), [1, 1, 1]);
    client.disconnect();
    await until('nobody is left', async () => (await present(onlooker, channel)).every((count) => count === 0), 1_000);
  });
}

test('all ways: clients of one channel see the same publications', async () => {
  const channel = `test-${randomUUID()}`;
  const received = await Promise.all(
    ways.map(async (way) => {
      const client = way.client(url);
      client.connect();
      const subscription = client.newSubscription(channel);
      const joined = next<SubscribedContext>(subscription, 'subscribed');
      subscription.subscribe();
      assert.equal((await joined).recoverable, true);
      return { way, subscription, publications: collect<PublicationContext>(subscription, 'publication') };
    }),
  );
  for (const { way, subscription } of received) await subscription.publish(way.encode({ from: way.name }));
  for (const { way, publications } of received) {
    const seen = await publications.first(ways.length);
    assert.deepEqual(
      seen.map(({ data, offset }) => [way.decode(data), offset]),
      ways.map(({ name }, index) => [{ from: name }, index + 1]),
      way.name,
    );
  }
});
