// Decides how a process answers when its metrics are wanted: by the others, by `info`, and by whoever scrapes the server.
import type { Clock } from '../clock.ts';
import type { GatewayConfig } from '../config.ts';
import type { Nodes } from '../engine/nodes.ts';
import { createInfoItems, type InfoMetrics } from './info-items.ts';
import type { Metrics } from './metrics.ts';
import { type NodeMetrics, type Present, takeSnapshot } from './node-metrics.ts';

/** What a process tells of itself. */
export interface Reports {
  /** For the server API's `info`. */
  info(): InfoMetrics;
  metrics(): Promise<NodeMetrics>;
  /** The metrics of all processes of the server, in the text form of Prometheus. Undefined: they are not served. */
  readonly scrape: (() => Promise<string>) | undefined;
  stop(): Promise<void>;
}

/** What reports are made of. */
export interface ReportsOptions {
  readonly config: GatewayConfig;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly nodes: Nodes;
  /** How things stand now. */
  readonly present: () => Present;
  readonly version: string;
}

/**
 * Makes the reports. The library that observes the process is loaded when somebody first asks: it costs 17 MB, and most servers are
 * never asked.
 */
export function createReports(options: ReportsOptions): Reports {
  const { config, clock, metrics, nodes } = options;
  const snapshot = () => takeSnapshot(metrics, options.present(), options.version);
  const items = createInfoItems({ clock, intervalMs: config.node.info_metrics_aggregate_interval, snapshot });
  const held: { exposition?: ReturnType<typeof loadExposition> } = {};
  const load = () => (held.exposition ??= loadExposition());
  return {
    info: items.read,
    async metrics() {
      const process = config.prometheus.enabled ? await (await load()).process() : [];
      return { own: snapshot(), process };
    },
    scrape: config.prometheus.enabled ? async () => (await load()).print(await nodes.all('metrics', {})) : undefined,
    async stop() {
      items.stop();
      (await held.exposition)?.stop();
    },
  };
}

async function loadExposition() {
  const { createExposition } = await import('./exposition.ts');
  return createExposition();
}
