import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { CentClient, CentMethods } from 'cent.js';
import type { ConnectedContext, DisconnectedContext, PublicationContext, ServerPublicationContext } from 'centrifuge';
import { collect, next } from './support/events.ts';
import { startSuiteGateway } from './support/suite-gateway.ts';
import { signToken } from './support/tokens.ts';
import { plainWay } from './support/ways.ts';

const { url } = await startSuiteGateway();
const backend = new CentClient({ url: `${url}/api`, apiKey: 'test-api-key' });

test('cent.js: what it publishes and broadcasts reaches subscribers and the history, until that is removed', async () => {
  const channels = [`test-${randomUUID()}`, `test-${randomUUID()}`];
  const client = plainWay.client(url);
  client.connect();
  const received = await Promise.all(
    channels.map(async (channel) => {
      const subscription = client.newSubscription(channel);
      subscription.subscribe();
      await subscription.ready(5_000);
      return collect<PublicationContext>(subscription, 'publication');
    }),
  );
  const [channel = ''] = channels;
  const { offset, epoch } = await backend.publish({ channel, data: { n: 1 }, tags: { kind: 'test' } });
  assert.equal(offset, 1);
  await backend.broadcast({ channels, data: { n: 2 } });
  const [first, second] = await received[0]!.first(2);
  assert.deepEqual([first?.data, first?.tags, second?.data], [{ n: 1 }, { kind: 'test' }, { n: 2 }]);
  assert.deepEqual((await received[1]!.first(1))[0]?.data, { n: 2 });
  const history = await backend.getHistory({ channel, limit: 10 });
  assert.deepEqual(
    history.publications.map(({ data }) => data),
    [{ n: 1 }, { n: 2 }],
  );
  assert.deepEqual([history.offset, history.epoch], [2, epoch]);
  await backend.removeHistory({ channel });
  assert.deepEqual((await backend.getHistory({ channel, limit: 10 })).publications, []);
});

test('cent.js: who is there, in which channels, on which nodes', async () => {
  const channel = `test-${randomUUID()}`;
  const client = plainWay.client(url, { token: signToken({ sub: 'ann' }) });
  const connected = next<ConnectedContext>(client, 'connected');
  client.connect();
  const subscription = client.newSubscription(channel);
  subscription.subscribe();
  await subscription.ready(5_000);
  const { client: id } = await connected;
  assert.deepEqual((await backend.getPresence({ channel })).presence, { [id]: { client: id, user: 'ann' } });
  assert.deepEqual(await backend.getPresenceStats({ channel }), { num_clients: 1, num_users: 1 });
  assert.deepEqual((await backend.getChannels({ pattern: channel })).channels, { [channel]: { num_clients: 1 } });
  const { nodes } = await backend.getInfo();
  assert.equal(nodes.length, 1);
});

test('cent.js: subscribes, unsubscribes and disconnects a user', async () => {
  const channel = `test-${randomUUID()}`;
  const user = `u-${randomUUID()}`;
  const client = plainWay.client(url, { token: signToken({ sub: user }) });
  client.connect();
  await client.ready(5_000);
  const publications = collect<ServerPublicationContext>(client, 'publication');
  const [subscribed, unsubscribed] = [collect(client, 'subscribed'), collect(client, 'unsubscribed')];
  await backend.subscribe({ user, channel });
  await subscribed.first(1);
  await backend.publish({ channel, data: { to: user } });
  assert.deepEqual((await publications.first(1))[0]?.data, { to: user });
  await backend.unsubscribe({ user, channel });
  await unsubscribed.first(1);
  const ended = next<DisconnectedContext>(client, 'disconnected');
  await backend.disconnect({ user });
  assert.deepEqual(await ended, { code: 3503, reason: 'force disconnect' });
});

test('cent.js: several commands in one request of the old form are answered in order', async () => {
  const channel = `test-${randomUUID()}`;
  const answers = await backend.pipeline([
    { method: CentMethods.Publish, params: { channel, data: { n: 1 } } },
    { method: CentMethods.PresenceStats, params: { channel } },
    { method: CentMethods.Publish, params: { channel, data: { n: 2 } } },
  ]);
  const [first, stats, second] = answers as [{ offset: number }, object, { offset: number }];
  assert.deepEqual([first.offset, stats, second.offset], [1, { num_clients: 0, num_users: 0 }, 2]);
});

test('cent.js: a refusal of the gateway is an exception', async () => {
  await assert.rejects(backend.publish({ channel: 'unknown:x', data: {} }), Error);
  await assert.rejects(new CentClient({ url: `${url}/api`, apiKey: 'wrong' }).getInfo(), Error);
});
