import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readGatewayConfig } from './config.ts';
import { startGateway, tokenOf } from './testing/gateway-under-test.ts';
import { once } from './testing/once.ts';
import { openRaw } from './testing/raw-client.ts';

test('createGateway() lets the official client connect, subscribe, publish and receive', async (t) => {
  const { client, logged } = await startGateway(t, {
    channel: { without_namespace: { allow_subscribe_for_client: true, allow_publish_for_subscriber: true } },
  });
  const ann = client({ token: tokenOf({ user: 'ann', info: { name: 'Ann' } }) });
  const subscription = ann.newSubscription('news');
  const received = once<unknown>('a publication', (done) =>
    subscription.on('publication', ({ data, info }) => done({ data, user: info?.user, name: info?.connInfo })),
  );
  subscription.subscribe();
  ann.connect();
  await subscription.ready();
  await subscription.publish({ text: 'hi', big: 1 });
  assert.deepEqual(await received, { data: { text: 'hi', big: 1 }, user: 'ann', name: { name: 'Ann' } });
  assert.equal(logged.filter(({ message }) => message === 'connection established').length, 1);
});

test('clients learn the version of the server, not the name of the machine that it runs on', async (t) => {
  const { url } = await startGateway(t, { client: { insecure: true } }, { name: 'canary-host_8000', version: '1.2.3' });
  const client = await openRaw(t, url);
  client.send({ id: 1, connect: {} });
  const { version } = (await client.reply(1))['connect'] as { version: string };
  assert.equal(version, '1.2.3 Parley');
});

test('reconfigure() changes how much may wait for connections that come from then on', async (t) => {
  const { url, gateway } = await startGateway(t, { client: { insecure: true } });
  const read = readGatewayConfig({ client: { insecure: true, queue_max_size: 1 } });
  assert.ok(read.ok);
  const before = await openRaw(t, url);
  gateway.reconfigure(read.config);
  const after = await openRaw(t, url);
  for (const client of [before, after]) client.send({ id: 1, connect: {} });
  assert.ok('connect' in (await before.reply(1)));
  assert.deepEqual(await after.closed, [3008, 'slow']);
});
