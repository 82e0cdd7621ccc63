// Decides how metrics stand in the forms of the Prometheus library: counters, gauges, cumulative buckets, quantiles.
import { quantile } from './recent.ts';
import type { Sample, SpreadSample } from './snapshot.ts';
import type { HistogramSpec, MetricSpec, SummarySpec } from './spec.ts';

/** One line of output. */
interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

/** A metric as the library prints and adds it; plain data. */
export interface LibraryMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** How the library makes one of several: `sum`, `max` and the like. */
  readonly aggregator: string;
  readonly values: readonly Value[];
}

const shares = [0.5, 0.99, 0.999];

/** One metric with its samples; a summary becomes two. */
export function toLibraryMetrics(name: string, spec: MetricSpec, samples: readonly Sample[]): LibraryMetric[] {
  const base = { help: spec.help, aggregator: 'sum' };
  const spreads = samples.filter((sample) => 'buckets' in sample);
  if (spec.kind === 'histogram') return [{ ...base, name, type: 'histogram', values: bucketRows(name, spec, spreads) }];
  if (spec.kind === 'summary') {
    const twin = `${name}_histogram`;
    return [
      { ...base, name, type: 'summary', values: quantileRows(name, spec, spreads) },
      { ...base, name: twin, type: 'histogram', values: bucketRows(twin, spec, spreads) },
    ];
  }
  const values = samples
    .filter((sample) => 'value' in sample)
    .map(({ labels, value }) => ({ value, labels: named(spec, labels) }));
  return [{ ...base, name, type: spec.kind, values }];
}

function bucketRows(name: string, spec: HistogramSpec | SummarySpec, samples: readonly SpreadSample[]): Value[] {
  return samples.flatMap((sample) => {
    const labels = named(spec, sample.labels);
    let total = 0;
    const rows = sample.buckets.map((count, at): Value => {
      total += count;
      const le = spec.buckets[at] ?? '+Inf';
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: total };
    });
    return [...rows, ...totals(name, labels, sample)];
  });
}

function quantileRows(name: string, spec: SummarySpec, samples: readonly SpreadSample[]): Value[] {
  return samples.flatMap((sample) => {
    const labels = named(spec, sample.labels);
    const rows = shares.map((share) => ({
      labels: { ...labels, quantile: share },
      value: quantile(sample.recent ?? [], share),
    }));
    return [...rows, ...totals(name, labels, sample)];
  });
}

function totals(name: string, labels: Value['labels'], { sum, count }: SpreadSample): Value[] {
  return [
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

function named({ labels: names }: MetricSpec, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']));
}
