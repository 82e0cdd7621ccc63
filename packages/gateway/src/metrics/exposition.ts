// Decides how metrics are printed for Prometheus, and which of the process itself stand beside ours. Loaded only if served.
import { collectDefaultMetrics, type MetricObjectWithValues, type MetricValue, Registry } from '@prometheus-io/client';
import { type LibraryMetric, toLibraryMetrics } from './exposition-rows.ts';
import { mergeSnapshots } from './snapshot.ts';
import { metricTable } from './table.ts';
import type { NodeMetrics } from './node-metrics.ts';

/** Collects the metrics of this process and prints those of all. */
export interface Exposition {
  /** CPU, memory, heap, garbage collection and the delay of the event loop. */
  process(): Promise<readonly LibraryMetric[]>;
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
    print(nodes) {
      const merged = mergeSnapshots(
        nodes.map(({ own }) => own),
        metricTable,
      );
      merged['centrifugo_node_num_nodes'] = [{ labels: [], value: nodes.length }];
      const own = Object.entries(metricTable).flatMap(([name, spec]) =>
        toLibraryMetrics(name, spec, merged[name] ?? []),
      );
      const all = Registry.aggregate([own, ...nodes.map(({ process }) => process)]);
      return all.metrics();
    },
    stop: () => registry.clear(),
  };
}

function toPlain({ name, help, type, aggregator, values }: MetricObjectWithValues<MetricValue<string>>): LibraryMetric {
  // The start of a server is that of its oldest process; the library would leave it out.
  return { name, help, type, aggregator: aggregator === 'omit' ? 'min' : aggregator, values: values as never };
}
