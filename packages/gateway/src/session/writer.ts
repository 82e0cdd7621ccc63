// Decides when queued messages leave, and when a client is too slow to keep.
import type { Message, Run } from '../hub/message.ts';
import type { Transport } from './transport.ts';

/** What is counted of what connections write. */
export interface SentMeter {
  /** A run was given to a transport. */
  wrote(run: Run, transport: string): void;
  /** A run was queued and is not written any more. */
  dropped(run: Run): void;
  /** All connections have been written to. */
  settle(): void;
}

/** Writes for all connections once a turn of the event loop. */
export class Flusher {
  readonly meter: SentMeter;
  #waiting: Writer[] = [];

  constructor(meter: SentMeter) {
    this.meter = meter;
  }

  /** Writes for this writer at the end of the turn. */
  add(writer: Writer): void {
    if (this.#waiting.length === 0) setImmediate(this.#flush);
    this.#waiting.push(writer);
  }

  /** Bytes that wait for the end of the turn. */
  get waitingBytes(): number {
    return this.#waiting.reduce((total, writer) => total + writer.queuedBytes, 0);
  }

  readonly #flush = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const writer of waiting) writer.flush();
    this.meter.settle();
  };
}

/** What all writers share. */
export interface WriterSettings {
  readonly flusher: Flusher;
  /** Queue and network buffer together; above it the owner is told that the client is too slow. */
  readonly maxQueueBytes: number;
}

/** The queue of one connection. */
export class Writer {
  readonly #transport: Transport;
  readonly #settings: WriterSettings;
  readonly #tooSlow: { tooSlow(): void };
  #run: Run | undefined;
  #isEnded = false;

  constructor(transport: Transport, settings: WriterSettings, owner: { tooSlow(): void }) {
    this.#transport = transport;
    this.#settings = settings;
    this.#tooSlow = owner;
  }

  /** Bytes that were not given to the transport yet. */
  get queuedBytes(): number {
    return this.#run?.bytes ?? 0;
  }

  /** Queues a message of this transport's format. Ignored after `end`. */
  push(message: Message): void {
    if (this.#isEnded) return;
    if (this.#run === undefined) {
      this.#run = message.alone;
      this.#settings.flusher.add(this);
    } else {
      this.#run = this.#run.followedBy(message);
    }
    if (this.#run.bytes + this.#transport.bufferedBytes > this.#settings.maxQueueBytes) {
      this.end({ flush: false });
      this.#tooSlow.tooSlow();
    }
  }

  /** Writes what is queued, now. */
  flush(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    this.#transport.write(run.framed(this.#transport.format));
    this.#settings.flusher.meter.wrote(run, this.#transport.name);
  }

  /** Takes nothing more; what is queued is written or dropped. */
  end({ flush }: { flush: boolean }): void {
    this.#isEnded = true;
    if (flush) this.flush();
    if (this.#run === undefined) return;
    this.#settings.flusher.meter.dropped(this.#run);
    this.#run = undefined;
  }
}
