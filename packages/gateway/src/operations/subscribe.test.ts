import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawJson, type WirePublication } from '@parley/protocol';
import { readGatewayConfig } from '../config.ts';
import type { GatewayContext } from '../context.ts';
import type { Broker, StreamPart } from '../engine/broker.ts';
import { createMemoryPresenceStore } from '../engine/memory/presence-store.ts';
import { Hub } from '../hub/hub.ts';
import { Session } from '../session/session.ts';
import { Flusher } from '../session/writer.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createTestMetrics } from '../testing/test-metrics.ts';
import { jsonOverWebSocket } from '../transports/websocket-frames.ts';
import { leave } from './leave.ts';
import type { SubscriptionPlan } from './plan.ts';
import { startSubscription, subscribe } from './subscribe.ts';

const publication = (offset: number): WirePublication => ({ data: rawJson(offset), offset });

const plan: SubscriptionPlan = {
  traits: {
    channel: 'c',
    origin: 'client',
    hasPresence: true,
    emitsJoinLeave: true,
    wantsJoinLeave: false,
    isPositioned: true,
    isRecoverable: true,
    metaTtlMs: 1000,
    usesDelta: false,
    filter: undefined,
    maxLagMs: 0,
    isRefreshedByBackend: false,
  },
  recover: { offset: 1, epoch: 'e' },
};

/** A connected session over a broker whose history comes when the test says so. */
function start() {
  const read = readGatewayConfig({});
  assert.ok(read.ok);
  const history = Promise.withResolvers<StreamPart>();
  const asked = Promise.withResolvers<void>();
  const announced: string[] = [];
  const written: string[] = [];
  const broker: Broker = {
    subscribe: () => Promise.resolve(),
    unsubscribe: () => Promise.resolve(),
    publish: () => Promise.reject(new Error('not used here')),
    publishJoin: () => Promise.resolve(void announced.push('join')),
    publishLeave: () => Promise.resolve(void announced.push('leave')),
    history() {
      asked.resolve();
      return history.promise;
    },
    removeHistory: () => Promise.resolve(),
  };
  const hub = new Hub();
  const presence = createMemoryPresenceStore();
  const clock = createFakeClock();
  const metrics = createTestMetrics();
  // Only what subscribing and leaving use.
  const context = {
    config: read.config,
    broker,
    hub,
    presence,
    clock,
    metrics,
    polls: { leave() {} },
    hooks: { subscriptionStarted() {}, subscriptionEnded() {} },
  } as unknown as GatewayContext;
  const transport = {
    name: 'fake',
    isUnidirectional: false,
    sessionId: undefined,
    pingsItself: false,
    headers: undefined,
    format: jsonOverWebSocket,
    bufferedBytes: 0,
    write: (bytes: Buffer) => void written.push(bytes.toString()),
    ping: () => false,
    close() {},
    pause() {},
    resume() {},
  };
  const settings = {
    flusher: new Flusher(metrics.sent),
    maxQueueBytes: 10_000,
    maxWaitingFrameBytes: 10_000,
    events: { tooSlow() {}, unencodable() {}, positionLost() {} },
  };
  const session = new Session('x', transport, { settings, connectUntil: 0 });
  session.establish({
    name: 'connected',
    user: 'ann',
    info: undefined,
    meta: undefined,
    emulatedHeaders: undefined,
    isRefreshing: false,
    token: undefined,
    appName: '',
    appVersion: '',
    connectedAt: 0,
    number: 1,
    expiresAt: undefined,
    tokenChannels: [],
    counted: { name: 'js', inflight: { value: 1 } },
    nextPingAt: Infinity,
    pongDueAt: undefined,
    nextUpkeepAt: Infinity,
    afterReply: undefined,
  });
  return { context, session, history, asked: asked.promise, hub, presence, announced, written };
}

test('subscribe() recovers what arrives while history is read, once, and delivers what comes before the reply after it', async () => {
  const { context, session, history, asked, hub, announced, written } = start();
  const subscribing = subscribe(context, session, plan);
  await asked;
  for (const offset of [3, 4]) hub.publish('c', { publication: publication(offset), epoch: 'e', lagMs: 0 });
  history.resolve({ publications: [publication(2), publication(3)], position: { offset: 3, epoch: 'e' } });
  const subscribed = await subscribing;
  assert.ok(subscribed.ok);
  assert.deepEqual(
    subscribed.result.publications.map(({ offset }) => offset),
    [2, 3, 4],
  );
  hub.publish('c', { publication: publication(5), epoch: 'e', lagMs: 0 });
  session.writer.flush();
  assert.deepEqual([written, announced], [[], []]);
  await startSubscription(context, session, subscribed.subscription);
  session.writer.flush();
  assert.match(written.join(), /"offset":5/);
  assert.doesNotMatch(written.join(), /"offset":[1-4]/);
  assert.deepEqual(announced, ['join']);
});

test('subscribe() ends the connection with 3010 when a publication is missing between history and what arrived', async () => {
  const { context, session, history, asked, hub } = start();
  const subscribing = subscribe(context, session, plan);
  await asked;
  hub.publish('c', { publication: publication(5), epoch: 'e', lagMs: 0 });
  history.resolve({ publications: [publication(2), publication(3)], position: { offset: 3, epoch: 'e' } });
  const subscribed = await subscribing;
  assert.equal(subscribed.ok, false);
  assert.equal(!subscribed.ok && subscribed.disconnect?.code, 3010);
  assert.deepEqual([hub.subscriptionCount, session.subscriptions.size], [0, 0]);
});

test('subscribe() that is overtaken by leave() is refused and leaves nothing behind, no join and no leave', async () => {
  const { context, session, history, asked, hub, presence, announced } = start();
  const subscribing = subscribe(context, session, plan);
  await asked;
  assert.equal((await presence.count('c')).clients, 1);
  await leave(context, session, 'c');
  history.resolve({ publications: [], position: { offset: 1, epoch: 'e' } });
  const subscribed = await subscribing;
  assert.equal(!subscribed.ok && subscribed.error?.code, 100);
  assert.deepEqual([hub.subscriptionCount, (await presence.count('c')).clients, announced], [0, 0, []]);
});

test('subscribe() that is overtaken by leave() and by another subscribe() does not take that one out', async () => {
  const { context, session, history, asked, hub, presence } = start();
  const subscribing = subscribe(context, session, plan);
  await asked;
  await leave(context, session, 'c');
  const traits = { ...plan.traits, origin: 'server', isPositioned: false, isRecoverable: false } as const;
  const successor = await subscribe(context, session, { traits });
  assert.ok(successor.ok);
  history.resolve({ publications: [], position: { offset: 1, epoch: 'e' } });
  await subscribing;
  assert.equal(session.subscriptions.get('c'), successor.subscription);
  assert.deepEqual([hub.subscriptionCount, (await presence.count('c')).clients], [1, 1]);
});

test('subscribe() leaves nothing behind when the broker fails', async () => {
  const { context, session, history, hub, presence } = start();
  const subscribing = subscribe(context, session, plan);
  history.reject(new Error('broker lost'));
  await assert.rejects(subscribing, /broker lost/);
  assert.deepEqual([hub.subscriptionCount, session.subscriptions.size, (await presence.count('c')).clients], [0, 0, 0]);
});
