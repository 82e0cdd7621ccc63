// Holds what the gateway knows about one connection, as phases.
import type { Payload, Push, Reply, WireClientInfo } from '@parley/protocol';
import { Message, type MessageLabel, type WireFormat } from '../hub/message.ts';
import type { CountedClient } from '../metrics/metrics.ts';
import type { TokenTrace } from '../revocations/revocation.ts';
import type { Waiter } from '../timer-wheel.ts';
import type { CatchUp } from './catch-up.ts';
import { Inbox } from './inbox.ts';
import type { Lanes } from './lanes.ts';
import type { Subscription, SubscriptionOwner } from './subscription.ts';
import type { Transport } from './transport.ts';
import { Writer, type WriterSettings } from './writer.ts';

/** An established connection. Times in Unix milliseconds. */
export interface Connected {
  readonly name: 'connected';
  readonly user: string;
  /** Raw `conn_info`; a refresh replaces it. */
  info: Payload | undefined;
  /** For the backend only; a refresh may replace it. */
  meta: Payload | undefined;
  /** Headers of the connect command that some proxy forwards, by lower-case name. */
  readonly emulatedHeaders: Readonly<Record<string, string>> | undefined;
  /** Undefined: the connection does not end by itself. */
  expiresAt: number | undefined;
  /** Whether the backend is being asked how it goes on; until it answers, the end waits. */
  isRefreshing: boolean;
  /** The token that it came in with, or was refreshed with; undefined: there was none. */
  token: TokenTrace | undefined;
  /** Of the client's application, as the client says. */
  readonly appName: string;
  readonly appVersion: string;
  readonly connectedAt: number;
  /** Grows with each connection of this node. */
  readonly number: number;
  /** Channels that the connection token names. */
  readonly tokenChannels: readonly string[];
  /** Where it is counted while it lives. */
  readonly counted: CountedClient;
  nextPingAt: number;
  /** Undefined: no ping is without an answer. */
  pongDueAt: number | undefined;
  nextUpkeepAt: number;
  /** What has to wait until the connect reply is written. Undefined: it was. */
  afterReply: (() => Promise<void>)[] | undefined;
}

/** Where a connection is in its life. `refused`: connect was answered with an error; nothing more can be done with it. */
export type SessionPhase =
  | { readonly name: 'awaiting_connect'; readonly until: number }
  | { readonly name: 'refused'; readonly until: number }
  | Connected
  | { readonly name: 'closed' };

/** What happens to sessions from below; one object for all of them. */
export interface SessionEvents {
  tooSlow(session: Session): void;
  unencodable(session: Session): void;
  positionLost(session: Session, subscription: Subscription): void;
}

/** What all sessions share. */
export interface SessionSettings extends WriterSettings {
  readonly events: SessionEvents;
  readonly maxWaitingFrameBytes: number;
}

const noChannels: ReadonlySet<string> = new Set();
const noSubscriptions: ReadonlyMap<string, Subscription> = new Map();
const noCatchUps: ReadonlyMap<string, CatchUp> = new Map();

/** One connection. */
export class Session implements SubscriptionOwner, Waiter {
  slot = -1;
  readonly clientId: string;
  readonly transport: Transport;
  readonly inbox: Inbox;
  readonly writer: Writer;
  readonly #events: SessionEvents;
  // Most connections of a large server have few subscriptions, and many have none.
  #subscriptions: Map<string, Subscription> | undefined;
  #reserved: Set<string> | undefined;
  #catchUps: Map<string, CatchUp> | undefined;
  phase: SessionPhase;
  /** Of its rate limits; undefined until something is counted. */
  rateTimes: number[] | undefined;
  /** Commands that run side by side, where the server allows that; made with the first of them. */
  lanes: Lanes | undefined;
  /** Who it is, since it was established; stays when the connection ends, for the goodbyes. */
  established: Connected | undefined;

  constructor(clientId: string, transport: Transport, options: { settings: SessionSettings; connectUntil: number }) {
    this.clientId = clientId;
    this.transport = transport;
    this.inbox = new Inbox(options.settings.maxWaitingFrameBytes);
    this.writer = new Writer(transport, options.settings, this);
    this.#events = options.settings.events;
    this.phase = { name: 'awaiting_connect', until: options.connectUntil };
  }

  get format(): WireFormat {
    return this.transport.format;
  }

  /** Becomes an established connection. */
  establish(connected: Connected): void {
    this.phase = connected;
    this.established = connected;
  }

  /** By channel. */
  get subscriptions(): ReadonlyMap<string, Subscription> {
    return this.#subscriptions ?? noSubscriptions;
  }

  /** Takes the channel; from then on a second subscribe is refused. */
  addSubscription(subscription: Subscription): void {
    this.#subscriptions ??= new Map();
    this.#subscriptions.set(subscription.traits.channel, subscription);
  }

  /** Map subscriptions that read their pages, by channel. */
  get catchUps(): ReadonlyMap<string, CatchUp> {
    return this.#catchUps ?? noCatchUps;
  }

  /** Takes the channel of a map; the subscription becomes live after `endCatchUp`. */
  addCatchUp(catchUp: CatchUp): void {
    this.#catchUps ??= new Map();
    this.#catchUps.set(catchUp.subscription.traits.channel, catchUp);
    this.addSubscription(catchUp.subscription);
  }

  /** Says that all pages are read. */
  endCatchUp(channel: string): void {
    this.#catchUps?.delete(channel);
  }

  /** Gives the channel back. Only `operations/leave.ts` calls this. */
  removeSubscription(channel: string): void {
    this.#subscriptions?.delete(channel);
    this.endCatchUp(channel);
  }

  /** Notes that a subscribe to the channel is being decided, until `release`. */
  reserve(channel: string): void {
    this.#reserved ??= new Set();
    this.#reserved.add(channel);
  }

  /** Channels whose subscribe is being decided. */
  get reserved(): ReadonlySet<string> {
    return this.#reserved ?? noChannels;
  }

  /** Takes the note back: the subscribe is decided, or not wanted any more. */
  release(channel: string): void {
    if (this.#reserved?.delete(channel) === true && this.#reserved.size === 0) this.#reserved = undefined;
  }

  push(message: Message): void {
    this.writer.push(message);
  }

  /** Queues a push for this connection alone. */
  pushOwn(push: Push): void {
    const channel = 'channel' in push ? push.channel : '';
    const frame = push.name === 'pub' ? 'push_publication' : `push_${push.name}`;
    this.#pushOrEnd(this.format.codec.encodePush(push), { frame, channel });
  }

  /** Queues the answer to a command about a channel, or "". */
  reply(reply: Reply, channel = ''): void {
    this.#pushOrEnd(this.format.codec.encodeReply(reply), { frame: reply.name, channel });
  }

  #pushOrEnd(payload: Buffer | undefined, label: MessageLabel): void {
    if (payload === undefined) this.unencodable();
    else this.writer.push(new Message(payload, label));
  }

  unencodable(): void {
    this.writer.end({ flush: true });
    this.#events.unencodable(this);
  }

  tooSlow(): void {
    this.#events.tooSlow(this);
  }

  positionLost(subscription: Subscription): void {
    this.#events.positionLost(this, subscription);
  }

  /** How others see this connection, in a channel if a subscription is given. */
  clientInfo(connected: Connected, subscription?: Subscription): WireClientInfo {
    return {
      user: connected.user,
      client: this.clientId,
      ...(connected.info === undefined ? {} : { conn_info: connected.info }),
      ...(subscription?.info === undefined ? {} : { chan_info: subscription.info }),
    };
  }
}
