// Decides what a node knows about the keys of one shared poll, what it asks, and who hears what of an answer: pure.
import { hash } from 'node:crypto';
import { type Payload, payloadBytes, type WirePublication } from '@parley/protocol';
import type { SharedPollCall, SharedPollGrant, SharedPollItem } from '../backend/backend.ts';

/** Whether the backend gives versions, or the node counts the changes that it sees. */
export type PollMode = 'versioned' | 'versionless';

/** Who gets an update; `patch`: it holds what `base` is, if it wants deltas. */
export interface Recipient<T> {
  readonly tracker: T;
  readonly form: 'full' | 'patch';
}

/** Something to be told about one key. */
export interface Update<T> {
  readonly publication: WirePublication;
  /** What stood at the key before. */
  readonly base: Payload | undefined;
  readonly recipients: readonly Recipient<T>[];
}

/** What follows from an answer. `isFlipped`: all versions are void, and everybody has to begin again. */
export interface Consequences<T> {
  readonly isFlipped: boolean;
  readonly updates: readonly Update<T>[];
}

interface Held {
  version: number;
  /** Whether it got that version from here, so that a patch can be made against it. */
  hasData: boolean;
}

interface Key<T> {
  version: number;
  digest: string | undefined;
  /** Somebody needs what is there, even if it did not change. */
  isWanted: boolean;
  /** Got data by publish since the last cycle. */
  isFresh: boolean;
  /** The newest call that spoke of it. */
  call: number;
  readonly trackers: Map<T, Held>;
}

/** What a key becomes. */
interface Changed extends Omit<SharedPollItem, 'version'> {
  readonly data: Payload;
  readonly epoch?: string;
}

const nothing: Consequences<never> = { isFlipped: false, updates: [] };

/** The keys of one channel with who tracks them. `T` is compared by identity. */
export class PollState<T> {
  readonly #mode: PollMode;
  readonly #keys = new Map<string, Key<T>>();
  #epoch: string;
  #counter = 0;
  #calls = 0;
  // Answers to calls up to this one speak of versions that are void.
  #voidCalls = 0;

  /** @param epoch what subscribers are told; versioned polls begin with "" */
  constructor(mode: PollMode, epoch: string) {
    this.#mode = mode;
    this.#epoch = epoch;
  }

  get epoch(): string {
    return this.#epoch;
  }

  get keyCount(): number {
    return this.#keys.size;
  }

  /** Adds a tracker that has this version of the key (0: none). @returns whether the backend has to be asked at once */
  track(tracker: T, key: string, version: number): boolean {
    const known = this.#keys.get(key);
    if (known === undefined) {
      const trackers = new Map([[tracker, { version, hasData: false }]]);
      this.#keys.set(key, { version: 0, digest: undefined, isWanted: false, isFresh: false, call: 0, trackers });
      return version === 0;
    }
    const held = known.trackers.get(tracker);
    const hasData = held?.hasData === true && held.version === version;
    known.trackers.set(tracker, { version, hasData });
    const isBehind = version === 0 || version < known.version;
    known.isWanted ||= isBehind;
    return isBehind;
  }

  /** Takes a tracker from a key; a key without trackers is forgotten. */
  untrack(tracker: T, key: string): void {
    const known = this.#keys.get(key);
    known?.trackers.delete(tracker);
    if (known?.trackers.size === 0) this.#keys.delete(key);
  }

  /** Whether somebody waits for what is at this key, changed or not. */
  isWanted(key: string): boolean {
    return this.#keys.get(key)?.isWanted === true;
  }

  /** Keys for the next cycle, in order: all but those that were published since the last one. */
  takeDue(): string[] {
    const due: string[] = [];
    for (const [name, key] of this.#keys) {
      if (!key.isFresh) due.push(name);
      key.isFresh = false;
    }
    return due.sort();
  }

  /** Begins a call about those of the keys that are still tracked. `number` belongs to its answer. */
  ask(keys: readonly string[]): { readonly number: number; readonly items: SharedPollCall['items'] } {
    this.#calls += 1;
    const items = keys.flatMap((name) => {
      const key = this.#keys.get(name);
      if (key === undefined) return [];
      const isSaid = this.#mode === 'versioned' && !key.isWanted && key.version > 0;
      return [{ key: name, version: isSaid ? key.version : 0 }];
    });
    return { number: this.#calls, items };
  }

  /** Takes the answer to a call. What a later call has already answered is left out. */
  answer(call: number, { items, epoch }: SharedPollGrant): Consequences<T> {
    if (call <= this.#voidCalls) return nothing;
    if (this.#isOtherEpoch(epoch)) return this.#flip(epoch);
    const updates = items.flatMap((item) => this.#apply(item, call) ?? []);
    return { isFlipped: false, updates };
  }

  /** Takes what the backend publishes by itself. */
  publish(item: { key: string; data: Payload; version: number }, epoch: string): Consequences<T> {
    if (this.#isOtherEpoch(epoch)) return this.#flip(epoch);
    const key = this.#keys.get(item.key);
    if (key === undefined || item.version <= key.version) return nothing;
    key.isFresh = true;
    const update = this.#change(key, { ...item, epoch }, item.version);
    return { isFlipped: false, updates: [update] };
  }

  #isOtherEpoch(epoch: string): boolean {
    return this.#mode === 'versioned' && epoch !== '' && epoch !== this.#epoch;
  }

  #flip(epoch: string): Consequences<T> {
    this.#epoch = epoch;
    this.#voidCalls = this.#calls;
    this.#keys.clear();
    return { isFlipped: true, updates: [] };
  }

  #apply(item: SharedPollItem, call: number): Update<T> | undefined {
    const key = this.#keys.get(item.key);
    if (key === undefined || call < key.call) return undefined;
    key.call = call;
    if (item.removed === true) return this.#remove(item.key, key);
    const { data } = item;
    if (data === undefined) return undefined;
    const version = this.#versionOf(item, key, data);
    const isNews = version > key.version || (key.isWanted && version === key.version);
    return isNews ? this.#change(key, { ...item, data }, version) : undefined;
  }

  #versionOf({ version }: SharedPollItem, key: Key<T>, data: Payload): number {
    if (version === 0) {
      if (key.digest === digestOf(data)) return key.version;
      this.#counter += 1;
      return this.#counter;
    }
    this.#counter = Math.max(this.#counter, version);
    return version;
  }

  #change(key: Key<T>, item: Changed, version: number): Update<T> {
    const before = key.version;
    // A patch against something else than what the client holds would end its subscription.
    const isBaseKnown = item.prevData !== undefined && version > before && digestOf(item.prevData) === key.digest;
    key.version = version;
    key.digest = digestOf(item.data);
    key.isWanted = false;
    const recipients: Recipient<T>[] = [];
    for (const [tracker, held] of key.trackers) {
      if (held.version >= version) continue;
      const form = isBaseKnown && held.hasData && held.version === before ? 'patch' : 'full';
      held.version = version;
      held.hasData = true;
      recipients.push({ tracker, form });
    }
    const { data, epoch = '' } = item;
    const publication = { offset: 0, key: item.key, data, version, ...(epoch === '' ? {} : { epoch }) };
    return { publication, base: isBaseKnown ? item.prevData : undefined, recipients };
  }

  #remove(name: string, { trackers }: Key<T>): Update<T> {
    this.#keys.delete(name);
    const recipients = Array.from(trackers.keys(), (tracker) => ({ tracker, form: 'full' as const }));
    return { publication: { offset: 0, key: name, removed: true }, base: undefined, recipients };
  }
}

function digestOf(data: Payload): string {
  return hash('sha256', payloadBytes(data), 'base64');
}
