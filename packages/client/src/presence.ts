// Decides who is in a room now: connections are counted as people.
import type { ClientInfo } from 'centrifuge';
import type { UserSummary } from '@parley/contract';
import { background } from './background.ts';
import type { Cancel, Clock, Log } from './ports.ts';
import { createStore } from './store.ts';
import type { Store, WritableStore } from './store.ts';

/**
 * Who is here. `unknown` until the server has told, and while it cannot be asked. `people` has each person once,
 * sorted by name, however many windows they have open.
 */
export type Presence = { name: 'unknown' } | { name: 'known'; count: number; people: readonly UserSummary[] };

/** What {@link PresenceState} needs. */
export interface PresencePorts {
  clock: Pick<Clock, 'after'>;
  log: Log;
  /** Asks who is here, by connection. */
  ask: () => Promise<{ clients: Record<string, ClientInfo> }>;
}

/** Changes are told together, at most this often, in milliseconds. */
const TELL_EVERY_MS = 250;

/** Presence in one room, from a snapshot and the joins and leaves that follow it. */
export class PresenceState {
  readonly presence: Store<Presence>;
  readonly #presence: WritableStore<Presence> = createStore<Presence>({ name: 'unknown' });
  readonly #ports: PresencePorts;
  #clients = new Map<string, UserSummary>();
  /** Joins and leaves that arrived while the snapshot was under way; null when none is. */
  #held: (() => void)[] | null = null;
  #round = 0;
  #cancelTell: Cancel | null = null;

  constructor(ports: PresencePorts) {
    this.presence = this.#presence;
    this.#ports = ports;
  }

  /** Asks anew who is here. */
  refresh(): void {
    background(this.#ports.log, 'asking who is here', this.#ask());
  }

  join(info: ClientInfo): void {
    this.#apply(() => this.#clients.set(info.client, personOf(info)));
  }

  leave(info: ClientInfo): void {
    this.#apply(() => this.#clients.delete(info.client));
  }

  /** Nobody is known any more. */
  clear(): void {
    this.#round += 1;
    this.#held = null;
    this.#clients = new Map();
    this.#cancelTell?.();
    this.#cancelTell = null;
    this.#presence.set({ name: 'unknown' });
  }

  async #ask(): Promise<void> {
    this.#round += 1;
    const round = this.#round;
    this.#held = [];
    try {
      const { clients } = await this.#ports.ask();
      if (round !== this.#round) return;
      this.#clients = new Map(Object.values(clients).map((info) => [info.client, personOf(info)]));
      // They may be part of the snapshot already; joining and leaving twice is the same as once.
      for (const change of this.#held) change();
      this.#publish();
    } finally {
      if (round === this.#round) this.#held = null;
    }
  }

  #apply(change: () => void): void {
    if (this.#held !== null) this.#held.push(change);
    else if (this.#presence.getSnapshot().name === 'known') {
      change();
      this.#cancelTell ??= this.#ports.clock.after(TELL_EVERY_MS, () => {
        this.#cancelTell = null;
        this.#publish();
      });
    }
  }

  #publish(): void {
    const people = new Map(Array.from(this.#clients.values(), (person) => [person.id, person]));
    const sorted = Array.from(people.values()).toSorted(
      (a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1),
    );
    this.#presence.set({ name: 'known', count: sorted.length, people: sorted });
  }
}

function personOf(info: ClientInfo): UserSummary {
  const details: unknown = info.connInfo;
  const named = typeof details === 'object' && details !== null && 'name' in details ? details.name : undefined;
  return { id: info.user, name: typeof named === 'string' ? named : info.user };
}
