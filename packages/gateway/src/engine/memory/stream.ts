// Decides what one stream in memory holds, and when its parts expire.
import type { StreamPosition, WirePublication } from '@parley/protocol';
import type { HistoryQuery, HistorySettings } from '../broker.ts';

/** A publication before it has its place in a stream. */
export type Unnumbered = Omit<WirePublication, 'offset' | 'epoch'>;

/** One life of one channel's stream. Times in Unix milliseconds. */
export class Stream {
  /** Where the expiry wheel holds it. */
  slot = -1;
  readonly channel: string;
  readonly epoch: string;
  #top = 0;
  // Live publications are those from `#first` on; what is before it is cut off now and then, not each time.
  #publications: WirePublication[] = [];
  #first = 0;
  #expiresAt = 0;
  #metaExpiresAt: number;
  #version = 0;
  #versionEpoch = '';

  constructor(channel: string, epoch: string, metaExpiresAt: number) {
    this.channel = channel;
    this.epoch = epoch;
    this.#metaExpiresAt = metaExpiresAt;
  }

  get position(): StreamPosition {
    return { offset: this.#top, epoch: this.epoch };
  }

  /** The newest publication that is still there; `expire` comes first. */
  get latest(): WirePublication | undefined {
    return this.#publications.at(-1);
  }

  /** When to look again whether something expired. */
  get wakeAt(): number {
    return this.#size > 0 ? Math.min(this.#expiresAt, this.#metaExpiresAt) : this.#metaExpiresAt;
  }

  /** Whether offset and epoch are to be forgotten as well. */
  isDead(now: number): boolean {
    return now >= this.#metaExpiresAt;
  }

  /** Keeps offset and epoch alive. */
  touch(metaExpiresAt: number): void {
    this.#metaExpiresAt = Math.max(this.#metaExpiresAt, metaExpiresAt);
  }

  /** Whether this version, or a higher one, was published before. Otherwise remembers it. */
  hasVersion(version: number, versionEpoch: string): boolean {
    const isSameEpoch = versionEpoch === '' || versionEpoch === this.#versionEpoch;
    if (isSameEpoch && version <= this.#version) return true;
    this.#version = version;
    this.#versionEpoch = versionEpoch;
    return false;
  }

  append(publication: Unnumbered, settings: HistorySettings, now: number): WirePublication {
    this.expire(now);
    this.#top += 1;
    const numbered: WirePublication =
      this.#top === 1 ? { ...publication, offset: 1, epoch: this.epoch } : { ...publication, offset: this.#top };
    this.#publications.push(numbered);
    if (this.#size > settings.size) this.#dropUntil(this.#publications.length - settings.size);
    this.#expiresAt = now + settings.ttlMs;
    this.touch(now + settings.metaTtlMs);
    return numbered;
  }

  /** Drops all publications. */
  clear(): void {
    this.#publications = [];
    this.#first = 0;
  }

  /** Drops the publications if their time is over. */
  expire(now: number): void {
    if (this.#size > 0 && now >= this.#expiresAt) this.clear();
  }

  read({ limit, since, reverse }: Omit<HistoryQuery, 'metaTtlMs'>): readonly WirePublication[] {
    if (limit === 0) return [];
    const [from, to] = this.#range(since?.offset, reverse === true);
    if (from >= to) return [];
    const count = limit < 0 ? to - from : Math.min(limit, to - from);
    if (reverse !== true) return this.#publications.slice(from, from + count);
    return this.#publications.slice(to - count, to).reverse();
  }

  get #size(): number {
    return this.#publications.length - this.#first;
  }

  // Index range of what may be read; offsets within a stream are gapless, so that they translate to indexes.
  #range(since: number | undefined, isReverse: boolean): [number, number] {
    const end = this.#publications.length;
    if (since === undefined) return [this.#first, end];
    const indexAfter = end - (this.#top - since);
    if (isReverse) return [this.#first, Math.min(indexAfter - 1, end)];
    return [Math.max(indexAfter, this.#first), end];
  }

  #dropUntil(index: number): void {
    this.#first = index;
    if (this.#first * 2 < this.#publications.length) return;
    this.#publications = this.#publications.slice(this.#first);
    this.#first = 0;
  }
}
