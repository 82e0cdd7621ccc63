// Decides how our metrics stand in the text form of Prometheus: counters, gauges, cumulative buckets, quantiles.
import { quantile } from './recent.ts';
import type { Sample, SpreadSample } from './snapshot.ts';
import type { HistogramSpec, MetricSpec, SummarySpec } from './spec.ts';

const shares = [0.5, 0.99, 0.999];

/**
 * One metric with its samples, as lines; a summary is followed by its histogram. Written by hand, because the library takes several
 * times as long for the thousands of lines that a busy server has.
 */
export function printMetric(name: string, spec: MetricSpec, samples: readonly Sample[]): string {
  const spreads = samples.filter((sample) => 'buckets' in sample);
  if (spec.kind === 'histogram') return printHistogram(name, spec, spreads);
  if (spec.kind === 'summary') {
    return printSummary(name, spec, spreads) + printHistogram(`${name}_histogram`, spec, spreads);
  }
  let text = head(name, spec.kind, spec.help);
  for (const sample of samples) {
    if ('value' in sample) text += line(name, pairs(spec, sample.labels), sample.value);
  }
  return text;
}

function printHistogram(name: string, spec: HistogramSpec | SummarySpec, samples: readonly SpreadSample[]): string {
  let text = head(name, 'histogram', spec.help);
  for (const sample of samples) {
    const labels = pairs(spec, sample.labels);
    let total = 0;
    for (const [at, count] of sample.buckets.entries()) {
      total += count;
      text += line(`${name}_bucket`, `${separated(labels)}le="${spec.buckets[at] ?? '+Inf'}"`, total);
    }
    text += totals(name, labels, sample);
  }
  return text;
}

function printSummary(name: string, spec: SummarySpec, samples: readonly SpreadSample[]): string {
  let text = head(name, 'summary', spec.help);
  for (const sample of samples) {
    const labels = pairs(spec, sample.labels);
    const { recent = [] } = sample;
    for (const share of shares) text += line(name, `${separated(labels)}quantile="${share}"`, quantile(recent, share));
    text += totals(name, labels, sample);
  }
  return text;
}

function head(name: string, kind: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`;
}

function totals(name: string, labels: string, { sum, count }: SpreadSample): string {
  return line(`${name}_sum`, labels, sum) + line(`${name}_count`, labels, count);
}

function line(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`;
}

function separated(labels: string): string {
  return labels === '' ? '' : `${labels},`;
}

function pairs({ labels: names }: MetricSpec, values: readonly string[]): string {
  return names.map((name, at) => `${name}="${escape(values[at] ?? '')}"`).join(',');
}

function escape(value: string): string {
  return value.replaceAll(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`));
}
