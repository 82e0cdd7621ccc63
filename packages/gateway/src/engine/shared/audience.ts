// Decides which process of a server is told of live subscriptions in all of them, and what its successor is told.
import type { AudienceChange } from '../audience.ts';

/** Channels with live subscriptions, by process. */
export class SharedAudience<G> {
  readonly #tell: (guest: G, change: AudienceChange) => void;
  // In the order in which they came: the first is told.
  readonly #channels = new Map<G, Set<string>>();

  constructor(tell: (guest: G, change: AudienceChange) => void) {
    this.#tell = tell;
  }

  /** A process has come; it has no subscriptions yet. */
  arrive(guest: G): void {
    this.#channels.set(guest, new Set());
    if (this.#channels.size === 1) this.#tell(guest, { name: 'begin' });
  }

  /** A channel has its first live subscription in a process, or none any more. */
  change(guest: G, change: Exclude<AudienceChange, { name: 'begin' }>): void {
    const channels = this.#channels.get(guest);
    if (change.name === 'joined') channels?.add(change.channel);
    else channels?.delete(change.channel);
    this.#tellFirst(change);
  }

  /** A process has gone, and its subscriptions with it. */
  depart(guest: G): void {
    const [first] = this.#channels.keys();
    const left = this.#channels.get(guest) ?? new Set();
    this.#channels.delete(guest);
    // The successor hears of what went with its predecessor as of any other end, so that who comes back at once is not worth a word.
    if (first === guest) this.#introduce([...this.#channels.values(), left]);
    for (const channel of left) this.#tellFirst({ name: 'left', channel });
  }

  #introduce(known: readonly ReadonlySet<string>[]): void {
    this.#tellFirst({ name: 'begin' });
    for (const channels of known) for (const channel of channels) this.#tellFirst({ name: 'joined', channel });
  }

  #tellFirst(change: AudienceChange): void {
    const [first] = this.#channels.keys();
    if (first !== undefined) this.#tell(first, change);
  }
}
