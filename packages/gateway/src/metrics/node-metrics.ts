// Decides what a process tells of its metrics when a server is asked for them.
import type { Hub } from '../hub/hub.ts';
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

/** Where the numbers of the present come from. Sizes in bytes. */
export interface Present {
  readonly connections: { readonly count: number; readonly userCount: number };
  readonly hub: Pick<Hub, 'subscriptionCount' | 'channelCount'>;
  readonly version: string;
  sockets(): number;
  queuedBytes(): number;
}

/** Everything that this process counts, with how things stand now. */
export function takeSnapshot({ store, sent }: Pick<Metrics, 'store' | 'sent'>, present: Present): Snapshot {
  sent.settle();
  const { connections, hub } = present;
  store.cell('centrifugo_node_num_clients').value = connections.count;
  store.cell('centrifugo_node_num_users').value = connections.userCount;
  store.cell('centrifugo_node_num_subscriptions').value = hub.subscriptionCount;
  store.cell('centrifugo_node_num_channels').value = hub.channelCount;
  store.cell('centrifugo_node_build', present.version).value = 1;
  store.cell('parley_sockets').value = present.sockets();
  store.cell('parley_queued_bytes').value = present.queuedBytes();
  return store.snapshot();
}
