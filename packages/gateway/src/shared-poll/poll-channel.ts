// Decides the life of one shared poll on this node: who is subscribed, when the backend is asked, and who hears the answer.
import type { SharedPollCall, SharedPollGrant } from '../backend/backend.ts';
import type { Clock } from '../clock.ts';
import { Delivery, type Form } from '../hub/delivery.ts';
import { background, type Log } from '../log.ts';
import { inBatches, startCycles } from './cycles.ts';
import type { AskedPoll, PollMeter, PollTrigger } from './poll-meter.ts';
import { type Consequences, type PollMode, PollState } from './poll-state.ts';

/** A subscription as a shared poll sees it. */
export interface Tracker {
  /** What is new at a key that it tracks. */
  deliverUpdate(delivery: Delivery, form: Form): void;
  /** All that it knows is void: it has to subscribe again. */
  lose(): void;
}

/** A key that a connection begins to track; `version` is what it has, `expiresAt` in Unix milliseconds. */
export interface TrackedKey {
  readonly key: string;
  readonly version: number;
  readonly expiresAt: number | undefined;
}

/** What one poll needs; times in milliseconds. `ask` rejects if the backend does not answer. */
export interface PollChannelOptions {
  readonly channel: string;
  readonly epoch: string;
  readonly mode: PollMode;
  readonly refreshIntervalMs: number;
  readonly batchSize: number;
  readonly clock: Pick<Clock, 'every'>;
  readonly ask: (question: SharedPollCall) => Promise<SharedPollGrant>;
  /** Runs calls to the backend, as many at once as the node may. */
  readonly inTurn: (work: () => Promise<void>) => Promise<void>;
  readonly log: Log;
  readonly meter: PollMeter;
}

/** One channel. Its subscribers stay until they leave; what they track ends with them. */
export class PollChannel<T extends Tracker> {
  readonly #options: PollChannelOptions;
  readonly #state: PollState<T>;
  readonly #subscribers = new Map<T, Map<string, number | undefined>>();
  // Keys that are asked for out of turn; true: once more after the answer.
  readonly #asked = new Map<string, boolean>();
  #stopCycles: (() => void) | undefined;
  // Milliseconds with a question of the present cycle under way.
  #workedMs = 0;

  constructor(options: PollChannelOptions) {
    this.#options = options;
    this.#state = new PollState(options.mode, options.epoch);
  }

  get epoch(): string {
    return this.#state.epoch;
  }

  get keyCount(): number {
    return this.#state.keyCount;
  }

  get isEmpty(): boolean {
    return this.#subscribers.size === 0;
  }

  join(subscriber: T): void {
    this.#subscribers.set(subscriber, new Map());
  }

  /** Takes a subscriber out, with all that it tracks. */
  leave(subscriber: T): void {
    const tracks = this.#subscribers.get(subscriber);
    if (tracks === undefined) return;
    this.#subscribers.delete(subscriber);
    for (const key of tracks.keys()) this.#state.untrack(subscriber, key);
    this.#stopIfIdle();
  }

  /** How many keys a subscriber would track. Undefined: it is not subscribed. */
  countWith(subscriber: T, keys: ReadonlySet<string>, without: ReadonlySet<string>): number | undefined {
    const tracks = this.#subscribers.get(subscriber);
    if (tracks === undefined) return undefined;
    return new Set([...tracks.keys(), ...keys]).difference(without).size;
  }

  /** Tracks keys and asks the backend at once for what the subscriber lacks. Nothing happens to who is not subscribed. */
  track(subscriber: T, tracked: readonly TrackedKey[], without: readonly string[]): void {
    const tracks = this.#subscribers.get(subscriber);
    if (tracks === undefined) return;
    this.#startCycles();
    const untracked = new Set(without);
    const wanted: string[] = [];
    for (const { key, version, expiresAt } of tracked) {
      if (untracked.has(key)) continue;
      tracks.set(key, expiresAt);
      if (this.#state.track(subscriber, key, version)) wanted.push(key);
    }
    this.untrack(subscriber, without);
    this.#askNow(wanted);
  }

  /** Tracks these keys no more. */
  untrack(subscriber: T, keys: readonly string[]): void {
    const tracks = this.#subscribers.get(subscriber);
    for (const key of keys) {
      if (tracks?.delete(key) === true) this.#state.untrack(subscriber, key);
    }
    this.#stopIfIdle();
  }

  /** Drops what was allowed until `beforeMs` or earlier. */
  expire(subscriber: T, beforeMs: number): void {
    const tracks = this.#subscribers.get(subscriber);
    if (tracks === undefined) return;
    const over = [...tracks].filter(([, expiresAt]) => expiresAt !== undefined && expiresAt <= beforeMs);
    if (over.length > 0) {
      this.untrack(
        subscriber,
        over.map(([key]) => key),
      );
    }
  }

  /** Takes what the backend publishes by itself. */
  publish(item: Parameters<PollState<T>['publish']>[0], epoch: string): void {
    const consequences = this.#state.publish(item, epoch);
    this.#options.meter.published(this.#options.channel, consequences.isFlipped || consequences.updates.length > 0);
    this.#tell(consequences);
  }

  /** Asks no more. */
  stop(): void {
    this.#stopCycles?.();
    this.#stopCycles = undefined;
  }

  #startCycles(): void {
    const { clock, refreshIntervalMs: intervalMs, batchSize } = this.#options;
    this.#stopCycles ??= startCycles({
      clock,
      intervalMs,
      batchSize,
      takeDue: () => this.#state.takeDue(),
      ask: async (keys) => void (await this.#ask(keys, 'cycle')),
      begin: () => this.#beginCycle(),
    });
  }

  #stopIfIdle(): void {
    if (this.#state.keyCount === 0) this.stop();
  }

  #askNow(wanted: readonly string[]): void {
    const fresh = wanted.filter((key) => !this.#asked.has(key));
    for (const key of wanted) this.#asked.set(key, this.#asked.has(key));
    for (const keys of inBatches(fresh, this.#options.batchSize))
      background(this.#options.log, this.#askOutOfTurn(keys));
  }

  async #askOutOfTurn(keys: readonly string[]): Promise<void> {
    const isAnswered = await this.#ask(keys, 'track');
    const again = keys.filter((key) => this.#asked.get(key) === true && this.#state.isWanted(key));
    for (const key of keys) this.#asked.delete(key);
    // After a failure the next cycle asks, so that a backend in trouble is left alone.
    if (isAnswered) this.#askNow(again);
  }

  #beginCycle(): () => void {
    const { channel, meter } = this.#options;
    const startedAt = meter.elapsed();
    this.#workedMs = 0;
    return () => meter.cycled(channel, { tookMs: meter.elapsed() - startedAt, workedMs: this.#workedMs });
  }

  /** @returns whether there was an answer; never rejects */
  async #ask(keys: readonly string[], trigger: PollTrigger): Promise<boolean> {
    const { channel, inTurn, log, meter } = this.#options;
    const wantedAt = meter.elapsed();
    try {
      await inTurn(() => this.#askBackend(keys, { trigger, waitedMs: meter.elapsed() - wantedAt }));
      return true;
    } catch (error) {
      log.warn({ err: error, channel }, 'shared poll not refreshed');
      return false;
    }
  }

  async #askBackend(keys: readonly string[], asked: Pick<AskedPoll, 'trigger' | 'waitedMs'>): Promise<void> {
    const { channel, ask, meter } = this.#options;
    const { number, items } = this.#state.ask(keys);
    if (items.length === 0) return;
    const startedAt = meter.elapsed();
    let counted: AskedPoll['items'];
    try {
      const answer = await ask({ channel, items });
      const consequences = this.#state.answer(number, answer);
      const changed = consequences.updates.length;
      counted = { changed, unchanged: answer.items.length - changed };
      this.#tell(consequences);
    } finally {
      const tookMs = meter.elapsed() - startedAt;
      if (asked.trigger === 'cycle') this.#workedMs += tookMs;
      meter.asked(channel, { ...asked, tookMs, items: counted });
    }
  }

  #tell({ isFlipped, updates }: Consequences<T>): void {
    if (isFlipped) {
      const subscribers = [...this.#subscribers.keys()];
      this.#subscribers.clear();
      this.stop();
      for (const subscriber of subscribers) subscriber.lose();
      return;
    }
    const { channel, meter } = this.#options;
    for (const { publication, base, recipients } of updates) {
      meter.told(channel, recipients.length);
      const delivery = new Delivery(channel, { publication, epoch: '', base, lagMs: 0 });
      for (const { tracker, form } of recipients) {
        if (publication.removed === true && publication.key !== undefined) {
          this.#subscribers.get(tracker)?.delete(publication.key);
        }
        tracker.deliverUpdate(delivery, form);
      }
    }
    this.#stopIfIdle();
  }
}
