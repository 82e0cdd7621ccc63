// Decides who is shown as typing, and how often our own typing is told.
import type { RoomEvent, UserSummary } from '@parley/contract';
import type { Cancel, Clock } from './ports.ts';
import { createStore } from './store.ts';
import type { Store, WritableStore } from './store.ts';

/** While somebody types it is told at most this often, in milliseconds. */
const TELL_EVERY_MS = 3_000;
/** A typer of whom nothing is heard for so long has stopped, in milliseconds. */
const EXPIRES_MS = 6_000;
/** Greatest number of typers that are kept; more do not fit a line anyway. */
const MAX_TYPERS = 20;

/** What {@link TypingState} needs. */
export interface TypingPorts {
  clock: Clock;
  userId: string;
  /** Tells the room; loss does no harm. */
  tell: (state: 'start' | 'stop') => void;
}

/** Typing in one room, ours and that of others. */
export class TypingState {
  /** Who types now, without ourselves, in the order in which they began. */
  readonly typers: Store<readonly UserSummary[]>;
  readonly #typers: WritableStore<readonly UserSummary[]> = createStore<readonly UserSummary[]>([]);
  readonly #ports: TypingPorts;
  readonly #expiries = new Map<string, { user: UserSummary; cancel: Cancel }>();
  #toldAt: number | null = null;

  constructor(ports: TypingPorts) {
    this.typers = this.#typers;
    this.#ports = ports;
  }

  /** A key was pressed in the composer. */
  keystroke(): void {
    const now = this.#ports.clock.now();
    if (this.#toldAt !== null && now - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = now;
    this.#ports.tell('start');
  }

  /** The composer was emptied, left or sent. */
  stop(): void {
    const told = this.#toldAt;
    this.#toldAt = null;
    if (told !== null && this.#ports.clock.now() - told < EXPIRES_MS) this.#ports.tell('stop');
  }

  /** The message is the end of typing it: nobody has to be told. */
  sent(): void {
    this.#toldAt = null;
  }

  /** Works in an event of the room. */
  receive(event: RoomEvent): void {
    if (event.type === 'message.created') this.#remove(event.data.message.author.id);
    if (event.type !== 'typing') return;
    const { user, state } = event.data;
    if (user.id === this.#ports.userId) return;
    if (state === 'stop') this.#remove(user.id);
    else this.#add(user);
  }

  /** Forgets everybody. */
  clear(): void {
    for (const { cancel } of this.#expiries.values()) cancel();
    this.#expiries.clear();
    this.#toldAt = null;
    if (this.#typers.getSnapshot().length > 0) this.#typers.set([]);
  }

  #add(user: UserSummary): void {
    const known = this.#expiries.get(user.id);
    if (known === undefined && this.#expiries.size >= MAX_TYPERS) return;
    known?.cancel();
    const cancel = this.#ports.clock.after(EXPIRES_MS, () => this.#remove(user.id));
    this.#expiries.set(user.id, { user: known?.user ?? user, cancel });
    if (known === undefined) this.#publish();
  }

  #remove(userId: string): void {
    const known = this.#expiries.get(userId);
    if (known === undefined) return;
    known.cancel();
    this.#expiries.delete(userId);
    this.#publish();
  }

  #publish(): void {
    this.#typers.set(Array.from(this.#expiries.values(), (entry) => entry.user));
  }
}
