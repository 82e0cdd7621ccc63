// Decides how a process answers when its metrics are wanted: by the others, by `info`, and by whoever scrapes the server.
import type { Clock } from '../clock.ts';
import type { GatewayConfig } from '../config.ts';
import type { Nodes } from '../engine/nodes.ts';
import { background, type Log } from '../log.ts';
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
  stop(): void;
}

/** What reports are made of. */
export interface ReportsOptions {
  readonly config: GatewayConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly nodes: Nodes;
  /** How things stand now. */
  readonly present: () => Present;
  readonly version: string;
}

/** Makes the reports. The library that prints is loaded only if metrics are served. */
export function createReports(options: ReportsOptions): Reports {
  const { config, clock, log, metrics, nodes } = options;
  const snapshot = () => takeSnapshot(metrics, options.present(), options.version);
  const items = createInfoItems({ clock, intervalMs: config.node.info_metrics_aggregate_interval, snapshot });
  const loading = config.prometheus.enabled ? loadExposition() : undefined;
  if (loading !== undefined) background(log, loading);
  return {
    info: items.read,
    async metrics() {
      const process = loading === undefined ? [] : await (await loading).process();
      return { own: snapshot(), process };
    },
    scrape: loading && (async () => (await loading).print(await nodes.all('metrics', {}))),
    stop() {
      items.stop();
      if (loading !== undefined) background(log, stopWhenLoaded(loading));
    },
  };
}

type Loading = ReturnType<typeof loadExposition>;

async function loadExposition() {
  const { createExposition } = await import('./exposition.ts');
  return createExposition();
}

async function stopWhenLoaded(loading: Loading): Promise<void> {
  (await loading).stop();
}
