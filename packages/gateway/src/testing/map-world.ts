// A server with one map and one client, of which a test decides every step: what happens, and which waiting call goes on.
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { jsonCodec, rawJson } from '@parley/protocol';
import { receive } from '../commands/dispatch.ts';
import { readGatewayConfig } from '../config.ts';
import type { MapSettings } from '../config/map-settings.ts';
import type { GatewayContext } from '../context.ts';
import type { BrokerEvents } from '../engine/broker.ts';
import type { MapBroker } from '../engine/map-broker.ts';
import { createMemoryBroker } from '../engine/memory/broker.ts';
import { createMemoryMapBroker, type MemoryMapBroker } from '../engine/memory/map-broker.ts';
import { createMemoryPresenceStore } from '../engine/memory/presence-store.ts';
import { Connections } from '../hub/connections.ts';
import { Hub } from '../hub/hub.ts';
import { Message } from '../hub/message.ts';
import { createNamespaces } from '../namespaces.ts';
import { connectionEnded } from '../operations/disconnect.ts';
import { endLost, upkeep } from '../operations/upkeep.ts';
import { Session } from '../session/session.ts';
import { Flusher } from '../session/writer.ts';
import { createFakeClock } from './fake-clock.ts';
import { createTestMetrics } from './test-metrics.ts';
import { MapModelClient } from './map-model-client.ts';

/** One thing that happens. `release`: a call of the gateway to its broker that waits goes on. */
export type MapAction =
  | { name: 'set'; key: string; value: number }
  | { name: 'remove'; key: string }
  | { name: 'tick'; ms: number }
  | { name: 'release'; index: number }
  | { name: 'clear' | 'ask' | 'lose connection' | 'upkeep' };

const modes = {
  ephemeral: { mode: 'ephemeral', key_ttl: '5s' },
  recoverable: { mode: 'recoverable', key_ttl: '5s', stream_size: 4, stream_ttl: '10s', meta_ttl: '12s' },
  persistent: { mode: 'persistent', stream_size: 4, stream_ttl: '10s' },
} as const;

const channel = 'm';

/** The map `m` with short lives, and a client that wants to know it. */
export class MapWorld {
  readonly client: MapModelClient;
  readonly #clock = createFakeClock();
  readonly #gates: (() => void)[] = [];
  readonly #broker: MemoryMapBroker;
  readonly #map: MapSettings;
  readonly #context: GatewayContext;
  #session: Session;

  constructor(mode: keyof typeof modes, usesDelta: boolean) {
    this.client = new MapModelClient(channel, usesDelta);
    const hub = new Hub();
    const events: BrokerEvents = {
      onPublication: (name, arrived) => void hub.publish(name, arrived),
      onJoin() {},
      onLeave() {},
    };
    this.#broker = createMemoryMapBroker({ clock: this.#clock, random: Math.random, events });
    const mapBroker = gate(this.#broker, this.#gates);
    const broker = createMemoryBroker({ clock: this.#clock, random: Math.random, events });
    this.#context = contextOf(mode, { clock: this.#clock, hub, broker, mapBroker });
    const map = this.#context.namespaces(channel)?.map;
    assert.ok(map !== undefined);
    this.#map = map;
    this.#session = openSession(this.#context, this.client);
  }

  /** What the server knows: values as JSON text by key. */
  async truth(): Promise<Map<string | undefined, unknown>> {
    const { entries } = await this.#broker.readState(channel, { map: this.#map, limit: -1, after: '' });
    return new Map(entries.map(({ key, data }) => [key, data]));
  }

  async act(action: MapAction): Promise<void> {
    const map = this.#map;
    switch (action.name) {
      case 'set':
        await this.#broker.publish(channel, { key: action.key, data: dataOf(action.value) }, { map, delta: true });
        break;
      case 'remove':
        await this.#broker.remove(channel, action.key, { map });
        break;
      case 'clear':
        await this.#broker.clear(channel, map);
        break;
      case 'tick':
        this.#clock.tick(action.ms);
        break;
      case 'release':
        this.#release(action.index);
        break;
      case 'ask':
        this.#ask();
        break;
      case 'upkeep':
        this.#upkeep();
        break;
      case 'lose connection':
        await connectionEnded(this.#context, this.#session);
        this.client.disconnected();
        break;
      default:
        action satisfies never;
    }
    await someTurns();
  }

  /** Lets everything that waits go on, until the client is live and a position check has found nothing. */
  async settle(): Promise<void> {
    for (let round = 0; round < 50; round += 1) {
      await this.#drain();
      if (this.client.isLive) {
        this.#upkeep();
        await this.#drain();
        if (this.client.isLive) return;
      }
      this.#ask();
    }
    throw new Error('the client never became live');
  }

  stop(): void {
    this.#broker.stop();
  }

  #ask(): void {
    if (this.#session.phase.name === 'closed') this.#session = openSession(this.#context, this.client);
    const command = this.client.next();
    if (command !== undefined) receive(this.#context, this.#session, Buffer.from(command));
  }

  #upkeep(): void {
    const { phase } = this.#session;
    if (phase.name === 'connected') void upkeep(this.#context, this.#session, phase);
  }

  #release(index: number): void {
    this.#gates.splice(Math.min(index, this.#gates.length - 1), 1)[0]?.();
  }

  async #drain(): Promise<void> {
    await someTurns();
    while (this.#gates.length > 0) {
      this.#release(0);
      await someTurns();
    }
  }
}

const dataOf = (value: number) => rawJson({ value, text: 'what does not change '.repeat(5) });

async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
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

/** Everything that subscribing to a map uses. */
function contextOf(
  mode: keyof typeof modes,
  parts: Pick<GatewayContext, 'clock' | 'hub' | 'broker' | 'mapBroker'>,
): GatewayContext {
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
  const ignored = () => undefined;
  return {
    ...parts,
    config: read.config,
    log: { debug: ignored, info: ignored, warn: ignored, error: ignored },
    namespaces: createNamespaces(read.config),
    connections: new Connections<Session>(),
    presence: createMemoryPresenceStore(),
    metrics: createTestMetrics(),
    wheel: { schedule: ignored, cancel: ignored },
    polls: { of: ignored, leave: ignored },
    hooks: { subscriptionStarted: ignored, subscriptionEnded: ignored, connectionEnded: ignored },
  } as unknown as GatewayContext;
}

function openSession(context: GatewayContext, client: MapModelClient): Session {
  const transport = {
    name: 'fake',
    isUnidirectional: false,
    sessionId: undefined,
    pingsItself: false,
    ping: () => false,
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
  return session;
}
