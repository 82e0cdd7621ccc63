// Decides who on this node gets a channel's messages, and encodes each message once per format.
import type { Push, WireClientInfo } from '@parley/protocol';
import { type Arrived, Delivery, type DeliveryMeter } from './delivery.ts';
import { Message, type WireFormat } from './message.ts';

/** A subscription as the hub sees it. */
export interface Subscriber {
  readonly format: WireFormat;
  /** A publication, in offset order. */
  deliver(delivery: Delivery): void;
  /** Somebody came or went. Undefined: it has no form in this subscriber's format. */
  deliverPresence(message: Message | undefined): void;
}

/** The subscriptions of this node by channel. */
export class Hub {
  readonly #channels = new Map<string, Set<Subscriber>>();
  #subscriptions = 0;

  get channelCount(): number {
    return this.#channels.size;
  }

  get subscriptionCount(): number {
    return this.#subscriptions;
  }

  /** Names of channels with subscribers, with their number. */
  *channels(): Generator<[string, number]> {
    for (const [channel, subscribers] of this.#channels) yield [channel, subscribers.size];
  }

  /** Adds a subscriber; a second time changes nothing. */
  add(channel: string, subscriber: Subscriber): void {
    let subscribers = this.#channels.get(channel);
    if (subscribers === undefined) {
      subscribers = new Set();
      this.#channels.set(channel, subscribers);
    }
    if (subscribers.has(subscriber)) return;
    subscribers.add(subscriber);
    this.#subscriptions += 1;
  }

  /** @returns whether the channel has nobody left on this node */
  remove(channel: string, subscriber: Subscriber): boolean {
    const subscribers = this.#channels.get(channel);
    if (subscribers === undefined || !subscribers.delete(subscriber)) return false;
    this.#subscriptions -= 1;
    if (subscribers.size > 0) return false;
    this.#channels.delete(channel);
    return true;
  }

  /**
   * Hands a publication to every subscriber.
   *
   * @returns number of subscribers
   */
  publish(channel: string, arrived: Arrived, meter?: DeliveryMeter): number {
    const subscribers = this.#channels.get(channel);
    if (subscribers === undefined) return 0;
    const delivery = new Delivery(channel, arrived, meter);
    for (const subscriber of subscribers) subscriber.deliver(delivery);
    return subscribers.size;
  }

  /** Tells every subscriber that somebody joined or left. */
  announce(name: 'join' | 'leave', channel: string, info: WireClientInfo): void {
    const subscribers = this.#channels.get(channel);
    if (subscribers === undefined) return;
    const encoded = new Map<WireFormat, Message | undefined>();
    for (const subscriber of subscribers) {
      const { format } = subscriber;
      if (!encoded.has(format)) encoded.set(format, announcement(format, { name, channel, info }));
      subscriber.deliverPresence(encoded.get(format));
    }
  }
}

function announcement(format: WireFormat, push: Extract<Push, { name: 'join' | 'leave' }>): Message | undefined {
  const payload = format.codec.encodePush(push);
  return payload && new Message(payload, { frame: `push_${push.name}`, channel: push.channel });
}
