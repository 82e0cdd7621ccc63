// Decides when a channel counts as occupied and as vacated: by its first subscriber, and a while after its last.
import type { Clock } from '../clock.ts';

/** What happened to a channel; `reset`: nothing of what was said before counts. */
export interface ChannelChange {
  readonly type: 'reset' | 'occupied' | 'vacated';
  /** "" for `reset`. */
  readonly channel: string;
}

/** What watching needs. Times in milliseconds. */
export interface ChannelWatchOptions {
  readonly clock: Pick<Clock, 'now' | 'every'>;
  readonly vacatedDelayMs: number;
  /** How exactly the delay is kept. */
  readonly resolutionMs: number;
  changed(change: ChannelChange): void;
}

/** Subscribers of channels, counted. */
export class ChannelWatch {
  readonly #options: ChannelWatchOptions;
  readonly #counts = new Map<string, number>();
  // Channels without subscribers, with the time at which they are vacated; the delay is the same for all, so they are in order.
  readonly #emptying = new Map<string, number>();
  #stop: (() => void) | undefined;

  constructor(options: ChannelWatchOptions) {
    this.#options = options;
  }

  /** Channels that count as occupied. */
  get occupiedCount(): number {
    return this.#counts.size + this.#emptying.size;
  }

  /** Says all that counts now, beginning with a `reset`. */
  snapshot(): ChannelChange[] {
    const channels = [...this.#emptying.keys(), ...this.#counts.keys()];
    return [{ type: 'reset', channel: '' }, ...channels.map((channel) => ({ type: 'occupied' as const, channel }))];
  }

  joined(channel: string): void {
    const count = this.#counts.get(channel) ?? 0;
    this.#counts.set(channel, count + 1);
    if (count === 0 && !this.#emptying.delete(channel)) this.#options.changed({ type: 'occupied', channel });
  }

  left(channel: string): void {
    const count = this.#counts.get(channel) ?? 0;
    if (count > 1) {
      this.#counts.set(channel, count - 1);
      return;
    }
    if (!this.#counts.delete(channel)) return;
    const { clock, vacatedDelayMs, resolutionMs } = this.#options;
    this.#emptying.set(channel, clock.now() + vacatedDelayMs);
    this.#stop ??= clock.every(resolutionMs, () => this.#vacateUntil(clock.now()));
  }

  /** Says of all channels without subscribers that they are vacated, without waiting longer. */
  close(): void {
    this.#vacateUntil(Infinity);
  }

  #vacateUntil(now: number): void {
    for (const [channel, vacatedAt] of this.#emptying) {
      // Times further away than the delay were agreed before the machine's time was set back.
      if (vacatedAt > now && vacatedAt <= now + this.#options.vacatedDelayMs) break;
      this.#emptying.delete(channel);
      this.#options.changed({ type: 'vacated', channel });
    }
    if (this.#emptying.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }
}
