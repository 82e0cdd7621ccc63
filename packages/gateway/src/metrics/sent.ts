// Decides how messages that leave are counted: a number for each write, and the rest once for all who got the same.
import type { Message, Run } from '../hub/message.ts';
import type { Cell, Spread } from './series.ts';
import type { MetricStore } from './store.ts';

interface Cells {
  readonly messages: Cell;
  readonly bytes: Cell;
}

/** What sent messages need of the metrics. */
export interface SentNeeds {
  readonly store: MetricStore;
  /** Label of a channel's namespace. */
  namespaceOf(channel: string): string;
  /** Milliseconds since any moment, as messages have them in `since`. */
  elapsed(): number;
}

/** Counts what connections write and drop. */
export class SentMessages {
  readonly #needs: SentNeeds;
  readonly #dropped: Cells;
  #open: Run[] = [];

  constructor(needs: SentNeeds) {
    this.#needs = needs;
    const { store } = needs;
    this.#dropped = {
      messages: store.cell('parley_dropped_messages_total'),
      bytes: store.cell('parley_dropped_bytes_total'),
    };
  }

  /** Counts the write of a run to one connection. */
  wrote(run: Run, transport: string): void {
    if (run.writes === 0) {
      this.#open.push(run);
      run.writtenOver = transport;
    } else if (run.writtenOver !== transport) {
      this.#settle(run);
      run.writtenOver = transport;
    }
    run.writes += 1;
  }

  /** Counts a run that is not written any more. */
  dropped(run: Run): void {
    for (const { payload } of run.messages()) {
      this.#dropped.messages.value += 1;
      this.#dropped.bytes.value += payload.length;
    }
  }

  /** Puts what was written into the metrics. Called when all connections have been written to. */
  settle(): void {
    const open = this.#open;
    this.#open = [];
    for (const run of open) this.#settle(run);
  }

  #settle(run: Run): void {
    const { writes, writtenOver } = run;
    run.writes = 0;
    if (writes === 0) return;
    for (const message of run.messages()) {
      const { messages, bytes } = this.#cellsOf(message, writtenOver);
      messages.value += writes;
      bytes.value += writes * message.payload.length;
      const { since } = message.label;
      if (since !== undefined) this.#delay(message).observe((this.#needs.elapsed() - since) / 1000, writes);
    }
  }

  #cellsOf({ label }: Message, transport: string): Cells {
    const { store } = this.#needs;
    const labels = [transport, label.frame, this.#needs.namespaceOf(label.channel)] as const;
    return {
      messages: store.cell('centrifugo_transport_messages_sent', ...labels),
      bytes: store.cell('centrifugo_transport_messages_sent_size', ...labels),
    };
  }

  #delay({ label }: Message): Spread {
    return this.#needs.store.spread('parley_publish_to_write_seconds', this.#needs.namespaceOf(label.channel));
  }
}
