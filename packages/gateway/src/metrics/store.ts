// Decides how metrics are counted by name, with as many labels as the table says.
import type { Clock } from '../clock.ts';
import { RecentDurations } from './recent.ts';
import { type Cell, Series, Spread } from './series.ts';
import type { Sample, Snapshot } from './snapshot.ts';
import type { MetricSpec } from './spec.ts';
import { type LabelsOf, metricTable, type NameOf } from './table.ts';

/** Holds the numbers of one process. */
export class MetricStore {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #cells = new Map<string, Series<Cell>>();
  readonly #spreads = new Map<string, Series<Spread>>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    for (const [name, spec] of Object.entries<MetricSpec>(metricTable)) {
      if (spec.kind === 'counter' || spec.kind === 'gauge') {
        this.#cells.set(name, new Series(spec.labels.length, () => ({ value: 0 })));
      } else {
        const recent = (): RecentDurations | undefined =>
          spec.kind === 'summary' ? new RecentDurations(clock.now()) : undefined;
        this.#spreads.set(name, new Series(spec.labels.length, () => new Spread(spec.buckets, recent())));
      }
    }
  }

  /** Where a counter or a gauge keeps its number; to be held by those who count often. */
  cell<Name extends NameOf<'counter' | 'gauge'>>(name: Name, ...labels: LabelsOf<Name>): Cell {
    return found(this.#cells, name).cell(labels);
  }

  /** Where a histogram keeps its numbers. */
  spread<Name extends NameOf<'histogram' | 'summary'>>(name: Name, ...labels: LabelsOf<Name>): Spread {
    return found(this.#spreads, name).cell(labels);
  }

  /** Counts one. */
  count<Name extends NameOf<'counter'>>(name: Name, ...labels: LabelsOf<Name>): void {
    found(this.#cells, name).cell(labels).value += 1;
  }

  /** Counts a duration. */
  took<Name extends NameOf<'summary'>>(name: Name, seconds: number, ...labels: LabelsOf<Name>): void {
    found(this.#spreads, name).cell(labels).observeRecent(seconds, this.#clock.now());
  }

  /** Sum of a counter over all labels, or over those that begin with `first`. */
  total(name: NameOf<'counter'>, first?: string): number {
    let total = 0;
    for (const { labels, cell } of found(this.#cells, name).all()) {
      if (first === undefined || labels[0] === first) total += cell.value;
    }
    return total;
  }

  /** Everything as plain data. */
  snapshot(): Snapshot {
    const samples: Record<string, readonly Sample[]> = {};
    for (const [name, series] of this.#cells) {
      samples[name] = Array.from(series.all(), ({ labels, cell }) => ({ labels, value: cell.value }));
    }
    const now = this.#clock.now();
    for (const [name, series] of this.#spreads) {
      samples[name] = Array.from(series.all(), ({ labels, cell }) => cell.sample(labels, now));
    }
    return samples;
  }
}

function found<C>(series: ReadonlyMap<string, Series<C>>, name: string): Series<C> {
  const one = series.get(name);
  if (one === undefined) throw new TypeError(`there is no metric ${name} of this kind`);
  return one;
}
