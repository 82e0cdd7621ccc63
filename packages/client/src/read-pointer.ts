// Decides when the server is told how far a person has read.
import { backoffMs } from './backoff.ts';
import { background } from './background.ts';
import type { Cancel, Clock, Log } from './ports.ts';
import { isRetryable } from './problem.ts';
import type { Outcome } from './problem.ts';

/** Marks that follow each other within this time are told once, in milliseconds. */
const DEBOUNCE_MS = 500;
const RETRY = { firstMs: 2_000, maxMs: 60_000 };

/** What {@link ReadPointerSync} needs. */
export interface ReadPointerPorts {
  clock: Clock;
  log: Log;
  tell: (seq: number) => Promise<Outcome<unknown>>;
}

/** One room's read pointer on its way to the server. It only ever moves forward. */
export class ReadPointerSync {
  readonly #ports: ReadPointerPorts;
  #wanted = 0;
  #told = 0;
  #failures = 0;
  #isTelling = false;
  #cancel: Cancel | null = null;

  constructor(ports: ReadPointerPorts) {
    this.#ports = ports;
  }

  /** Everything up to `seq` has been read. Returns whether that is news. */
  mark(seq: number): boolean {
    if (seq <= this.#wanted) return false;
    this.#wanted = seq;
    this.#schedule(DEBOUNCE_MS);
    return true;
  }

  /** The server knows already, for example from another device. */
  known(seq: number): void {
    this.#told = Math.max(this.#told, seq);
    this.#wanted = Math.max(this.#wanted, seq);
  }

  /** Tells at once what has not been told. */
  flush(): void {
    if (this.#cancel === null) return;
    this.#schedule(0);
  }

  #schedule(delayMs: number): void {
    this.#cancel?.();
    this.#cancel = this.#ports.clock.after(delayMs, () => {
      this.#cancel = null;
      background(this.#ports.log, 'moving the read pointer', this.#send());
    });
  }

  async #send(): Promise<void> {
    if (this.#isTelling || this.#wanted <= this.#told) return;
    this.#isTelling = true;
    const seq = this.#wanted;
    try {
      const answer = await this.#ports.tell(seq);
      this.#failures = answer.ok ? 0 : this.#failures + 1;
      if (answer.ok) this.#told = Math.max(this.#told, seq);
      else if (!isRetryable(answer.problem)) this.#told = seq;
      else
        this.#schedule(Math.max(answer.problem.retryAfterMs ?? 0, backoffMs(this.#ports.clock, this.#failures, RETRY)));
    } finally {
      this.#isTelling = false;
    }
    if (this.#wanted > seq && this.#cancel === null) this.#schedule(DEBOUNCE_MS);
  }
}
