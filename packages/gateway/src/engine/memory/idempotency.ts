// Remembers the results of idempotent publishes for a while, and forgets the oldest first.
import type { StreamPosition } from '@parley/protocol';

interface Entry {
  readonly result: StreamPosition;
  readonly expiresAt: number;
}

/** Results by channel and key. All live equally long, so that the order of insertion is the order of expiry. */
export class IdempotentResults {
  readonly #entries = new Map<string, Entry>();
  readonly #ttlMs: number;
  readonly #maxEntries: number;

  constructor(ttlMs: number, maxEntries: number) {
    this.#ttlMs = ttlMs;
    this.#maxEntries = maxEntries;
  }

  get(channel: string, key: string, now: number): StreamPosition | undefined {
    const entry = this.#entries.get(nameOf(channel, key));
    return entry !== undefined && now < entry.expiresAt ? entry.result : undefined;
  }

  add(channel: string, key: string, entry: { result: StreamPosition; now: number }): void {
    const name = nameOf(channel, key);
    this.#entries.delete(name);
    this.#entries.set(name, { result: entry.result, expiresAt: entry.now + this.#ttlMs });
    if (this.#entries.size <= this.#maxEntries) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  /** Forgets what has expired. */
  expire(now: number): void {
    for (const [name, entry] of this.#entries) {
      if (now < entry.expiresAt) return;
      this.#entries.delete(name);
    }
  }
}

// The length keeps apart ("a", "bc") and ("ab", "c").
function nameOf(channel: string, key: string): string {
  return `${channel.length}:${channel}${key}`;
}
