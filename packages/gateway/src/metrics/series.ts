// Decides where the numbers of a metric are kept: one cell for each set of labels, and not more of them than are useful.
import { limits } from '../limits.ts';
import type { RecentDurations } from './recent.ts';
import type { Sample } from './snapshot.ts';

/** A number that whoever counts often may hold on to. */
export interface Cell {
  value: number;
}

/** Sorted values of a histogram or a summary. */
export class Spread {
  readonly #bounds: readonly number[];
  readonly #buckets: number[];
  readonly #recent: RecentDurations | undefined;
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[], recent?: RecentDurations) {
    this.#bounds = bounds;
    this.#buckets = Array.from({ length: bounds.length + 1 }, () => 0);
    this.#recent = recent;
  }

  /** Counts a value, `times` times. */
  observe(value: number, times: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] ?? Infinity)) at += 1;
    this.#buckets[at] = (this.#buckets[at] ?? 0) + times;
    this.#sum += value * times;
    this.#count += times;
  }

  /** Counts a duration that quantiles are wanted of. */
  observeRecent(seconds: number, nowMs: number): void {
    this.observe(seconds, 1);
    this.#recent?.record(seconds, nowMs);
  }

  sample(labels: readonly string[], nowMs: number): Sample {
    const recent = this.#recent === undefined ? {} : { recent: this.#recent.counts(nowMs) };
    return { labels, sum: this.#sum, count: this.#count, buckets: [...this.#buckets], ...recent };
  }
}

/** The cells of one metric. */
export class Series<C> {
  readonly #labelCount: number;
  readonly #make: () => C;
  readonly #cells = new Map<string, { readonly labels: readonly string[]; readonly cell: C }>();

  constructor(labelCount: number, make: () => C) {
    this.#labelCount = labelCount;
    this.#make = make;
  }

  /** The cell of these labels. When there are too many, one that all others share, with `other` in every label. */
  cell(labels: readonly string[]): C {
    const key = labels.length === 1 ? (labels[0] ?? '') : labels.join('\n');
    const known = this.#cells.get(key);
    if (known !== undefined) return known.cell;
    const isFull = this.#cells.size >= limits.maxMetricSeries && this.#labelCount > 0;
    const kept = isFull ? Array.from({ length: this.#labelCount }, () => 'other') : [...labels];
    if (isFull && kept.join('\n') !== key) return this.cell(kept);
    const cell = this.#make();
    this.#cells.set(key, { labels: kept, cell });
    return cell;
  }

  all(): IterableIterator<{ readonly labels: readonly string[]; readonly cell: C }> {
    return this.#cells.values();
  }
}
