// Decides what kinds of metrics there are, and what a row of the table says about one.

/** What every metric has. `labels` are the names of its labels, in the order in which values are given. */
interface Described<Labels extends readonly string[]> {
  readonly help: string;
  readonly labels: Labels;
}

/** A number that only grows. */
export interface CounterSpec<Labels extends readonly string[] = readonly string[]> extends Described<Labels> {
  readonly kind: 'counter';
}

/** How much there is now. `merge` says what becomes of the numbers of several processes. */
export interface GaugeSpec<Labels extends readonly string[] = readonly string[]> extends Described<Labels> {
  readonly kind: 'gauge';
  readonly merge: 'sum' | 'max';
}

/** Values sorted into buckets; `buckets` are upper bounds, ascending. */
export interface HistogramSpec<Labels extends readonly string[] = readonly string[]> extends Described<Labels> {
  readonly kind: 'histogram';
  readonly buckets: readonly number[];
}

/** Quantiles of the last minutes in seconds, and beside them a histogram under the same name with `_histogram` behind it. */
export interface SummarySpec<Labels extends readonly string[] = readonly string[]> extends Described<Labels> {
  readonly kind: 'summary';
  readonly buckets: readonly number[];
}

/** One metric. */
export type MetricSpec = CounterSpec | GaugeSpec | HistogramSpec | SummarySpec;

/** Bounds of durations that are expected between a tenth of a millisecond and ten seconds. */
const durationBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Describes a counter. */
export function counter<const Labels extends readonly string[]>(help: string, ...labels: Labels): CounterSpec<Labels> {
  return { kind: 'counter', help, labels };
}

/** Describes a gauge that is summed over processes. */
export function gauge<const Labels extends readonly string[]>(help: string, ...labels: Labels): GaugeSpec<Labels> {
  return { kind: 'gauge', help, labels, merge: 'sum' };
}

/** Describes a gauge that every process has the same of. */
export function sharedGauge<const Labels extends readonly string[]>(
  help: string,
  ...labels: Labels
): GaugeSpec<Labels> {
  return { kind: 'gauge', help, labels, merge: 'max' };
}

/** Describes a histogram. */
export function histogram<const Labels extends readonly string[]>(
  help: string,
  buckets: readonly number[],
  ...labels: Labels
): HistogramSpec<Labels> {
  return { kind: 'histogram', help, labels, buckets };
}

/** Describes quantiles of a duration, with their histogram. */
export function summary<const Labels extends readonly string[]>(help: string, ...labels: Labels): SummarySpec<Labels> {
  return { kind: 'summary', help, labels, buckets: durationBuckets };
}
