// Decides how metrics look as plain data, and what the numbers of several processes make together.
import type { MetricSpec } from './spec.ts';

/** A counter or a gauge. */
export interface NumberSample {
  readonly labels: readonly string[];
  readonly value: number;
}

/** Values of a histogram or a summary. */
export interface SpreadSample {
  readonly labels: readonly string[];
  readonly sum: number;
  readonly count: number;
  /** By upper bound, not cumulative; the last are those above all bounds. */
  readonly buckets: readonly number[];
  /** Of a summary: counts for `quantile`. */
  readonly recent?: readonly number[];
}

/** The state of one metric for one set of labels. */
export type Sample = NumberSample | SpreadSample;

/** All metrics of a process by name; plain data. */
export type Snapshot = Readonly<Record<string, readonly Sample[]>>;

/** What several processes have together. */
export function mergeSnapshots(
  snapshots: readonly Snapshot[],
  table: Readonly<Record<string, MetricSpec>>,
): Record<string, readonly Sample[]> {
  const [only] = snapshots;
  if (only !== undefined && snapshots.length === 1) return { ...only };
  const merged: Record<string, readonly Sample[]> = {};
  for (const [name, spec] of Object.entries(table)) {
    const byLabels = new Map<string, Sample>();
    for (const sample of snapshots.flatMap((snapshot) => snapshot[name] ?? [])) {
      const key = JSON.stringify(sample.labels);
      const known = byLabels.get(key);
      byLabels.set(key, known === undefined ? sample : join(spec, known, sample));
    }
    if (byLabels.size > 0) merged[name] = [...byLabels.values()];
  }
  return merged;
}

function join(spec: MetricSpec, one: Sample, other: Sample): Sample {
  if ('value' in one && 'value' in other) {
    const isShared = spec.kind === 'gauge' && spec.merge === 'max';
    return { ...one, value: isShared ? Math.max(one.value, other.value) : one.value + other.value };
  }
  // Processes of one server run the same code, so that a metric has the same form in all.
  if ('value' in one || 'value' in other) return one;
  return {
    labels: one.labels,
    sum: one.sum + other.sum,
    count: one.count + other.count,
    buckets: add(one.buckets, other.buckets),
    ...(one.recent === undefined ? {} : { recent: add(one.recent, other.recent ?? []) }),
  };
}

function add(one: readonly number[], other: readonly number[]): number[] {
  return one.map((count, at) => count + (other[at] ?? 0));
}
