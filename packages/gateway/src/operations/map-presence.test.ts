import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readGatewayConfig } from '../config.ts';
import type { MapBroker } from '../engine/map-broker.ts';
import { createNamespaces } from '../namespaces.ts';
import type { Session } from '../session/session.ts';
import { Subscription } from '../session/subscription.ts';
import { showInMaps } from './map-presence.ts';

/** Shows a client that leaves while its key is set, and says what was removed then. */
async function removedAfter(next: Record<string, string | undefined> | undefined): Promise<string[]> {
  const read = readGatewayConfig({
    channel: {
      namespaces: [{ name: 'who', subscription_type: 'map_clients', map: { mode: 'ephemeral', key_ttl: '1m' } }],
    },
  });
  assert.ok(read.ok);
  const setting = Promise.withResolvers<{ ok: true; position: { offset: number; epoch: string } }>();
  const removed: string[] = [];
  const mapBroker = {
    publish: () => setting.promise,
    remove: (channel: string, key: string) => Promise.resolve(void removed.push(`${channel} ${key}`)),
  } as unknown as MapBroker;
  const session = {
    clientId: 'x',
    subscriptions: new Map(next && [['chat', { traits: { presenceMaps: next } }]]),
    established: { user: 'ann' },
    clientInfo: () => ({ user: 'ann', client: 'x' }),
  } as unknown as Session;
  const traits = { channel: 'chat', presenceMaps: { clients: 'who:chat', users: undefined } };
  const subscription = new Subscription(session, traits as unknown as Subscription['traits'], 1_000);
  subscription.start();
  const showing = showInMaps({ mapBroker, namespaces: createNamespaces(read.config) }, session, subscription);
  subscription.end();
  assert.deepEqual(removed, []);
  setting.resolve({ ok: true, position: { offset: 0, epoch: 'e' } });
  await showing;
  return removed;
}

test('showInMaps() leaves no key of a client that left while it was set, but that of its next subscription', async () => {
  assert.deepEqual(await removedAfter(undefined), ['who:chat x']);
  assert.deepEqual(await removedAfter({ clients: undefined }), ['who:chat x']);
  assert.deepEqual(await removedAfter({ clients: 'who:chat' }), []);
});
