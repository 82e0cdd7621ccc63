import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { jsonCodec, rawJson } from '@parley/protocol';
import fc from 'fast-check';
import { receive } from './commands/dispatch.ts';
import { readGatewayConfig } from './config.ts';
import type { GatewayContext } from './context.ts';
import type { MapBroker } from './engine/map-broker.ts';
import { createMemoryBroker } from './engine/memory/broker.ts';
import { createMemoryMapBroker } from './engine/memory/map-broker.ts';
import { createMemoryPresenceStore } from './engine/memory/presence-store.ts';
import { Connections } from './hub/connections.ts';
import { Hub } from './hub/hub.ts';
import { Message } from './hub/message.ts';
import { createNamespaces } from './namespaces.ts';
import { connectionEnded } from './operations/disconnect.ts';
import { endLost, upkeep } from './operations/upkeep.ts';
import { Session } from './session/session.ts';
import { Flusher } from './session/writer.ts';
import { createTestMetrics } from './testing/test-metrics.ts';
import { createFakeClock } from './testing/fake-clock.ts';
import { MapModelClient } from './testing/map-model-client.ts';

// What the server is asked for, in the order and at the times that fast-check invents; then the client must know what the server knows.

type Action =
  | { name: 'set'; key: string; value: number }
  | { name: 'remove'; key: string }
  | { name: 'tick'; ms: number }
  | { name: 'release'; index: number }
  | { name: 'clear' | 'ask' | 'lose connection' | 'upkeep' };

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ name: fc.constant('set' as const), key, value: fc.nat({ max: 99 }) }) },
  { weight: 3, arbitrary: fc.record({ name: fc.constant('remove' as const), key }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant('tick' as const), ms: fc.nat({ max: 4_000 }) }) },
  { weight: 8, arbitrary: fc.record({ name: fc.constant('release' as const), index: fc.nat({ max: 3 }) }) },
  { weight: 8, arbitrary: fc.constant({ name: 'ask' as const }) },
  { weight: 1, arbitrary: fc.constantFrom<Action>({ name: 'clear' }, { name: 'lose connection' }, { name: 'upkeep' }) },
);

const modes = {
  ephemeral: { mode: 'ephemeral', key_ttl: '5s' },
  recoverable: { mode: 'recoverable', key_ttl: '5s', stream_size: 4, stream_ttl: '10s', meta_ttl: '12s' },
  persistent: { mode: 'persistent', stream_size: 4, stream_ttl: '10s' },
} as const;

for (const mode of ['ephemeral', 'recoverable', 'persistent'] as const) {
  for (const usesDelta of [false, true]) {
    test(`a client of a map that is ${mode}${usesDelta ? ', with deltas,' : ''} comes to know what the server knows`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 60 }), async (actions) => {
          const world = createWorld(mode, usesDelta);
          try {
            for (const one of actions) await world.act(one);
            await world.settle();
            assert.deepEqual(world.known(), await world.truth());
            assert.deepEqual(world.complaints(), []);
            assert.ok(world.losses().every((code) => code === 112 || code === 2500));
          } finally {
            world.stop();
          }
        }),
        { numRuns: Number(process.env['MAP_RUNS'] ?? 120) },
      );
    });
  }
}

/** A broker whose calls begin and end only when somebody says so. */
function gate(broker: MapBroker, gates: (() => void)[]): MapBroker {
  const open = () => new Promise<void>((resolve) => gates.push(resolve));
  const delayed = async <T>(run: () => Promise<T>): Promise<T> => {
    await open();
    const result = await run();
    await open();
    return result;
  };
  return {
    ...broker,
    subscribe: (channel) => delayed(() => broker.subscribe(channel)),
    readState: (channel, query) => delayed(() => broker.readState(channel, query)),
    readStream: (channel, query) => delayed(() => broker.readStream(channel, query)),
  };
}

function createWorld(mode: keyof typeof modes, usesDelta: boolean) {
  const read = readGatewayConfig({
    client: { channel_position_check_delay: '0s' },
    channel: {
      without_namespace: {
        subscription_type: 'map',
        allow_subscribe_for_client: true,
        allowed_delta_types: ['fossil'],
        delta_publish: true,
        map: { ...modes[mode], min_page_size: 1 },
      },
    },
  });
  assert.ok(read.ok);
  const clock = createFakeClock();
  const hub = new Hub();
  const gates: (() => void)[] = [];
  const events = {
    onPublication: (channel: string, arrived: Parameters<Hub['publish']>[1]) => void hub.publish(channel, arrived),
    onJoin() {},
    onLeave() {},
  };
  const memory = createMemoryMapBroker({ clock, random: Math.random, events });
  const broker = createMemoryBroker({ clock, random: Math.random, events });
  const ignored = () => undefined;
  // Everything that subscribing to a map uses.
  const context = {
    config: read.config,
    clock,
    log: { debug: ignored, info: ignored, warn: ignored, error: ignored },
    namespaces: createNamespaces(read.config),
    hub,
    connections: new Connections<Session>(),
    broker,
    mapBroker: gate(memory, gates),
    presence: createMemoryPresenceStore(),
    metrics: createTestMetrics(),
    wheel: { schedule: ignored, cancel: ignored },
  } as unknown as GatewayContext;
  const map = context.namespaces('m')?.map;
  assert.ok(map !== undefined);
  const client = new MapModelClient('m', usesDelta);
  let session = openSession(context, client);

  const settleTurn = async () => {
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  };
  const ask = () => {
    if (session.phase.name === 'closed') session = openSession(context, client);
    const command = client.next();
    if (command !== undefined) receive(context, session, Buffer.from(command));
  };
  const upkeepNow = () => {
    if (session.phase.name === 'connected') void upkeep(context, session, session.phase);
  };
  const loseConnection = async () => {
    await connectionEnded(context, session);
    client.disconnected();
  };
  const release = (index: number) => gates.splice(Math.min(index, gates.length - 1), 1)[0]?.();
  const drain = async () => {
    await settleTurn();
    while (gates.length > 0) {
      release(0);
      await settleTurn();
    }
  };
  const data = (value: number) => rawJson({ value, text: 'what does not change '.repeat(5) });

  return {
    known: () => client.known,
    losses: () => client.losses,
    complaints: () => client.complaints,
    async truth() {
      const { entries } = await memory.readState('m', { map, limit: -1, after: '' });
      return new Map(entries.map((entry) => [entry.key, entry.data]));
    },
    async act(one: Action): Promise<void> {
      switch (one.name) {
        case 'set':
          await memory.publish('m', { key: one.key, data: data(one.value) }, { map, delta: true });
          break;
        case 'remove':
          await memory.remove('m', one.key, { map });
          break;
        case 'clear':
          await memory.clear('m', map);
          break;
        case 'tick':
          clock.tick(one.ms);
          break;
        case 'release':
          release(one.index);
          break;
        case 'ask':
          ask();
          break;
        case 'upkeep':
          upkeepNow();
          break;
        case 'lose connection':
          await loseConnection();
          break;
        default:
          one satisfies never;
      }
      await settleTurn();
    },
    /** Lets everything that waits go on, until the client is live and a position check has found nothing. */
    async settle(): Promise<void> {
      for (let round = 0; round < 50; round += 1) {
        await drain();
        if (client.isLive) {
          upkeepNow();
          await drain();
          if (client.isLive) return;
        }
        ask();
      }
      throw new Error('the client never became live');
    },
    stop() {
      memory.stop();
      broker.stop();
    },
  };
}

function openSession(context: GatewayContext, client: MapModelClient): Session {
  const transport = {
    name: 'fake',
    isUnidirectional: false,
    sessionId: undefined,
    pingsItself: false,
    headers: undefined,
    format: {
      codec: jsonCodec,
      ping: new Message(jsonCodec.ping),
      frame: (payloads: readonly Buffer[]) => Buffer.from(payloads.map(String).join('\n')),
    },
    bufferedBytes: 0,
    write(bytes: Buffer) {
      if (session.phase.name === 'closed') return;
      for (const line of bytes.toString().split('\n')) client.take(line);
    },
    close: () => client.disconnected(),
    pause() {},
    resume() {},
  };
  const settings = {
    flusher: new Flusher(context.metrics.sent),
    maxQueueBytes: 1_000_000,
    maxWaitingFrameBytes: 10_000,
    events: {
      tooSlow: () => assert.fail('nothing here is slow'),
      unencodable: () => assert.fail('everything here is JSON'),
      positionLost: (lost: Session, subscription: Parameters<typeof endLost>[2]) =>
        void setImmediate(() => void endLost(context, lost, subscription)),
    },
  };
  const session = new Session('x', transport, { settings, connectUntil: 0 });
  session.establish({
    name: 'connected',
    user: 'ann',
    info: undefined,
    meta: undefined,
    expiresAt: undefined,
    tokenChannels: [],
    counted: { name: 'js', inflight: { value: 1 } },
    nextPingAt: Infinity,
    pongDueAt: undefined,
    nextUpkeepAt: Infinity,
    afterReply: undefined,
  });
  return session;
}
