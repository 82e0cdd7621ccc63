// Decides how a benchmark has subscribers in a process of their own, and how it knows that they have received everything.
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, startChild } from './child.ts';
import { clientFrame } from './raw-client.ts';
import type { Received, SubscribersOrder } from './subscribers-child.ts';

/**
 * Stands once in each message that benchmarks send, and nowhere else: a shorter one, or one with `~`, would also be found in the header
 * of frames of a certain length (`~` begins a length of 16 bits).
 */
export const mark = '<#@>';

/** The payload that benchmarks send: an ordinary size, with the mark. */
export const payload = { text: `${'x'.repeat(96)}${mark}`, at: 1_700_000_000_000 };

/** A wire format of the gateway. */
export type Format = 'json' | 'protobuf';

/** Where a client of this format connects. */
export function pathOf(format: Format): string {
  return format === 'json' ? '/connection/websocket' : '/connection/websocket?format=protobuf';
}

/** The frame that connects without a token and subscribes a channel. */
export function greetingFrame(format: Format, channel: string): Buffer {
  if (format === 'json') return clientFrame(`{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"${channel}"}}`);
  const name = Buffer.from(channel);
  const request = Buffer.from([0x0a, name.length, ...name]);
  const connect = [0x08, 1, 0x22, 0];
  const subscribe = [0x08, 2, 0x2a, request.length, ...request];
  return clientFrame(Buffer.from([connect.length, ...connect, subscribe.length, ...subscribe]));
}

/** Subscribers in a process of their own. */
export class Subscribers {
  readonly #child: ChildProcess = startChild('./subscribers-child.ts');

  /** Connects some more; resolves when all are accepted, which need not mean subscribed. */
  async connect(order: Omit<SubscribersOrder, 'mark' | 'greeting'> & { greeting?: Buffer }): Promise<void> {
    const greeting = order.greeting?.toString('base64') ?? '';
    await ask(this.#child, { ...order, greeting, mark } satisfies SubscribersOrder);
  }

  /** What has arrived so far. */
  received(): Promise<Received> {
    return ask<Received>(this.#child, 'received?');
  }

  /** Waits until this many messages have arrived in all. @throws if nothing more arrives for seconds, or too many did */
  async haveReceived(messages: number): Promise<void> {
    let last = -1;
    for (let idle = 0; idle < 100;) {
      const now = await this.received();
      if (now.messages === messages) return;
      if (now.messages > messages) break;
      idle = now.messages === last ? idle + 1 : 0;
      last = now.messages;
      await delay(50);
    }
    throw new Error(`${messages} messages were to arrive, ${(await this.received()).messages} did`);
  }

  end(): void {
    this.#child.kill();
  }
}
