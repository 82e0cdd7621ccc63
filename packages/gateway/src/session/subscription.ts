// Decides what happens to each publication of one subscription: held, delivered, skipped, or taken as proof of a loss.
import type { RawJson, StreamPosition, WirePublication } from '@parley/protocol';
import type { Subscriber } from '../hub/hub.ts';
import type { Message, WireFormat } from '../hub/message.ts';
import type { Arrival } from './recovery.ts';

/** What a subscription needs of the connection that it belongs to. */
export interface SubscriptionOwner {
  readonly format: WireFormat;
  push(message: Message): void;
  /** A publication is missing. The subscription delivers nothing more. */
  positionLost(subscription: Subscription): void;
  /** More arrived than can be held until the reply is written. */
  tooSlow(): void;
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
}

interface Held extends Arrival {
  readonly message: Message;
}

type Phase =
  | { readonly name: 'joining'; held: Held[]; bytes: number }
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
  /** Raw `chan_info`. */
  info: RawJson | undefined;
  /** Unix milliseconds; undefined if it does not end by itself. */
  expiresAt: number | undefined;
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

  deliver(publication: WirePublication, epoch: string, message: Message): void {
    if (this.#phase === live) this.#accept(publication, epoch, message);
    else if (this.#phase.name === 'joining') this.#hold(this.#phase, { publication, epoch, message });
  }

  deliverPresence(message: Message): void {
    if (this.traits.wantsJoinLeave && this.#phase === live) this.#owner.push(message);
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
    for (const { publication, epoch, message } of held) this.deliver(publication, epoch, message);
  }

  /** Delivers nothing more. */
  end(): void {
    this.#phase = ended;
  }

  #hold(joining: Extract<Phase, { name: 'joining' }>, held: Held): void {
    joining.held.push(held);
    joining.bytes += held.message.payload.length;
    if (joining.bytes > this.#maxHeldBytes) {
      this.end();
      this.#owner.tooSlow();
    }
  }

  #accept(publication: WirePublication, epoch: string, message: Message): void {
    const { offset } = publication;
    if (this.traits.isPositioned && offset !== 0) {
      const isKnownEpoch = epoch === this.#epoch || this.#epoch === '';
      if (isKnownEpoch && offset <= this.#offset) return;
      if (!isKnownEpoch || offset !== this.#offset + 1) {
        this.end();
        this.#owner.positionLost(this);
        return;
      }
      this.#offset = offset;
      this.#epoch = epoch;
    }
    this.#owner.push(message);
  }
}
