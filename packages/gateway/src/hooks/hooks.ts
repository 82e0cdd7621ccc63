// Decides which ends of connections and subscriptions, and which changes of channels, the application is told.
import type { Disconnect, Unsubscribe } from '@parley/protocol';
import type { Backend, BackendAnswer, ChannelStateEvent, EndedEvent } from '../backend/backend.ts';
import type { Clock, Random } from '../clock.ts';
import type { GatewayConfig } from '../config.ts';
import type { Audience, AudienceChange } from '../engine/audience.ts';
import { limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Namespaces } from '../namespaces.ts';
import { type ChannelChange, ChannelWatch } from './channel-watch.ts';
import { EventQueue } from './event-queue.ts';

/** Whose connection or subscription ended. */
export interface Ended {
  readonly client: string;
  readonly user: string;
  readonly transport: string;
  readonly protocol: 'json' | 'protobuf';
  readonly meta: EndedEvent['meta'];
}

/** Events on their way, taken by the application, and lost, since the start. */
export interface HookCounts {
  readonly waiting: number;
  readonly delivered: number;
  readonly dropped: number;
}

/** What hooks need. */
export interface HooksOptions {
  readonly nodeId: string;
  readonly config: GatewayConfig;
  readonly clock: Pick<Clock, 'now' | 'every'>;
  readonly random: Random;
  readonly log: Log;
  readonly namespaces: Namespaces;
  /** Asked for late: it may speak before it is there. */
  readonly audience: () => Audience;
  readonly backend: Pick<Backend, 'disconnect' | 'unsubscribe' | 'channelState'>;
}

interface StateRoute {
  readonly watch: ChannelWatch;
  readonly queue: EventQueue<ChannelStateEvent>;
}

/** Tells the application what ended and what changed, at least once and in order. What is not switched on costs nothing. */
export class Hooks {
  readonly #options: HooksOptions;
  readonly #ofConnections: EventQueue<EndedEvent> | undefined;
  readonly #ofSubscriptions = new Map<string, EventQueue<EndedEvent>>();
  readonly #ofChannels = new Map<string, StateRoute>();
  readonly #lastNumbers = new Map<string, number>();
  // Of several nodes one speaks of channels.
  #isSpeaking = false;
  #delivered = 0;
  #dropped = 0;

  constructor(options: HooksOptions) {
    this.#options = options;
    const { config, backend } = options;
    const { client, channel } = config;
    if (client.proxy.disconnect.enabled) {
      this.#ofConnections = this.#endedQueue('disconnect', (events) => backend.disconnect('default', { events }));
    }
    for (const namespace of [channel.without_namespace, ...channel.namespaces]) {
      const { unsubscribe_proxy_name: unsubscribe, state_proxy_name: state } = namespace;
      if (namespace.unsubscribe_proxy_enabled && !this.#ofSubscriptions.has(unsubscribe)) {
        const send = (events: readonly EndedEvent[]) => backend.unsubscribe(unsubscribe, { events });
        this.#ofSubscriptions.set(unsubscribe, this.#endedQueue(`unsubscribe.${unsubscribe}`, send));
      }
      if (namespace.state_proxy_enabled && !this.#ofChannels.has(state)) {
        this.#ofChannels.set(state, this.#stateRoute(state));
      }
    }
  }

  get counts(): HookCounts {
    const waiting = this.#queues().reduce((total, { size }) => total + size, 0);
    return { waiting, delivered: this.#delivered, dropped: this.#dropped };
  }

  /** An established connection ended. */
  connectionEnded(ended: Ended, why: Disconnect): void {
    this.#ofConnections?.add({ ...this.#stamp('disconnect'), ...ended, ...why });
  }

  /** A subscription became live. */
  subscriptionStarted(channel: string): void {
    if (this.#routeOf(channel) !== undefined) this.#options.audience().joined(channel);
  }

  /** What the engine says of subscriptions on all nodes; only the node that speaks for the server hears it. */
  audienceChanged(change: AudienceChange): void {
    switch (change.name) {
      case 'begin':
        this.#isSpeaking = true;
        for (const { queue } of this.#ofChannels.values()) queue.wake();
        return;
      case 'joined':
        this.#routeOf(change.channel)?.watch.joined(change.channel);
        return;
      case 'left':
        this.#routeOf(change.channel)?.watch.left(change.channel);
        return;
      default:
        change satisfies never;
    }
  }

  /** A subscription that was live ended. */
  subscriptionEnded(ended: Ended, channel: string, why: Unsubscribe): void {
    if (this.#routeOf(channel) !== undefined) this.#options.audience().left(channel);
    const options = this.#ofSubscriptions.size > 0 ? this.#options.namespaces(channel)?.options : undefined;
    if (options?.unsubscribe_proxy_enabled !== true) return;
    const name = options.unsubscribe_proxy_name;
    this.#ofSubscriptions.get(name)?.add({ ...this.#stamp(`unsubscribe.${name}`), channel, ...ended, ...why });
  }

  /** Delivers what waits, as far as that goes in this time; the rest is counted and logged. */
  async close(timeoutMs: number): Promise<void> {
    for (const { watch } of this.#ofChannels.values()) watch.close();
    await Promise.all(this.#queues().map((queue) => queue.close(timeoutMs)));
  }

  #queues(): (EventQueue<EndedEvent> | EventQueue<ChannelStateEvent>)[] {
    const ofChannels = Array.from(this.#ofChannels.values(), ({ queue }) => queue);
    const ofConnections = this.#ofConnections === undefined ? [] : [this.#ofConnections];
    return [...ofConnections, ...this.#ofSubscriptions.values(), ...ofChannels];
  }

  #routeOf(channel: string): StateRoute | undefined {
    if (this.#ofChannels.size === 0) return undefined;
    const options = this.#options.namespaces(channel)?.options;
    return options?.state_proxy_enabled === true ? this.#ofChannels.get(options.state_proxy_name) : undefined;
  }

  /** The number counts in its queue, so that a gap says how many were dropped. */
  #stamp(queue: string): { id: string; timeMs: number } {
    const number = (this.#lastNumbers.get(queue) ?? 0) + 1;
    this.#lastNumbers.set(queue, number);
    const { nodeId, clock } = this.#options;
    return { id: `${nodeId}.${queue}.${number}`, timeMs: clock.now() };
  }

  #endedQueue(name: string, ask: (events: readonly EndedEvent[]) => Promise<BackendAnswer<unknown>>) {
    const { queue_size: maxEvents } = this.#options.config.hooks;
    return new EventQueue<EndedEvent>({
      ...this.#queueOptions(name, ask),
      maxEvents: () => maxEvents,
      // A tenth at once, so that a full queue does not cost a move of all for each event.
      makeRoom: (waiting) => waiting.slice(Math.max(Math.floor(maxEvents / 10), 1)),
    });
  }

  #stateRoute(proxyName: string): StateRoute {
    const { config, clock, nodeId, backend } = this.#options;
    const { queue_size: maxEvents, vacated_event_delay: vacatedDelayMs } = config.hooks;
    const name = `state.${proxyName}`;
    const stamped = (change: ChannelChange) => ({ ...this.#stamp(name), node: nodeId, ...change });
    // Begins with everything, so that what a process before this one said is forgotten.
    let isLost = true;
    const watch = new ChannelWatch({
      clock,
      vacatedDelayMs,
      resolutionMs: limits.timerResolutionMs,
      changed: (change) => {
        if (!isLost) queue.add(stamped(change));
      },
    });
    const queue = new EventQueue<ChannelStateEvent>({
      ...this.#queueOptions(name, (events: readonly ChannelStateEvent[]) =>
        backend.channelState(proxyName, { events }),
      ),
      maxEvents: () => Math.max(maxEvents, 2 * watch.occupiedCount),
      makeRoom: () => {
        isLost = true;
        return [];
      },
      refill: () => {
        if (!isLost || !this.#isSpeaking) return [];
        isLost = false;
        return watch.snapshot().map(stamped);
      },
    });
    return { watch, queue };
  }

  #queueOptions<Event>(name: string, ask: (events: readonly Event[]) => Promise<BackendAnswer<unknown>>) {
    const { config, clock, random, log } = this.#options;
    return {
      name,
      clock,
      random,
      log,
      batchSize: config.hooks.batch_size,
      minRetryMs: limits.minHookRetryMs,
      maxRetryMs: config.hooks.max_retry_delay,
      send: async (events: readonly Event[]) => {
        const answer = await ask(events);
        if (!answer.ok) throw new Error(`the backend answered with code ${(answer.error ?? answer.disconnect).code}`);
      },
      delivered: (count: number) => void (this.#delivered += count),
      dropped: (count: number) => void (this.#dropped += count),
    };
  }
}
