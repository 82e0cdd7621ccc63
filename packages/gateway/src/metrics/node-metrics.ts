// Decides what a process tells of its metrics when a server is asked for them.
import type { Metrics } from './metrics.ts';
import type { Snapshot } from './snapshot.ts';

/** The metrics of one process; plain data. */
export interface NodeMetrics {
  readonly own: Snapshot;
  readonly process: readonly ProcessMetric[];
}

/** A metric of the process itself, as the library tells it and adds it to those of others; plain data. */
export interface ProcessMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** How one is made of several: `sum`, `max` and the like. */
  readonly aggregator: string;
  readonly values: readonly { readonly value: number; readonly labels: object; readonly metricName?: string }[];
}

/** How things stand. Sizes in bytes. */
export interface Present {
  readonly connections: number;
  readonly users: number;
  readonly subscriptions: number;
  readonly channels: number;
  readonly polledChannels: number;
  readonly polledKeys: number;
  readonly sockets: number;
  readonly queuedBytes: number;
  /** Events for the application: those that wait, and what happened to others since the start. */
  readonly hookEvents: { readonly waiting: number; readonly delivered: number; readonly dropped: number };
}

/** Everything that this process counts, with how things stand now. */
export function takeSnapshot(
  { store, sent }: Pick<Metrics, 'store' | 'sent'>,
  now: Present,
  version: string,
): Snapshot {
  sent.settle();
  store.cell('centrifugo_node_num_clients').value = now.connections;
  store.cell('centrifugo_node_num_users').value = now.users;
  store.cell('centrifugo_node_num_subscriptions').value = now.subscriptions;
  store.cell('centrifugo_node_num_channels').value = now.channels;
  store.cell('centrifugo_node_build', version).value = 1;
  store.cell('centrifugo_shared_poll_num_channels').value = now.polledChannels;
  store.cell('centrifugo_shared_poll_num_keys').value = now.polledKeys;
  store.cell('parley_sockets').value = now.sockets;
  store.cell('parley_queued_bytes').value = now.queuedBytes;
  store.cell('parley_hook_events_waiting').value = now.hookEvents.waiting;
  store.cell('parley_hook_events_delivered_total').value = now.hookEvents.delivered;
  store.cell('parley_hook_events_dropped_total').value = now.hookEvents.dropped;
  return store.snapshot();
}
