// Decides who on this node gets a channel's messages, and encodes each message once per format.
import type { Push, WireClientInfo, WirePublication } from '@parley/protocol';
import { Message, type WireFormat } from './message.ts';

/** A subscription as the hub sees it. */
export interface Subscriber {
  readonly format: WireFormat;
  /** A publication of the stream named `epoch`, in offset order; `message` is its push in this subscriber's format. */
  deliver(publication: WirePublication, epoch: string, message: Message): void;
  /** Somebody came or went. */
  deliverPresence(message: Message): void;
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
  publish(channel: string, publication: WirePublication, epoch: string): number {
    const subscribers = this.#channels.get(channel);
    if (subscribers === undefined) return 0;
    const encode = encodeOnce({ name: 'pub', channel, pub: publication });
    for (const subscriber of subscribers) subscriber.deliver(publication, epoch, encode(subscriber.format));
    return subscribers.size;
  }

  /** Tells every subscriber that somebody joined or left. */
  announce(name: 'join' | 'leave', channel: string, info: WireClientInfo): void {
    const subscribers = this.#channels.get(channel);
    if (subscribers === undefined) return;
    const encode = encodeOnce({ name, channel, info });
    for (const subscriber of subscribers) subscriber.deliverPresence(encode(subscriber.format));
  }
}

function encodeOnce(push: Push): (format: WireFormat) => Message {
  const encoded = new Map<WireFormat, Message>();
  let lastFormat: WireFormat | undefined;
  let lastMessage: Message | undefined;
  return (format) => {
    if (format === lastFormat && lastMessage !== undefined) return lastMessage;
    lastMessage = encoded.get(format) ?? new Message(format.codec.encodePush(push));
    encoded.set(format, lastMessage);
    lastFormat = format;
    return lastMessage;
  };
}
