// Decides what is counted when something happens to connections, subscriptions and publications.
import type { Command, Incoming } from '@parley/protocol';
import type { Clock } from '../clock.ts';
import type { GatewayConfig } from '../config.ts';
import { createNamespaceNames } from '../namespaces.ts';
import { createClientLabels } from './client-labels.ts';
import { SentMessages } from './sent.ts';
import type { Cell, Spread } from './series.ts';
import { MetricStore } from './store.ts';

/** A connection as metrics know it: where it is counted while it lives. */
export interface CountedClient {
  readonly name: string;
  readonly inflight: Cell;
}

/** How publications of one namespace are counted. */
interface BroadcastCells {
  readonly received: Cell;
  readonly delivered: Cell;
  readonly filtered: Cell;
  readonly lag: Spread;
  readonly duration: Spread;
}

/** How a call of the server API went. */
interface CalledApi {
  readonly startedAt: number;
  readonly error: string | undefined;
}

/** What metrics are made of. */
export interface MetricsOptions {
  readonly config: GatewayConfig;
  readonly clock: Pick<Clock, 'now'>;
  /** Milliseconds since any moment, finer than the clock and never set back. */
  readonly elapsed: () => number;
}

/** The metrics of one process. Counting is cheap: a look-up and a number; nothing is printed until somebody asks. */
export class Metrics {
  readonly store: MetricStore;
  readonly sent: SentMessages;
  readonly elapsed: () => number;
  /** Label of a channel's namespace: names of the configuration, "" for no namespace and for those that do not exist. */
  readonly namespaceOf = (channel: string): string => this.#nameOf(channel);
  #nameOf: (channel: string) => string;
  readonly #clientLabels = createClientLabels();
  readonly #broadcasts = new Map<string, BroadcastCells>();
  readonly #measuresRecovered: boolean;

  constructor({ config, clock, elapsed }: MetricsOptions) {
    this.store = new MetricStore(clock);
    this.elapsed = elapsed;
    this.#nameOf = createNamespaceNames(config);
    this.sent = new SentMessages({ store: this.store, namespaceOf: this.namespaceOf, elapsed });
    this.#measuresRecovered = config.prometheus.recovered_publications_histogram;
  }

  /** Knows other namespaces from now on. What was counted stays. */
  reconfigure(config: Pick<GatewayConfig, 'channel'>): void {
    this.#nameOf = createNamespaceNames(config);
  }

  /** Seconds since a moment that `elapsed` gave. */
  secondsSince(startedAt: number): number {
    return (this.elapsed() - startedAt) / 1000;
  }

  /** A command or a pong came; `bytes` of the frame for the first of it, 0 for the others. */
  received(transport: string, incoming: Incoming, bytes: number): void {
    const frame = incoming.name === 'pong' ? 'client_pong' : incoming.name;
    const labels = [transport, frame, this.namespaceOf(channelOf(incoming))] as const;
    this.store.count('centrifugo_transport_messages_received', ...labels);
    this.store.cell('centrifugo_transport_messages_received_size', ...labels).value += bytes;
  }

  /** A command has its reply, or has ended the connection. */
  carriedOut(command: Command, startedAt: number): void {
    const { name } = command;
    const namespace = this.namespaceOf(channelOf(command));
    this.store.took('centrifugo_client_command_duration_seconds', this.secondsSince(startedAt), name, namespace);
  }

  /** A command is answered with an error. */
  refused(command: Command, code: number): void {
    const namespace = this.namespaceOf(channelOf(command));
    this.store.count('centrifugo_client_num_reply_errors', command.name, String(code), namespace);
  }

  /** A ping has its answer. */
  ponged(transport: string, durationMs: number): void {
    this.store.spread('centrifugo_client_ping_pong_duration_seconds', transport).observe(durationMs / 1000, 1);
  }

  /** A call of the server API is answered. `error`: a code, or `transport` for what cannot be read. */
  called(protocol: 'http' | 'in_process', method: string, { startedAt, error }: CalledApi): void {
    const seconds = this.secondsSince(startedAt);
    this.store.took('centrifugo_api_command_duration_seconds', seconds, protocol, method);
    if (error !== undefined) this.store.count('centrifugo_api_command_errors_total', protocol, method, error);
  }

  /** A connection was established. `name` and `version` as the client says. */
  connected(transport: string, name: string, version: string): CountedClient {
    const client = this.#clientLabels(name, version);
    // Everything here speaks HTTP/1.1 before it is upgraded or streamed.
    const labels = [transport, 'h1', client.name, client.version] as const;
    this.store.count('centrifugo_client_connections_accepted', ...labels);
    this.store.count('centrifugo_node_action_count', 'add_client', '');
    const inflight = this.store.cell('centrifugo_client_connections_inflight', ...labels);
    inflight.value += 1;
    return { name: client.name, inflight };
  }

  /** An established connection is gone. */
  disconnected({ inflight }: CountedClient): void {
    inflight.value -= 1;
    this.store.count('centrifugo_node_action_count', 'remove_client', '');
  }

  /** The server ends a connection. */
  ended(transport: string, code: number): void {
    this.store.count('centrifugo_client_num_server_disconnects', String(code));
    this.store.count('centrifugo_transport_outgoing_close_count', transport, String(code));
  }

  /** A subscription was made; it counts until `unsubscribed`. */
  subscribed(client: string, channel: string): void {
    const namespace = this.namespaceOf(channel);
    this.store.count('centrifugo_client_subscriptions_accepted', client, namespace);
    this.store.cell('centrifugo_client_subscriptions_inflight', client, namespace).value += 1;
    this.store.count('centrifugo_node_action_count', 'add_subscription', namespace);
  }

  /** A subscription that had been made is over. `code` if the server ended it and tells the client. */
  unsubscribed(client: string, channel: string, code?: number): void {
    const namespace = this.namespaceOf(channel);
    this.store.cell('centrifugo_client_subscriptions_inflight', client, namespace).value -= 1;
    this.store.count('centrifugo_node_action_count', 'remove_subscription', namespace);
    if (code !== undefined) this.store.count('centrifugo_client_num_server_unsubscribes', String(code), namespace);
  }

  /** A client that came back wanted what it had missed. */
  recovered(channel: string, wasRecovered: boolean, publications: number): void {
    const namespace = this.namespaceOf(channel);
    const word = (is: boolean): string => (is ? 'yes' : 'no');
    this.store.count('centrifugo_client_recover', word(wasRecovered), namespace, word(publications > 0));
    if (!this.#measuresRecovered || !wasRecovered) return;
    this.store.spread('centrifugo_client_recovered_publications', namespace).observe(publications, 1);
  }

  /** Where the deliveries of a channel are counted. */
  broadcast(channel: string): BroadcastCells {
    const namespace = this.namespaceOf(channel);
    const known = this.#broadcasts.get(namespace);
    if (known !== undefined) return known;
    const cells = {
      received: this.store.cell('centrifugo_node_messages_received_count', 'publication', namespace),
      delivered: this.store.cell('parley_deliveries_total', namespace),
      filtered: this.store.cell('centrifugo_node_tags_filter_dropped_publications', namespace),
      lag: this.store.spread('centrifugo_node_pub_sub_lag_seconds', namespace),
      duration: this.store.spread('centrifugo_node_broadcast_duration_seconds', 'publication', namespace),
    };
    this.#broadcasts.set(namespace, cells);
    return cells;
  }
}

/** The channel that something of a client is about; "" if about none. */
export function channelOf(incoming: Incoming): string {
  return 'request' in incoming && 'channel' in incoming.request ? incoming.request.channel : '';
}
