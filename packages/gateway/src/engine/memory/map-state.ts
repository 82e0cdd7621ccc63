// Decides what one map in memory holds: its entries in order of their keys, and the stream of their changes.
import type { StreamPosition, WirePublication } from '@parley/protocol';
import type { MapPage, MapPublishSettings, MapStateQuery, MapStorage, NewMapEntry } from '../map-broker.ts';
import { SortedKeys } from './sorted-keys.ts';
import { Stream, type Unnumbered } from './stream.ts';

type Tags = NonNullable<WirePublication['tags']>;

/** A key with its value, as the expiry wheel holds it. Times in Unix milliseconds. */
export class MapEntry {
  slot = -1;
  readonly owner: MapState;
  readonly key: string;
  /** The last change, with its offset. */
  publication: WirePublication;
  expiresAt = Infinity;
  version = 0;
  versionEpoch = '';

  constructor(owner: MapState, key: string, publication: WirePublication) {
    this.owner = owner;
    this.key = key;
    this.publication = publication;
  }

  /** Lives on as if it had just been published. */
  renew(now: number): void {
    const { keyTtlMs } = this.owner.storage;
    this.expiresAt = keyTtlMs > 0 ? now + keyTtlMs : Infinity;
  }

  /** Whether it was set with this version or a higher one. */
  hasVersion({ version = 0, versionEpoch = '' }: MapPublishSettings): boolean {
    const isSameEpoch = versionEpoch === '' || versionEpoch === this.versionEpoch;
    return version > 0 && isSameEpoch && version <= this.version;
  }
}

/** One life of one map. */
export class MapState {
  /** Where the expiry wheel holds it. */
  slot = -1;
  readonly channel: string;
  storage: MapStorage;
  readonly #stream: Stream;
  readonly #entries = new Map<string, MapEntry>();
  readonly #keys = new SortedKeys();

  constructor(channel: string, epoch: string, { storage, now }: { storage: MapStorage; now: number }) {
    this.channel = channel;
    this.storage = storage;
    this.#stream = new Stream(channel, epoch, now + metaTtlOf(storage));
  }

  get size(): number {
    return this.#entries.size;
  }

  get position(): StreamPosition {
    return this.#stream.position;
  }

  /** When to look again whether something besides keys expired. */
  get wakeAt(): number {
    return this.#stream.wakeAt;
  }

  entries(): IterableIterator<MapEntry> {
    return this.#entries.values();
  }

  entry(key: string): MapEntry | undefined {
    return this.#entries.get(key);
  }

  /** Whether offset and epoch are to be forgotten; never while there are keys. */
  isDead(now: number): boolean {
    return this.size === 0 && this.#stream.isDead(now);
  }

  /** Keeps offset and epoch alive, and drops the stream's publications if their time is over. */
  touch(now: number): void {
    this.#stream.touch(now + metaTtlOf(this.storage));
    this.#stream.expire(now);
  }

  /** Sets a key. @returns its entry, and the change with its offset as it is handed over */
  set({ key, ...value }: NewMapEntry, now: number): { entry: MapEntry; change: WirePublication } {
    let entry = this.#entries.get(key);
    const former = entry && formerTags(entry, value.tags);
    const { epoch: _epoch, ...change } = this.#append({ ...value, key, ...former }, now);
    const { formerTags: _former, ...publication } = change;
    if (entry === undefined) {
      entry = new MapEntry(this, key, publication);
      this.#entries.set(key, entry);
      this.#keys.add(key);
    }
    entry.publication = publication;
    entry.renew(now);
    return { entry, change };
  }

  /** Removes an entry. @returns the removal with its offset */
  delete(entry: MapEntry, tags: WirePublication['tags'], now: number): WirePublication {
    const { key } = entry;
    this.#entries.delete(key);
    this.#keys.delete(key);
    const { epoch: _epoch, ...change } = this.#append(
      { key, removed: true, ...(tags === undefined ? {} : { tags }), ...formerTags(entry, tags) },
      now,
    );
    return change;
  }

  page({ limit, after, key }: MapStateQuery): MapPage {
    const { position } = this;
    if (key !== undefined) {
      const entry = limit === 0 ? undefined : this.#entries.get(key);
      return { entries: entry === undefined ? [] : [entry.publication], position, cursor: '' };
    }
    if (limit === 0) return { entries: [], position, cursor: '' };
    const keys = this.#keys.after(after, limit < 0 ? this.size : limit + 1);
    const isLast = limit < 0 || keys.length <= limit;
    if (!isLast) keys.pop();
    const entries = keys.flatMap((name) => this.#entries.get(name)?.publication ?? []);
    return { entries, position, cursor: isLast ? '' : (keys.at(-1) ?? '') };
  }

  readStream(query: Parameters<Stream['read']>[0]): readonly WirePublication[] {
    return this.#stream.read(query);
  }

  #append(change: Unnumbered, now: number): WirePublication {
    const { hasStream, streamSize, streamTtlMs } = this.storage;
    if (!hasStream) return { ...change, offset: 0 };
    return this.#stream.append(
      change,
      { size: streamSize, ttlMs: streamTtlMs, metaTtlMs: metaTtlOf(this.storage) },
      now,
    );
  }
}

/** The tags of an entry as a change speaks of them that gives it others. */
function formerTags({ publication: { tags = {} } }: MapEntry, next: Tags = {}): { readonly formerTags?: Tags } {
  const names = Object.keys(tags);
  const isSame =
    names.length === Object.keys(next).length &&
    names.every((name) => Object.hasOwn(next, name) && next[name] === tags[name]);
  return isSame ? {} : { formerTags: tags };
}

// A map without a stream has nothing that outlives its keys; its epoch stays for as long as a key would.
function metaTtlOf({ hasStream, metaTtlMs, keyTtlMs }: MapStorage): number {
  if (!hasStream) return keyTtlMs;
  return metaTtlMs > 0 ? metaTtlMs : Infinity;
}
