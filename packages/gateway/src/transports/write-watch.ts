// Decides when a write takes too long: the network has not taken what was given to it for the whole time that it may take.
import type { Clock } from '../clock.ts';
import { limits } from '../limits.ts';

/** Something that writes. Sizes in bytes, times in milliseconds. */
export interface WatchedWriter {
  /** Written since the beginning. */
  readonly writtenBytes: number;
  /** Of these, not taken by the network yet. */
  readonly bufferedBytes: number;
  readonly writeTimeoutMs: number;
}

interface Progress {
  takenBytes: number;
  since: number;
}

/** Looks at all writers with something in their buffers together; the others cost nothing. */
export class WriteWatch<W extends WatchedWriter> {
  readonly #clock: Clock;
  readonly #onStalled: (writer: W) => void;
  readonly #writers = new Map<W, Progress>();
  readonly #stop: () => void;

  constructor(clock: Clock, onStalled: (writer: W) => void) {
    this.#clock = clock;
    this.#onStalled = onStalled;
    this.#stop = clock.every(limits.writeCheckMs, () => this.#look());
  }

  /** Begins to look at a writer that has something in its buffer; it is forgotten when the buffer is empty. */
  add(writer: W): void {
    if (this.#writers.has(writer)) return;
    this.#writers.set(writer, { takenBytes: takenBytes(writer), since: this.#clock.now() });
  }

  /** Forgets a writer. */
  remove(writer: W): void {
    this.#writers.delete(writer);
  }

  /** Looks no more. */
  stop(): void {
    this.#stop();
    this.#writers.clear();
  }

  #look(): void {
    const now = this.#clock.now();
    for (const [writer, progress] of this.#writers) {
      const taken = takenBytes(writer);
      if (writer.bufferedBytes === 0) {
        this.#writers.delete(writer);
      } else if (taken > progress.takenBytes || now < progress.since) {
        progress.takenBytes = taken;
        progress.since = now;
      } else if (now - progress.since >= writer.writeTimeoutMs) {
        this.#writers.delete(writer);
        this.#onStalled(writer);
      }
    }
  }
}

function takenBytes({ writtenBytes, bufferedBytes }: WatchedWriter): number {
  return writtenBytes - bufferedBytes;
}
