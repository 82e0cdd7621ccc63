// Decides how several processes share one engine: who hears of a channel, who is asked, and when a process counts as dead.
import type { Duplex } from 'node:stream';
import type { Clock, Random } from '../../clock.ts';
import { limits } from '../../limits.ts';
import { background, type Log } from '../../log.ts';
import { MemoryRevocations } from '../../revocations/store.ts';
import type { Revocation } from '../../revocations/revocation.ts';
import type { BrokerEvents } from '../broker.ts';
import { createMemoryBroker } from '../memory/broker.ts';
import { createMemoryMapBroker } from '../memory/map-broker.ts';
import { createMemoryPresenceStore } from '../memory/presence-store.ts';
import { type Link, type LinkEnd, openLink } from './link.ts';
import {
  type FromGuest,
  type FromHost,
  type Outcome,
  outcomeOf,
  type Question,
  type SharedParts,
  sharedMethods,
} from './messages.ts';
import { SharedAudience } from './audience.ts';
import { cleanUp, type Listeners, noTraces, note, stopListening, type Traces } from './traces.ts';

/** What a host is made of. */
export interface EngineHostOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The engine of a server of several processes; it lives in the process that started the others. */
export interface EngineHost {
  /**
   * Serves the guest at the other end of a stream until the stream ends; then cleans up behind it.
   *
   * @param onStuck called when the guest hangs and is given up: whoever started it has to end it, because its clients cannot know
   */
  accept(stream: Duplex, onStuck: () => void): void;
  /** Ends the engine and its links. */
  stop(): void;
}

/** One process. What it brought in is remembered, so that nothing of it stays when it dies. */
interface Guest extends Traces {
  nodeId: string | undefined;
  readonly link: Link<FromHost>;
  readonly onStuck: () => void;
  /** Looks in a row at which it had given no sign since the last. */
  missedPulses: number;
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
  readonly #stopParts: () => void;
  readonly #revocations = new MemoryRevocations(limits.maxRevocations);
  readonly #audience = new SharedAudience<Guest>(({ link }, change) => link.send({ kind: 'audience', change }));
  readonly #guests = new Set<Guest>();
  readonly #listeners: Listeners<Guest> = new Map();
  #lastAsk = 0;
  #isAsking = false;

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
    const stopPulse = clock.every(limits.pulseMs, () => this.#feelPulses());
    this.#stopParts = () => {
      stopPulse();
      broker.stop();
      mapBroker.stop();
    };
    const revocations = { add: (added: Revocation) => Promise.resolve(this.#revoke(added, clock.now())) };
    this.#parts = { broker, mapBroker, presence: createMemoryPresenceStore(), revocations };
  }

  accept(stream: Duplex, onStuck: () => void): void {
    const link: Link<FromHost> = openLink<FromGuest, FromHost>(stream, {
      onMessage: (message) => this.#receive(guest, message),
      onEnd: (end) => this.#bury(guest, end),
    });
    const guest: Guest = {
      ...noTraces(),
      nodeId: undefined,
      link,
      onStuck,
      missedPulses: 0,
      asked: new Map(),
    };
    this.#guests.add(guest);
  }

  stop(): void {
    this.#stopParts();
    for (const guest of this.#guests) guest.link.close();
  }

  #tell(channel: string, message: FromHost): void {
    for (const guest of this.#listeners.get(channel) ?? []) guest.link.send(message);
  }

  /** One that hangs would let everybody wait who asks it, and new connections that the system hands to it. */
  #feelPulses(): void {
    // When the clock jumps, nobody had time to answer in between.
    if (this.#isAsking) return;
    this.#isAsking = true;
    setImmediate(() => (this.#isAsking = false));
    for (const guest of this.#guests) {
      // Who has not said hello is starting.
      if (guest.nodeId === undefined) continue;
      if (guest.missedPulses >= limits.maxMissedPulses) {
        this.#bury(guest, { name: 'stuck', reason: 'the process gives no sign of life' });
        continue;
      }
      guest.missedPulses += 1;
      guest.link.send({ kind: 'alive?' });
    }
  }

  #revoke(revocation: Revocation, now: number): boolean {
    if (!this.#revocations.add(revocation, now)) return false;
    for (const { nodeId, link } of this.#guests) {
      if (nodeId !== undefined) link.send({ kind: 'revoked', revocations: [revocation] });
    }
    return true;
  }

  async #welcome({ link }: Guest): Promise<void> {
    let part: Revocation[] = [];
    for (const revocation of this.#revocations.all()) {
      part.push(revocation);
      if (part.length < limits.revocationsPerTurn) continue;
      link.send({ kind: 'revoked', revocations: part });
      part = [];
      await new Promise((resolve) => setImmediate(resolve));
    }
    link.send({ kind: 'revoked', revocations: part });
    link.send({ kind: 'ready' });
  }

  #receive(guest: Guest, message: FromGuest): void {
    guest.missedPulses = 0;
    switch (message.kind) {
      case 'hello':
        guest.nodeId = message.nodeId;
        this.#audience.arrive(guest);
        background(this.#log, this.#welcome(guest));
        return;
      case 'alive':
        return;
      case 'audience':
        this.#audience.change(guest, message.change);
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

  #bury(guest: Guest, { name, reason }: LinkEnd): void {
    if (!this.#guests.delete(guest)) return;
    guest.link.close();
    if (guest.nodeId !== undefined) this.#log.warn({ node: guest.nodeId, reason }, 'a process of this server has left');
    if (name === 'stuck') guest.onStuck();
    this.#audience.depart(guest);
    for (const channel of guest.channels) stopListening(this.#listeners, channel, guest);
    for (const answer of guest.asked.values()) answer(undefined);
    background(this.#log, cleanUp(this.#parts, guest));
  }
}

async function reply(guest: Guest, id: number, work: () => Promise<unknown>): Promise<void> {
  guest.link.send({ kind: 'outcome', id, outcome: await outcomeOf(work) });
}
