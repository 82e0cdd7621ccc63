// Decides how a process uses an engine that lives in another: every call is a message, and what arrives is handed over in order.
import type { Duplex } from 'node:stream';
import { limits } from '../../limits.ts';
import { background, type Log } from '../../log.ts';
import { MemoryRevocations } from '../../revocations/store.ts';
import type { Audience, AudienceChange } from '../audience.ts';
import type { Broker } from '../broker.ts';
import type { EngineNeeds, OpenEngine } from '../engine.ts';
import type { MapBroker } from '../map-broker.ts';
import type { NodeCall, NodeCalls, Nodes } from '../nodes.ts';
import type { PresenceStore } from '../presence-store.ts';
import { type Link, openLink } from './link.ts';
import { type FromGuest, type FromHost, type Outcome, outcomeOf, type SharedParts } from './messages.ts';

/** What a guest needs of its process. */
export interface GuestOptions {
  /** The pipe to the host. */
  readonly stream: Duplex;
  readonly log: Log;
  /** The host is gone: this process has no engine any more and has to end. Not called after `stop`. */
  readonly onLost: (reason: string) => void;
}

/** Opens the engine at the other end of a pipe. */
export function sharedEngine({ stream, log, onLost }: GuestOptions): OpenEngine {
  return (needs) => {
    let isStopped = false;
    const calls = new Calls();
    const revocations = new MemoryRevocations(limits.maxRevocations);
    const ready = Promise.withResolvers<void>();
    const link: Link<FromGuest> = openLink<FromHost, FromGuest>(stream, {
      onMessage: (message) => receive(message, { needs, calls, link, log, revocations, isReady: ready.resolve }),
      onEnd({ reason }) {
        calls.failAll(reason);
        if (!isStopped) onLost(reason);
      },
    });
    link.send({ kind: 'hello', nodeId: needs.nodeId });
    const callPart: CallPart = (part, method, args) =>
      calls.make((id) => link.send({ kind: 'call', id, part, method, args }));
    return {
      ready: ready.promise,
      broker: remoteBroker(callPart),
      mapBroker: remoteMapBroker(callPart),
      presence: remotePresence(callPart),
      nodes: remoteNodes((nodeId, call, params) =>
        calls.make((id) => link.send({ kind: 'question', id, nodeId, call, params })),
      ),
      revocations: {
        add: async (revocation) => (await callPart('revocations', 'add', [revocation])) as boolean,
        isRevoked: (token, nowMs) => revocations.isRevoked(token, nowMs),
      },
      audience: countedAudience((change) => link.send({ kind: 'audience', change })),
      stop() {
        isStopped = true;
        link.close();
      },
    };
  };
}

type LocalChange = Exclude<AudienceChange, { name: 'begin' }>;

type CallPart = (part: keyof SharedParts, method: string, args: readonly unknown[]) => Promise<unknown>;

/** Calls that wait for their outcome. */
class Calls {
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #last = 0;
  #lost: Error | undefined;

  make(send: (id: number) => void): Promise<unknown> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      send(id);
    });
  }

  settle(id: number, outcome: Outcome): void {
    const call = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (outcome.ok) call?.resolve(outcome.value);
    else call?.reject(new Error(outcome.error));
  }

  failAll(reason: string): void {
    this.#lost = new Error(`the engine is gone: ${reason}`);
    for (const { reject } of this.#waiting.values()) reject(this.#lost);
    this.#waiting.clear();
  }
}

interface Receiver {
  needs: EngineNeeds;
  calls: Calls;
  link: Link<FromGuest>;
  log: Log;
  revocations: MemoryRevocations;
  isReady: () => void;
}

function receive(message: FromHost, receiver: Receiver): void {
  const { needs, calls, link, log, revocations, isReady } = receiver;
  const { events, clock } = needs;
  switch (message.kind) {
    case 'outcome':
      calls.settle(message.id, message.outcome);
      return;
    case 'publication': {
      const lagMs = Math.max(clock.now() - message.publishedAt, 0);
      events.onPublication(message.channel, { ...message.arrived, lagMs });
      return;
    }
    case 'join':
      events.onJoin(message.channel, message.info);
      return;
    case 'leave':
      events.onLeave(message.channel, message.info);
      return;
    case 'revoked':
      for (const revocation of message.revocations) revocations.add(revocation, clock.now());
      return;
    case 'ready':
      isReady();
      return;
    case 'audience':
      needs.onAudience(message.change);
      return;
    case 'alive?':
      link.send({ kind: 'alive' });
      return;
    case 'ask':
      background(log, answer(message, { needs, link }));
      return;
    default:
      message satisfies never;
  }
}

async function answer(
  { id, call, params }: Extract<FromHost, { kind: 'ask' }>,
  { needs, link }: Pick<Receiver, 'needs' | 'link'>,
): Promise<void> {
  // Parameters come from the same code in another process, which was compiled against the table of calls.
  const handler = needs.handlers[call] as (given: unknown) => Promise<unknown>;
  link.send({ kind: 'answer', id, outcome: await outcomeOf(() => handler(params)) });
}

/** Asks the host once for each channel, however many subscribe. */
function channelsOf(call: CallPart, part: 'broker' | 'mapBroker'): Pick<Broker, 'subscribe' | 'unsubscribe'> {
  const subscribed = new Map<string, Promise<void>>();
  const ask = async (method: string, channel: string): Promise<void> => {
    await call(part, method, [channel]);
  };
  return {
    subscribe(channel) {
      const known = subscribed.get(channel);
      if (known !== undefined) return known;
      const subscribing = ask('subscribe', channel);
      subscribed.set(channel, subscribing);
      return subscribing;
    },
    unsubscribe(channel) {
      subscribed.delete(channel);
      return ask('unsubscribe', channel);
    },
  };
}

/** Tells the host of the first and of the last live subscription of a channel only. */
function countedAudience(tell: (change: LocalChange) => void): Audience {
  const counts = new Map<string, number>();
  return {
    joined(channel) {
      const count = counts.get(channel) ?? 0;
      counts.set(channel, count + 1);
      if (count === 0) tell({ name: 'joined', channel });
    },
    left(channel) {
      const count = counts.get(channel) ?? 0;
      if (count > 1) counts.set(channel, count - 1);
      else if (counts.delete(channel)) tell({ name: 'left', channel });
    },
  };
}

function remoteMapBroker(call: CallPart): MapBroker {
  return {
    ...channelsOf(call, 'mapBroker'),
    publish: (...args) => call('mapBroker', 'publish', args) as ReturnType<MapBroker['publish']>,
    remove: (...args) => call('mapBroker', 'remove', args) as ReturnType<MapBroker['remove']>,
    readState: (...args) => call('mapBroker', 'readState', args) as ReturnType<MapBroker['readState']>,
    readStream: (...args) => call('mapBroker', 'readStream', args) as ReturnType<MapBroker['readStream']>,
    count: (...args) => call('mapBroker', 'count', args) as ReturnType<MapBroker['count']>,
    async clear(...args) {
      await call('mapBroker', 'clear', args);
    },
  };
}

function remoteBroker(call: CallPart): Broker {
  const done = async (method: string, ...args: unknown[]): Promise<void> => {
    await call('broker', method, args);
  };
  return {
    ...channelsOf(call, 'broker'),
    publish: (...args) => call('broker', 'publish', args) as ReturnType<Broker['publish']>,
    publishJoin: (...args) => done('publishJoin', ...args),
    publishLeave: (...args) => done('publishLeave', ...args),
    history: (...args) => call('broker', 'history', args) as ReturnType<Broker['history']>,
    removeHistory: (...args) => done('removeHistory', ...args),
  };
}

function remotePresence(call: CallPart): PresenceStore {
  return {
    async add(...args) {
      await call('presence', 'add', args);
    },
    async remove(...args) {
      await call('presence', 'remove', args);
    },
    get: (...args) => call('presence', 'get', args) as ReturnType<PresenceStore['get']>,
    count: (...args) => call('presence', 'count', args) as ReturnType<PresenceStore['count']>,
  };
}

type Ask = (nodeId: string | undefined, call: NodeCall, params: unknown) => Promise<unknown>;

function remoteNodes(ask: Ask): Nodes {
  // Results are those that the handlers of the same code gave in other processes.
  return {
    all: async <C extends NodeCall>(call: C, params: NodeCalls[C]['params']) =>
      (await ask(undefined, call, params)) as NodeCalls[C]['result'][],
    async one<C extends NodeCall>(nodeId: string, call: C, params: NodeCalls[C]['params']) {
      const results = (await ask(nodeId, call, params)) as NodeCalls[C]['result'][];
      return results.length === 0 ? undefined : { result: results[0] as NodeCalls[C]['result'] };
    },
  };
}
