// Decides how many connections come in and how fast, and how all of them are sent away: one place for all transports.
import { disconnects } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { limits } from '../limits.ts';
import { background } from '../log.ts';
import { disconnect } from '../operations/disconnect.ts';
import type { Session } from '../session/session.ts';
import { TokenBucket } from './token-bucket.ts';
import { type WatchedWriter, WriteWatch } from './write-watch.ts';

/** A connection of any transport, from the moment it is open until it is closed on both sides. */
export interface OpenConnection extends WatchedWriter {
  readonly session: Session;
  /** Ends it at once, without a word. */
  cut(): void;
}

/** The connections of all transports. */
export class Doors {
  readonly #context: GatewayContext;
  readonly #connections = new Set<OpenConnection>();
  readonly #arrivals: TokenBucket;
  readonly #writes: WriteWatch<OpenConnection>;
  #isClosed = false;
  #onEmpty: (() => void) | undefined;

  constructor(context: GatewayContext) {
    this.#context = context;
    this.#arrivals = new TokenBucket(() => context.clock.now());
    this.#writes = new WriteWatch(context.clock, ({ session }) =>
      background(context.log, disconnect(context, session, disconnects.writeError)),
    );
  }

  /** Connections that are open or closing. */
  get size(): number {
    return this.#connections.size;
  }

  /** Whether one more would be too many, or nobody is let in any more. */
  get isFull(): boolean {
    const { connection_limit: limit } = this.#context.config.client;
    return this.#isClosed || (limit > 0 && this.#connections.size >= limit);
  }

  /** Counts somebody who wants in. @returns false: not now */
  admit(): boolean {
    const { connection_rate_limit: perSecond } = this.#context.config.client;
    if (this.isFull && !this.#isClosed) this.#context.metrics.store.count('centrifugo_node_client_connection_limit');
    return !this.isFull && (perSecond === 0 || this.#arrivals.take(perSecond));
  }

  add(connection: OpenConnection): void {
    this.#connections.add(connection);
  }

  remove(connection: OpenConnection): void {
    this.#connections.delete(connection);
    this.#writes.remove(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  /** To be called after a write that the network has not taken whole: a connection on which that lasts ends with 3009. */
  watchWrites(connection: OpenConnection): void {
    if (connection.writeTimeoutMs > 0) this.#writes.add(connection);
  }

  /**
   * Lets nobody in any more, sends everyone away with 3001 and resolves when they are gone, at the latest after `timeoutMs`. Many are
   * sent away in bursts, in no more than half of that time.
   */
  async close(timeoutMs: number): Promise<void> {
    this.#isClosed = true;
    const emptied = this.#emptied(timeoutMs);
    await this.#sendAllAway(timeoutMs / 2);
    await emptied;
    for (const connection of this.#connections) connection.cut();
    this.#writes.stop();
  }

  async #sendAllAway(withinMs: number): Promise<void> {
    const waiting = [...this.#connections];
    const bursts = Math.max(Math.floor(withinMs / limits.burstIntervalMs), 1);
    const perBurst = Math.max(limits.disconnectsPerBurst, Math.ceil(waiting.length / bursts));
    while (waiting.length > 0) {
      for (const { session } of waiting.splice(0, perBurst)) {
        background(this.#context.log, disconnect(this.#context, session, disconnects.shutdown));
      }
      if (waiting.length > 0) await new Promise((resolve) => setTimeout(resolve, limits.burstIntervalMs));
    }
  }

  async #emptied(timeoutMs: number): Promise<void> {
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
