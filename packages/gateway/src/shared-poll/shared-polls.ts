// Decides which shared polls this node holds: one for each channel with subscribers, and a little longer.
import { after, type Clock } from '../clock.ts';
import type { Backend, SharedPollCall, SharedPollGrant } from '../backend/backend.ts';
import type { ChannelOptions } from '../config.ts';
import type { Log } from '../log.ts';
import { PollChannel, type Tracker } from './poll-channel.ts';
import type { PollMeter } from './poll-meter.ts';
import { Slots } from './slots.ts';

/** What shared polls need. */
export interface SharedPollsOptions {
  readonly clock: Pick<Clock, 'every'>;
  readonly log: Log;
  readonly backend: Pick<Backend, 'sharedPollRefresh'>;
  /** Calls to the backend at the same time. */
  readonly concurrencyLimit: number;
  /** Names one life of a channel's versions. */
  readonly newEpoch: () => string;
  readonly meter: PollMeter;
}

/** The polls of this node by channel. `T` is compared by identity. */
export class SharedPolls<T extends Tracker> {
  readonly #options: SharedPollsOptions;
  readonly #slots: Slots;
  readonly #channels = new Map<string, PollChannel<T>>();
  // How long each channel outlives its subscribers, in milliseconds.
  readonly #delays = new Map<string, number>();
  readonly #endings = new Map<string, () => void>();

  constructor(options: SharedPollsOptions) {
    this.#options = options;
    this.#slots = new Slots(options.concurrencyLimit);
  }

  get channelCount(): number {
    return this.#channels.size;
  }

  get keyCount(): number {
    let count = 0;
    for (const poll of this.#channels.values()) count += poll.keyCount;
    return count;
  }

  /** The poll of a channel that somebody is, or just was, subscribed to. */
  of(channel: string): PollChannel<T> | undefined {
    return this.#channels.get(channel);
  }

  /** Adds a subscriber. @returns the epoch that its versions belong to; "" if the backend has named none */
  join(channel: string, subscriber: T, settings: ChannelOptions['shared_poll']): string {
    this.#endings.get(channel)?.();
    this.#endings.delete(channel);
    let poll = this.#channels.get(channel);
    if (poll === undefined) {
      poll = this.#create(channel, settings);
      this.#channels.set(channel, poll);
      this.#delays.set(channel, settings.channel_shutdown_delay);
    }
    poll.join(subscriber);
    return poll.epoch;
  }

  /** Takes a subscriber out, with all that it tracks. */
  leave(channel: string, subscriber: T): void {
    const poll = this.#channels.get(channel);
    if (poll === undefined) return;
    poll.leave(subscriber);
    if (!poll.isEmpty || this.#endings.has(channel)) return;
    const delayMs = Math.max(this.#delays.get(channel) ?? 0, 1);
    this.#endings.set(
      channel,
      after(this.#options.clock, delayMs, () => this.#end(channel)),
    );
  }

  /** Ends everything. */
  stop(): void {
    for (const cancel of this.#endings.values()) cancel();
    for (const channel of this.#channels.keys()) this.#end(channel);
  }

  #end(channel: string): void {
    this.#channels.get(channel)?.stop();
    this.#channels.delete(channel);
    this.#delays.delete(channel);
    this.#endings.delete(channel);
  }

  #create(channel: string, settings: ChannelOptions['shared_poll']): PollChannel<T> {
    const { clock, log, newEpoch, meter } = this.#options;
    return new PollChannel<T>({
      channel,
      mode: settings.mode,
      epoch: settings.mode === 'versionless' ? newEpoch() : '',
      refreshIntervalMs: settings.refresh_interval,
      batchSize: settings.refresh_batch_size,
      clock,
      log,
      meter,
      ask: (question) => this.#ask(settings.proxy_name, question),
      inTurn: (work) => this.#slots.run(work),
    });
  }

  async #ask(proxyName: string, question: SharedPollCall): Promise<SharedPollGrant> {
    const answer = await this.#options.backend.sharedPollRefresh(proxyName, question);
    if (answer.ok) return answer.result ?? { items: [], epoch: '' };
    throw new Error(`the backend answered with code ${(answer.error ?? answer.disconnect).code}`);
  }
}
