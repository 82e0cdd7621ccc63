// Decides how several processes share one engine: who hears of a channel, and what is left behind by a process that died.
import type { Duplex } from 'node:stream';
import type { WireClientInfo } from '@parley/protocol';
import type { Clock, Random } from '../../clock.ts';
import { background, type Log } from '../../log.ts';
import type { BrokerEvents } from '../broker.ts';
import type { MapPublishSettings, MapStorage, NewMapEntry } from '../map-broker.ts';
import { createMemoryBroker } from '../memory/broker.ts';
import { createMemoryMapBroker } from '../memory/map-broker.ts';
import { createMemoryPresenceStore } from '../memory/presence-store.ts';
import { type Link, openLink } from './link.ts';
import {
  type FromGuest,
  type FromHost,
  type Outcome,
  outcomeOf,
  type Question,
  type SharedParts,
  sharedMethods,
} from './messages.ts';

/** What a host is made of. */
export interface EngineHostOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The engine of a server of several processes; it lives in the process that started the others. */
export interface EngineHost {
  /** Serves the guest at the other end of a stream until the stream ends; then cleans up behind it. */
  accept(stream: Duplex): void;
  /** Ends the engine and its links. */
  stop(): void;
}

/** One process. What it brought in is remembered, so that nothing of it stays when it dies. */
interface Guest {
  nodeId: string | undefined;
  readonly link: Link<FromHost>;
  readonly channels: Set<string>;
  /** By channel, then by client. */
  readonly present: Map<string, Set<string>>;
  readonly joined: Map<string, Map<string, WireClientInfo>>;
  /** Keys that stand for its connections, by channel, with how the map is kept. */
  readonly keys: Map<string, Map<string, MapStorage>>;
  /** Answers that the host waits for. */
  readonly asked: Map<number, (outcome: Outcome | undefined) => void>;
}

/** Makes a host with streams and presence in its memory. */
export function createEngineHost(options: EngineHostOptions): EngineHost {
  return new Host(options);
}

class Host implements EngineHost {
  readonly #log: Log;
  readonly #parts: SharedParts;
  readonly #stopBrokers: () => void;
  readonly #guests = new Set<Guest>();
  readonly #listeners = new Map<string, Set<Guest>>();
  #lastAsk = 0;

  constructor({ clock, random, log }: EngineHostOptions) {
    this.#log = log;
    const events: BrokerEvents = {
      onPublication: (channel, { lagMs: _lagMs, ...arrived }) =>
        this.#tell(channel, { kind: 'publication', channel, arrived, publishedAt: clock.now() }),
      onJoin: (channel, info) => this.#tell(channel, { kind: 'join', channel, info }),
      onLeave: (channel, info) => this.#tell(channel, { kind: 'leave', channel, info }),
    };
    const broker = createMemoryBroker({ clock, random, events });
    const mapBroker = createMemoryMapBroker({ clock, random, events });
    this.#stopBrokers = () => {
      broker.stop();
      mapBroker.stop();
    };
    this.#parts = { broker, mapBroker, presence: createMemoryPresenceStore() };
  }

  accept(stream: Duplex): void {
    const link: Link<FromHost> = openLink<FromGuest, FromHost>(stream, {
      onMessage: (message) => this.#receive(guest, message),
      onEnd: (reason) => this.#bury(guest, reason),
    });
    const guest: Guest = {
      nodeId: undefined,
      link,
      channels: new Set(),
      present: new Map(),
      joined: new Map(),
      keys: new Map(),
      asked: new Map(),
    };
    this.#guests.add(guest);
  }

  stop(): void {
    this.#stopBrokers();
    for (const guest of this.#guests) guest.link.close();
  }

  #tell(channel: string, message: FromHost): void {
    for (const guest of this.#listeners.get(channel) ?? []) guest.link.send(message);
  }

  #receive(guest: Guest, message: FromGuest): void {
    switch (message.kind) {
      case 'hello':
        guest.nodeId = message.nodeId;
        return;
      case 'call':
        background(
          this.#log,
          reply(guest, message.id, () => this.#carryOut(guest, message)),
        );
        return;
      case 'question':
        background(
          this.#log,
          reply(guest, message.id, () => this.#askAll(message)),
        );
        return;
      case 'answer':
        guest.asked.get(message.id)?.(message.outcome);
        guest.asked.delete(message.id);
        return;
      default:
        message satisfies never;
    }
  }

  async #carryOut(guest: Guest, { part, method, args }: Extract<FromGuest, { kind: 'call' }>): Promise<unknown> {
    if (!(sharedMethods[part] as readonly string[]).includes(method)) throw new Error(`no method ${method}`);
    note(guest, this.#listeners, { what: `${part}.${method}`, args });
    const target = this.#parts[part] as unknown as Record<string, (...given: readonly unknown[]) => Promise<unknown>>;
    // The method is one of the list; its arguments come from the same code at the other end.
    return target[method]?.(...args);
  }

  async #askAll(question: Question): Promise<unknown[]> {
    const meant = [...this.#guests].filter(
      ({ nodeId }) => nodeId !== undefined && (question.nodeId === undefined || nodeId === question.nodeId),
    );
    const outcomes = await Promise.all(meant.map((guest) => this.#ask(guest, question)));
    return outcomes.flatMap((outcome) => {
      if (outcome === undefined) return [];
      if (!outcome.ok) throw new Error(outcome.error);
      return [outcome.value];
    });
  }

  #ask(guest: Guest, { call, params }: Question): Promise<Outcome | undefined> {
    this.#lastAsk += 1;
    const id = this.#lastAsk;
    return new Promise((resolve) => {
      guest.asked.set(id, resolve);
      guest.link.send({ kind: 'ask', id, call, params });
    });
  }

  #bury(guest: Guest, reason: string): void {
    this.#guests.delete(guest);
    this.#log.warn({ node: guest.nodeId, reason }, 'a process of this server has left');
    for (const channel of guest.channels) stopListening(this.#listeners, channel, guest);
    for (const answer of guest.asked.values()) answer(undefined);
    background(this.#log, cleanUp(this.#parts, guest));
  }
}

async function reply(guest: Guest, id: number, work: () => Promise<unknown>): Promise<void> {
  guest.link.send({ kind: 'outcome', id, outcome: await outcomeOf(work) });
}

/** Remembers what would stay behind if the guest died now. */
function note(
  guest: Guest,
  listeners: Map<string, Set<Guest>>,
  { what, args }: { what: string; args: readonly unknown[] },
): void {
  const channel = String(args[0]);
  switch (what) {
    // A channel is of one kind, so that streams and maps share the listeners.
    case 'broker.subscribe':
    case 'mapBroker.subscribe':
      guest.channels.add(channel);
      entry(listeners, channel, () => new Set<Guest>()).add(guest);
      return;
    case 'broker.unsubscribe':
    case 'mapBroker.unsubscribe':
      guest.channels.delete(channel);
      stopListening(listeners, channel, guest);
      return;
    case 'mapBroker.publish':
      noteKey(guest, channel, args as [string, NewMapEntry, MapPublishSettings]);
      return;
    case 'mapBroker.remove':
      forget(guest.keys, channel, String(args[1]));
      return;
    case 'presence.add':
      entry(guest.present, channel, () => new Set<string>()).add((args[1] as WireClientInfo).client);
      return;
    case 'presence.remove':
      forget(guest.present, channel, String(args[1]));
      return;
    case 'broker.publishJoin': {
      const info = args[1] as WireClientInfo;
      entry(guest.joined, channel, () => new Map<string, WireClientInfo>()).set(info.client, info);
      return;
    }
    case 'broker.publishLeave':
      forget(guest.joined, channel, (args[1] as WireClientInfo).client);
      return;
    default:
  }
}

function noteKey(
  { keys }: Guest,
  channel: string,
  [, { key }, { endsWithNode, map }]: [string, NewMapEntry, MapPublishSettings],
): void {
  if (endsWithNode === true) entry(keys, channel, () => new Map<string, MapStorage>()).set(key, map);
}

async function cleanUp({ broker, mapBroker, presence }: SharedParts, guest: Guest): Promise<void> {
  for (const [channel, clients] of guest.present) {
    for (const client of clients) await presence.remove(channel, client);
  }
  for (const [channel, infos] of guest.joined) {
    for (const info of infos.values()) await broker.publishLeave(channel, info);
  }
  for (const [channel, keys] of guest.keys) {
    for (const [key, map] of keys) await mapBroker.remove(channel, key, { map });
  }
}

function stopListening(listeners: Map<string, Set<Guest>>, channel: string, guest: Guest): void {
  const set = listeners.get(channel);
  set?.delete(guest);
  if (set?.size === 0) listeners.delete(channel);
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function forget(map: Map<string, Set<string> | Map<string, unknown>>, channel: string, client: string): void {
  const clients = map.get(channel);
  clients?.delete(client);
  if (clients?.size === 0) map.delete(channel);
}
