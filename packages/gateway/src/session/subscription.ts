// Decides what happens to each publication of one subscription: held, delivered, skipped, or taken as proof of a loss.
import { type Payload, payloadSize, type StreamPosition } from '@parley/protocol';
import type { MapSettings } from '../config/map-settings.ts';
import { type Delivery, type Form, isCleared } from '../hub/delivery.ts';
import type { Subscriber } from '../hub/hub.ts';
import type { Message, WireFormat } from '../hub/message.ts';
import type { TokenTrace } from '../revocations/revocation.ts';
import { isWanted, leavesFilter, type TagsFilter } from '../tags-filter.ts';
import type { Arrival } from './recovery.ts';

/** What a subscription needs of the connection that it belongs to. */
export interface SubscriptionOwner {
  readonly format: WireFormat;
  push(message: Message): void;
  /** A publication is missing. The subscription delivers nothing more. */
  positionLost(subscription: Subscription): void;
  /** More arrived than can be held until the reply is written. */
  tooSlow(): void;
  /** Something that it has to get has no form in its encoding. */
  unencodable(): void;
}

/** What a subscription is made of. */
export interface SubscriptionTraits {
  readonly channel: string;
  /** Who wanted it: the client, or the server (token, API). */
  readonly origin: 'client' | 'server';
  readonly hasPresence: boolean;
  readonly emitsJoinLeave: boolean;
  readonly wantsJoinLeave: boolean;
  /** Whether losses are looked for. */
  readonly isPositioned: boolean;
  readonly isRecoverable: boolean;
  /** How long the stream's position survives in the broker, in milliseconds. */
  readonly metaTtlMs: number;
  /** Whether payloads travel in the forms of delta compression. */
  readonly usesDelta: boolean;
  /** Which publications the client wants; undefined: all. */
  readonly filter: TagsFilter | undefined;
  /** How much later than published a publication may arrive here without being taken for a loss, in milliseconds; 0: however late. */
  readonly maxLagMs: number;
  /** Whether the backend is asked at the end, instead of the client. */
  readonly isRefreshedByBackend: boolean;
  /** If the channel is a map: how it is kept. */
  readonly map?: MapSettings | undefined;
  /** Whether the key that equals the client id goes when the client does. */
  readonly removesClientKey?: boolean;
  /** Maps that show who is subscribed. */
  readonly presenceMaps?: PresenceMaps | undefined;
}

/** Channels of maps with a key for each subscribed client, and for each subscribed user. */
export interface PresenceMaps {
  readonly clients: string | undefined;
  readonly users: string | undefined;
}

type Phase =
  | { readonly name: 'joining'; held: Delivery[]; bytes: number }
  | { readonly name: 'live' }
  | { readonly name: 'ended' };

const live: Phase = { name: 'live' };
const ended: Phase = { name: 'ended' };

/** One client in one channel. Holds publications from the first moment until the reply is written. */
export class Subscription implements Subscriber {
  readonly traits: SubscriptionTraits;
  readonly #owner: SubscriptionOwner;
  readonly #maxHeldBytes: number;
  #phase: Phase = { name: 'joining', held: [], bytes: 0 };
  /** Whether it was ever live: then the others were told that it joined. */
  hasStarted = false;
  #offset = 0;
  #epoch = '';
  // Whether the client has what the next patch is made against.
  #hasBase = false;
  /** The token that allows it; undefined: none was needed. */
  token: TokenTrace | undefined;
  /** Raw `chan_info`. */
  info: Payload | undefined;
  /** Unix milliseconds; undefined if it does not end by itself. */
  expiresAt: number | undefined;
  /** Whether the backend is being asked how it goes on; until it answers, the end waits. */
  isRefreshing = false;
  /** When the position was last compared with the broker's, in Unix milliseconds. */
  checkedAt = 0;

  constructor(owner: SubscriptionOwner, traits: SubscriptionTraits, maxHeldBytes: number) {
    this.#owner = owner;
    this.traits = traits;
    this.#maxHeldBytes = maxHeldBytes;
  }

  get format(): WireFormat {
    return this.#owner.format;
  }

  get isLive(): boolean {
    return this.#phase.name === 'live';
  }

  get isEnded(): boolean {
    return this.#phase.name === 'ended';
  }

  get position(): StreamPosition {
    return { offset: this.#offset, epoch: this.#epoch };
  }

  /** What arrived since the subscription was made; empty once it is live. */
  get arrivals(): readonly Arrival[] {
    return this.#phase.name === 'joining' ? this.#phase.held : [];
  }

  /** What arrived since the subscription was made, and is then not delivered again; empty once it is live. */
  takeArrivals(): readonly Arrival[] {
    if (this.#phase.name !== 'joining') return [];
    const { held } = this.#phase;
    this.#phase.held = [];
    this.#phase.bytes = 0;
    return held;
  }

  deliver(delivery: Delivery): void {
    if (this.#phase === live) this.#accept(delivery);
    else if (this.#phase.name === 'joining') this.#hold(this.#phase, delivery);
  }

  deliverPresence(message: Message | undefined): void {
    if (!this.traits.wantsJoinLeave || this.#phase !== live) return;
    if (message === undefined) this.#owner.unencodable();
    else this.#owner.push(message);
  }

  /** Delivers what is new at a key; who has no delta compression gets it plain. */
  deliverUpdate(delivery: Delivery, form: Form): void {
    if (this.#phase !== live) return;
    const message = delivery.message(this.#owner.format, this.traits.usesDelta ? form : 'plain');
    if (message === undefined) this.#owner.unencodable();
    else this.#owner.push(message);
  }

  /** Delivers nothing more, because what the client knows is void. */
  lose(): void {
    this.end();
    this.#owner.positionLost(this);
  }

  /** Says that the client has the latest publication before the ones to come, so that patches can begin. */
  giveBase(): void {
    this.#hasBase = true;
  }

  /** Says up to where the client knows the stream once it has read the reply. */
  settle(position: StreamPosition): void {
    this.#offset = position.offset;
    this.#epoch = position.epoch;
  }

  /** Delivers what was held, and everything from now on. To be called when the reply is queued. */
  start(): void {
    if (this.#phase.name !== 'joining') return;
    const { held } = this.#phase;
    this.#phase = live;
    this.hasStarted = true;
    for (const delivery of held) this.deliver(delivery);
  }

  /** Delivers nothing more. */
  end(): void {
    this.#phase = ended;
  }

  #hold(joining: Extract<Phase, { name: 'joining' }>, delivery: Delivery): void {
    joining.held.push(delivery);
    joining.bytes += payloadSize(delivery.publication.data) + bytesAroundPayload;
    if (joining.bytes > this.#maxHeldBytes) {
      this.end();
      this.#owner.tooSlow();
    }
  }

  #accept(delivery: Delivery): void {
    const { offset } = delivery.publication;
    const { isPositioned, filter } = this.traits;
    if (isCleared(delivery.publication)) {
      this.lose();
      return;
    }
    if (isPositioned && offset !== 0) {
      const isKnownEpoch = delivery.epoch === this.#epoch || this.#epoch === '';
      if (isKnownEpoch && offset <= this.#offset) return;
      if (!isKnownEpoch || offset !== this.#offset + 1 || this.#isLate(delivery)) {
        this.lose();
        return;
      }
      this.#offset = offset;
      this.#epoch = delivery.epoch;
    }
    const isUnwanted = filter !== undefined && !isWanted(filter, delivery.publication);
    if (isUnwanted && !leavesFilter(filter, delivery.publication)) return delivery.filteredOut();
    const form = isUnwanted ? 'removal' : this.#nextForm(delivery);
    const message = delivery.message(this.#owner.format, form);
    if (message === undefined) this.#owner.unencodable();
    else this.#owner.push(message);
  }

  #isLate({ lagMs }: Delivery): boolean {
    return this.traits.maxLagMs > 0 && lagMs > this.traits.maxLagMs;
  }

  #nextForm({ publication }: Delivery): Form {
    if (!this.traits.usesDelta) return 'plain';
    const form = this.#hasBase ? 'patch' : 'full';
    // What is outside of the stream becomes the client's base as well, and the next patch is not made against it.
    this.#hasBase = publication.offset !== 0 || publication.key !== undefined;
    return form;
  }
}

// What a publication needs beside its payload, about; so that many tiny ones are bounded too.
const bytesAroundPayload = 64;
