// Decides what is printed for Prometheus: our metrics, and those of the processes themselves. Loaded only if metrics are served.
import { collectDefaultMetrics, type MetricObjectWithValues, type MetricValue, Registry } from '@prometheus-io/client';
import type { NodeMetrics, ProcessMetric } from './node-metrics.ts';
import { printMetric } from './print.ts';
import { mergeSnapshots } from './snapshot.ts';
import { metricTable } from './table.ts';

/** Collects the metrics of this process and prints those of all. */
export interface Exposition {
  /** CPU, memory, heap, garbage collection and the delay of the event loop. */
  process(): Promise<readonly ProcessMetric[]>;
  /** The metrics of all processes of a server as text. */
  print(nodes: readonly NodeMetrics[]): Promise<string>;
  /** Ends the observation. */
  stop(): void;
}

// Each lists every socket at every look, and says nothing that `parley_sockets` does not.
const costly = ['resources', 'handles', 'requests'].flatMap((what) => [
  `nodejs_active_${what}`,
  `nodejs_active_${what}_total`,
]);

/** Begins to observe this process. */
export function createExposition(): Exposition {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of costly) registry.removeSingleMetric(name);
  return {
    async process() {
      return (await registry.getMetricsAsJSON()).map(toPlain);
    },
    async print(nodes) {
      const processes = Registry.aggregate(nodes.map(({ process }) => [...process]));
      return printOwn(nodes) + (await processes.metrics());
    },
    stop: () => registry.clear(),
  };
}

function printOwn(nodes: readonly NodeMetrics[]): string {
  const merged = mergeSnapshots(
    nodes.map(({ own }) => own),
    metricTable,
  );
  merged['centrifugo_node_num_nodes'] = [{ labels: [], value: nodes.length }];
  return Object.entries(metricTable)
    .map(([name, spec]) => printMetric(name, spec, merged[name] ?? []))
    .join('');
}

function toPlain({ name, help, type, aggregator, values }: MetricObjectWithValues<MetricValue<string>>): ProcessMetric {
  // The start of a server is that of its oldest process; the library would leave it out.
  return { name, help, type: String(type), aggregator: aggregator === 'omit' ? 'min' : aggregator, values };
}
