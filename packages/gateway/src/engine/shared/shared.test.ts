import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { rawJson, type WireClientInfo } from '@parley/protocol';
import type { Log } from '../../log.ts';
import { createFakeClock, type FakeClock } from '../../testing/fake-clock.ts';
import { until } from '../../testing/once.ts';
import type { BrokerEvents } from '../broker.ts';
import { testBroker } from '../contract/broker-suite.ts';
import { testMapBroker } from '../contract/map-broker-suite.ts';
import { testPresenceStore } from '../contract/presence-suite.ts';
import type { AudienceChange } from '../audience.ts';
import type { Engine } from '../engine.ts';
import type { NodeHandlers } from '../nodes.ts';
import { sharedEngine } from './guest.ts';
import { createEngineHost, type EngineHost } from './host.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const noEvents: BrokerEvents = { onPublication() {}, onJoin() {}, onLeave() {} };

/** Handlers that say whose they are. */
function handlersOf(nodeId: string): NodeHandlers {
  const nothing = () => Promise.resolve(undefined);
  return {
    subscribe: nothing,
    unsubscribe: nothing,
    disconnect: () => Promise.reject(new Error(`${nodeId} cannot`)),
    refresh: nothing,
    emulate: nothing,
    shared_poll_publish: nothing,
    end_revoked: nothing,
    connections: () => Promise.resolve([]),
    channels: ({ pattern }) => Promise.resolve({ [`${nodeId}:${pattern}`]: 1 }),
    info: () => Promise.reject(new Error('not asked here')),
    metrics: () => Promise.reject(new Error('not asked here')),
  };
}

interface Guest extends Engine {
  lost: string[];
  /** What it was told of live subscriptions. */
  audienceHeard: string[];
  /** As if the process hung. */
  freeze(): void;
  thaw(): void;
  /** As if the process were killed. */
  kill(): void;
}

function join(
  host: EngineHost,
  nodeId: string,
  given: { clock: FakeClock; events?: BrokerEvents; onStuck?: () => void },
): Guest {
  const [ours, theirs] = duplexPair();
  host.accept(theirs, given.onStuck ?? (() => assert.fail('nobody hangs')));
  const lost: string[] = [];
  const open = sharedEngine({ stream: ours, log: silent, onLost: (reason) => void lost.push(reason) });
  const { clock, events = noEvents } = given;
  const audienceHeard: string[] = [];
  const onAudience = (change: AudienceChange) =>
    void audienceHeard.push(change.name === 'begin' ? 'begin' : `${change.name} ${change.channel}`);
  const engine = open({ clock, random: Math.random, nodeId, events, onAudience, handlers: handlersOf(nodeId) });
  return {
    ...engine,
    lost,
    audienceHeard,
    freeze: () => void ours.pause(),
    thaw: () => void ours.resume(),
    kill: () => void ours.destroy(),
  };
}

function start(t: TestContext): { host: EngineHost; clock: FakeClock } {
  const clock = createFakeClock();
  const host = createEngineHost({ clock, random: Math.random, log: silent });
  t.after(() => host.stop());
  return { host, clock };
}

testBroker('shared broker', (t, events) => {
  const { host, clock } = start(t);
  return Promise.resolve({ broker: join(host, 'a', { clock, events }).broker, clock });
});

testMapBroker('shared map broker', (t, events) => {
  const { host, clock } = start(t);
  const { mapBroker } = join(host, 'a', { clock, events: { ...noEvents, ...events } });
  return Promise.resolve({ broker: mapBroker, clock });
});

testPresenceStore('shared presence store', (t) => {
  const { host, clock } = start(t);
  return Promise.resolve(join(host, 'a', { clock }).presence);
});

const history = { size: 10, ttlMs: 60_000, metaTtlMs: 60_000 };
const info = (client: string): WireClientInfo => ({ user: 'u', client });

test('a shared engine gives every process that subscribed the same publications in the same order', async (t) => {
  const { host, clock } = start(t);
  const seen: Record<string, string[]> = { a: [], b: [], c: [] };
  const eventsOf = (name: string): BrokerEvents => ({
    ...noEvents,
    onPublication: (_channel, { publication, lagMs }) =>
      void seen[name]?.push(`${publication.offset}:${String(publication.data)}:${lagMs}`),
  });
  const [a, b, c] = ['a', 'b', 'c'].map((name) => join(host, name, { clock, events: eventsOf(name) }));
  await a!.broker.subscribe('c');
  await b!.broker.subscribe('c');
  await c!.broker.subscribe('c');
  await c!.broker.unsubscribe('c');
  await Promise.all(
    [1, 2, 3, 4].map((n) => (n % 2 === 0 ? a! : b!).broker.publish('c', { data: rawJson(n) }, { history })),
  );
  await until('all came', () => seen['a']?.length === 4 && seen['b']?.length === 4);
  assert.deepEqual(seen['a'], seen['b']);
  assert.deepEqual(
    seen['a']?.map((line) => line.split(':')[0]),
    ['1', '2', '3', '4'],
  );
  assert.deepEqual(seen['c'], []);
  const bytes = await a!.broker.publish('c', { data: Buffer.from([0xff, 0]) }, { history });
  const { publications } = await b!.broker.history('c', { limit: 1, reverse: true, metaTtlMs: 1 });
  assert.deepEqual([bytes.offset, publications[0]?.data], [5, Buffer.from([0xff, 0])]);
});

test('nodes are asked all at once or one by name; one that dies does not count, one that fails does', async (t) => {
  const { host, clock } = start(t);
  const a = join(host, 'a', { clock });
  const b = join(host, 'b', { clock });
  await b.presence.count('c');
  assert.deepEqual(await a.nodes.all('channels', { pattern: '*' }), [{ 'a:*': 1 }, { 'b:*': 1 }]);
  assert.deepEqual(await a.nodes.one('b', 'channels', { pattern: 'x' }), { result: { 'b:x': 1 } });
  assert.equal(await a.nodes.one('z', 'channels', { pattern: 'x' }), undefined);
  await assert.rejects(a.nodes.all('disconnect', { user: 'u' }), /a cannot/);
  const asked = a.nodes.all('channels', { pattern: '*' });
  b.kill();
  assert.deepEqual((await asked).slice(0, 1), [{ 'a:*': 1 }]);
  assert.deepEqual(await a.nodes.all('channels', { pattern: '*' }), [{ 'a:*': 1 }]);
});

test('a process that dies leaves nobody present, and the others hear that its clients left', async (t) => {
  const { host, clock } = start(t);
  const heard: string[] = [];
  const events: BrokerEvents = {
    ...noEvents,
    onJoin: (channel, { client }) => void heard.push(`join ${channel} ${client}`),
    onLeave: (channel, { client }) => void heard.push(`leave ${channel} ${client}`),
  };
  const a = join(host, 'a', { clock, events });
  const b = join(host, 'b', { clock });
  await a.broker.subscribe('c');
  await a.presence.add('c', info('stays'));
  for (const client of ['dies', 'left']) {
    await b.presence.add('c', info(client));
    await b.broker.publishJoin('c', info(client));
  }
  await b.presence.remove('c', 'left');
  await b.broker.publishLeave('c', info('left'));
  b.kill();
  await until('the goodbye came', () => heard.length === 4);
  assert.deepEqual(heard, ['join c dies', 'join c left', 'leave c left', 'leave c dies']);
  assert.deepEqual([...(await a.presence.get('c')).keys()], ['stays']);
});

test('keys that stand for connections of a process go when it dies; all others stay', async (t) => {
  const { host, clock } = start(t);
  const removed: (string | undefined)[] = [];
  const events: BrokerEvents = {
    ...noEvents,
    onPublication: (_channel, { publication }) => void (publication.removed === true && removed.push(publication.key)),
  };
  const a = join(host, 'a', { clock, events });
  const b = join(host, 'b', { clock });
  const map = { hasStream: false, keyTtlMs: 60_000, streamSize: 0, streamTtlMs: 0, metaTtlMs: 0 };
  await a.mapBroker.subscribe('m');
  await a.mapBroker.publish('m', { key: 'of a' }, { map, endsWithNode: true });
  for (const key of ['of b', 'of b, left']) await b.mapBroker.publish('m', { key }, { map, endsWithNode: true });
  await b.mapBroker.publish('m', { key: 'for itself' }, { map });
  await b.mapBroker.remove('m', 'of b, left', { map });
  await a.mapBroker.publish('m', { key: 'of b, left' }, { map });
  b.kill();
  await until('the key went', () => removed.length === 2);
  assert.deepEqual(removed, ['of b, left', 'of b']);
  const { entries } = await a.mapBroker.readState('m', { map, limit: -1, after: '' });
  assert.deepEqual(
    entries.map(({ key }) => key),
    ['for itself', 'of a', 'of b, left'],
  );
});

const revoked = (id: string) => ({ kind: 'token' as const, id, expiresAt: 1e15 });
const token = (id: string) => ({ user: 'ann', channel: undefined, id, issuedAt: 1 });

test('revocations are known to all processes when they are kept, and to one that starts later before it is ready', async (t) => {
  const { host, clock } = start(t);
  const a = join(host, 'a', { clock });
  const b = join(host, 'b', { clock });
  await Promise.all([a.ready, b.ready]);
  for (let n = 0; n < 5_000; n += 1) assert.equal(await a.revocations.add(revoked(`t${n}`)), true);
  assert.equal(a.revocations.isRevoked(token('t4999'), 1), true);
  await b.nodes.all('channels', { pattern: '*' });
  assert.equal(b.revocations.isRevoked(token('t4999'), 1), true);
  a.kill();
  const c = join(host, 'c', { clock });
  assert.equal(c.revocations.isRevoked(token('t0'), 1), false);
  await Promise.all([c.ready, b.revocations.add(revoked('meanwhile'))]);
  for (const id of ['t0', 't2500', 't4999']) assert.equal(c.revocations.isRevoked(token(id), 1), true, id);
  await c.nodes.all('channels', { pattern: '*' });
  assert.equal(c.revocations.isRevoked(token('meanwhile'), 1), true);
});

test('one process is told of the audience of all; when it dies, the next is told what counted, and then what ended', async (t) => {
  const { host, clock } = start(t);
  const [a, b] = ['a', 'b'].map((name) => join(host, name, { clock })) as [Guest, Guest];
  await b.ready;
  a.audience.joined('x');
  a.audience.joined('x');
  a.audience.left('x');
  b.audience.joined('x');
  a.audience.joined('only a');
  b.audience.joined('y');
  b.audience.left('y');
  b.audience.left('y');
  await until('a was told', () => a.audienceHeard.length === 6);
  assert.deepEqual(a.audienceHeard.toSorted(), [
    'begin',
    'joined only a',
    'joined x',
    'joined x',
    'joined y',
    'left y',
  ]);
  assert.deepEqual(b.audienceHeard, []);
  a.kill();
  await until('b was told', () => b.audienceHeard.length === 6);
  assert.deepEqual(b.audienceHeard, ['begin', 'joined x', 'joined x', 'joined only a', 'left x', 'left only a']);
  const c = join(host, 'c', { clock });
  await c.ready;
  c.audience.joined('z');
  await until('b heard of c', () => b.audienceHeard.length === 7);
  c.kill();
  await until('b heard that c has gone', () => b.audienceHeard.length === 8);
  assert.deepEqual([b.audienceHeard.slice(6), c.audienceHeard], [['joined z', 'left z'], []]);
});

/** Lets time pass for the host as it does: those who can answer do so in between. */
async function pulses(clock: FakeClock, answering: Guest, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    clock.tick(1_000);
    await answering.presence.count('c');
    await answering.presence.count('c');
  }
}

test('a process that gives no sign of life for ten looks in a row is given up, and nobody waits for it any more', async (t) => {
  const { host, clock } = start(t);
  const a = join(host, 'a', { clock });
  let stuck = 0;
  const b = join(host, 'b', { clock, onStuck: () => (stuck += 1) });
  await Promise.all([a.ready, b.ready]);
  b.freeze();
  await pulses(clock, a, 9);
  b.thaw();
  await b.presence.count('c');
  b.freeze();
  const asked = a.nodes.all('channels', { pattern: '*' });
  await pulses(clock, a, 10);
  assert.equal(stuck, 0);
  await pulses(clock, a, 1);
  assert.deepEqual([await asked, stuck], [[{ 'a:*': 1 }], 1]);
  assert.deepEqual(await a.nodes.all('channels', { pattern: '*' }), [{ 'a:*': 1 }]);
  clock.tick(3_600_000);
  await a.presence.count('c');
  assert.deepEqual(a.lost, [], 'a jump of the clock is no silence');
});

test('a process without its host is told once, and its calls fail instead of waiting', async (t) => {
  const { host, clock } = start(t);
  const a = join(host, 'a', { clock });
  await a.presence.count('c');
  const waiting = a.presence.count('c');
  host.stop();
  await assert.rejects(waiting, /the engine is gone/);
  await assert.rejects(a.presence.count('c'), /the engine is gone/);
  assert.equal(a.lost.length, 1);
  const b = start(t);
  const stopped = join(b.host, 'b', { clock });
  stopped.stop();
  assert.deepEqual(stopped.lost, []);
});
