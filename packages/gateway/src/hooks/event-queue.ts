// Decides how events reach the application at least once: in order, in batches, again and again until it takes them.
import { after, type Clock, type Random } from '../clock.ts';
import { background, type Log } from '../log.ts';

/** What a queue needs. Times in milliseconds. */
export interface EventQueueOptions<Event> {
  /** For the log. */
  readonly name: string;
  readonly clock: Pick<Clock, 'every'>;
  readonly random: Random;
  readonly log: Log;
  readonly batchSize: number;
  readonly minRetryMs: number;
  readonly maxRetryMs: number;
  /** How many may wait. */
  readonly maxEvents: () => number;
  /** What stays of those that wait, oldest first, when there are too many. */
  readonly makeRoom: (waiting: readonly Event[]) => Event[];
  /** What is to be sent when nothing waits, if anything. */
  readonly refill?: () => Event[];
  /** Rejects if the application did not take all of them. */
  readonly send: (events: readonly Event[]) => Promise<void>;
  readonly delivered: (count: number) => void;
  /** Counts what nobody will get; called with the events that had no room, and with those left at the end. */
  readonly dropped: (count: number) => void;
}

type Phase =
  | { readonly name: 'idle' }
  | { readonly name: 'sending' }
  | { readonly name: 'waiting'; readonly cancel: () => void }
  | { readonly name: 'closed' };

const idle: Phase = { name: 'idle' };

/** Events on their way to one place; one batch at a time, so that their order is kept. */
export class EventQueue<Event> {
  readonly #options: EventQueueOptions<Event>;
  #waiting: Event[] = [];
  #sending: readonly Event[] = [];
  #phase: Phase = idle;
  #failures = 0;
  #closing: (() => void) | undefined;

  constructor(options: EventQueueOptions<Event>) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.length + this.#sending.length;
  }

  /** Queues an event. Ignored after `close`. */
  add(event: Event): void {
    if (this.#phase.name === 'closed') return;
    this.#waiting.push(event);
    if (this.size > this.#options.maxEvents()) this.#makeRoom();
    this.wake();
  }

  /** Sends what `refill` has, if nothing is on its way. */
  wake(): void {
    if (this.#phase.name === 'idle') background(this.#options.log, this.#pump());
  }

  /** Tries until everything is sent, an attempt fails, or the time is over; then takes nothing more. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#phase.name === 'closed') return;
    const ended = new Promise<void>((resolve) => (this.#closing = resolve));
    const cancel = after(this.#options.clock, timeoutMs, () => this.#closing?.());
    if (this.#phase.name === 'waiting') {
      this.#phase.cancel();
      this.#phase = idle;
    }
    this.wake();
    await ended;
    cancel();
    this.#phase = { name: 'closed' };
    if (this.size === 0) return;
    this.#options.dropped(this.size);
    this.#options.log.error(
      { hook: this.#options.name, events: this.size },
      'events were not delivered before the end',
    );
    this.#waiting = [];
  }

  async #pump(): Promise<void> {
    this.#phase = { name: 'sending' };
    while (this.#takeBatch()) {
      if (!(await this.#sendBatch())) return;
      if (this.#isClosed()) return;
    }
    this.#phase = idle;
    this.#closing?.();
  }

  #isClosed(): boolean {
    return this.#phase.name === 'closed';
  }

  #takeBatch(): boolean {
    if (this.#waiting.length === 0) this.#waiting = this.#options.refill?.() ?? [];
    this.#sending = this.#waiting.splice(0, this.#options.batchSize);
    return this.#sending.length > 0;
  }

  /** @returns whether to go on at once */
  async #sendBatch(): Promise<boolean> {
    const { log, name, send, delivered } = this.#options;
    try {
      await send(this.#sending);
    } catch (error) {
      if (this.#isClosed()) return false;
      this.#failures += 1;
      log.warn({ err: error, hook: name, waiting: this.size, failures: this.#failures }, 'events not taken');
      this.#waiting.unshift(...this.#sending);
      this.#sending = [];
      this.#retryLater();
      return false;
    }
    if (this.#isClosed()) return false;
    delivered(this.#sending.length);
    this.#sending = [];
    this.#failures = 0;
    return true;
  }

  #retryLater(): void {
    if (this.#closing !== undefined) {
      this.#closing();
      return;
    }
    const { clock, random, minRetryMs, maxRetryMs } = this.#options;
    const fullMs = Math.min(minRetryMs * 2 ** (this.#failures - 1), maxRetryMs);
    const cancel = after(clock, fullMs * (0.5 + random() / 2), () => {
      this.#phase = idle;
      this.wake();
    });
    this.#phase = { name: 'waiting', cancel };
  }

  #makeRoom(): void {
    const { log, name, makeRoom, dropped } = this.#options;
    const kept = makeRoom(this.#waiting);
    const count = this.#waiting.length - kept.length;
    this.#waiting = kept;
    dropped(count);
    log.error({ hook: name, events: count }, 'too many events wait for the backend; the oldest are dropped');
  }
}
