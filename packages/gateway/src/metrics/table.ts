// Decides which metrics there are: names, labels and meaning; those that Centrifugo has too carry its names.
import { counter, gauge, histogram, type MetricSpec, sharedGauge, summary } from './spec.ts';

const lagBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const pongBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const broadcastBuckets = [0.000001, 0.000005, 0.00001, 0.00005, ...pongBuckets];
const sizeBuckets = [0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 300, 500, 1000];

/** Every metric by its full name. */
export const metricTable = {
  centrifugo_node_messages_sent_count: counter('Messages given to the broker.', 'type', 'channel_namespace'),
  centrifugo_node_messages_received_count: counter('Messages that came from the broker.', 'type', 'channel_namespace'),
  centrifugo_node_action_count: counter('Things that were done.', 'action', 'channel_namespace'),
  centrifugo_node_num_clients: gauge('Connections that are established.'),
  centrifugo_node_num_users: gauge('Users with a connection, counted once a process.'),
  centrifugo_node_num_subscriptions: gauge('Subscriptions.'),
  centrifugo_node_num_channels: gauge('Channels with a subscriber, counted once a process.'),
  centrifugo_node_num_nodes: sharedGauge('Processes of this server that answered.'),
  centrifugo_node_build: sharedGauge('Always 1; the label is the version.', 'version'),
  centrifugo_node_survey_duration_seconds: summary('How long asking all processes took.', 'op'),
  centrifugo_node_tags_filter_dropped_publications: counter(
    'Deliveries left out because the subscriber filters by tags.',
    'channel_namespace',
  ),
  centrifugo_node_pub_sub_lag_seconds: histogram(
    'Time between publishing and arrival at this process.',
    lagBuckets,
    'channel_namespace',
  ),
  centrifugo_node_broadcast_duration_seconds: histogram(
    'Time to queue one message for all subscribers of this process.',
    broadcastBuckets,
    'type',
    'channel_namespace',
  ),
  centrifugo_node_client_connection_limit: counter('Connections refused because of client.connection_limit.'),
  centrifugo_node_incoming_http_requests_total: counter(
    'HTTP requests by endpoint; with prometheus.instrument_http_handlers.',
    'path',
    'method',
    'status',
  ),
  centrifugo_client_num_reply_errors: counter('Errors in replies to clients.', 'method', 'code', 'channel_namespace'),
  centrifugo_client_num_server_unsubscribes: counter(
    'Subscriptions that the server ended.',
    'code',
    'channel_namespace',
  ),
  centrifugo_client_num_server_disconnects: counter('Connections that the server ended.', 'code'),
  centrifugo_client_command_duration_seconds: summary(
    'Time from a command to its reply.',
    'method',
    'channel_namespace',
  ),
  centrifugo_client_recover: counter(
    'Subscribers that came back and wanted what they had missed.',
    'recovered',
    'channel_namespace',
    'has_recovered_publications',
  ),
  centrifugo_client_recovered_publications: histogram(
    'Publications given to one that came back; with prometheus.recovered_publications_histogram.',
    sizeBuckets,
    'channel_namespace',
  ),
  centrifugo_client_connections_accepted: counter(
    'Connections that were established.',
    'transport',
    'accept_protocol',
    'client_name',
    'client_version',
  ),
  centrifugo_client_connections_inflight: gauge(
    'Connections that are established, by what they are.',
    'transport',
    'accept_protocol',
    'client_name',
    'client_version',
  ),
  centrifugo_client_subscriptions_accepted: counter('Subscriptions made.', 'client_name', 'channel_namespace'),
  centrifugo_client_subscriptions_inflight: gauge(
    'Subscriptions that exist, by what they are.',
    'client_name',
    'channel_namespace',
  ),
  centrifugo_client_ping_pong_duration_seconds: histogram('Time from a ping to its answer.', pongBuckets, 'transport'),
  centrifugo_transport_messages_sent: counter(
    'Messages written to clients.',
    'transport',
    'frame_type',
    'channel_namespace',
  ),
  centrifugo_transport_messages_sent_size: counter(
    'Bytes of messages written to clients, without framing.',
    'transport',
    'frame_type',
    'channel_namespace',
  ),
  centrifugo_transport_messages_received: counter(
    'Messages read from clients.',
    'transport',
    'frame_type',
    'channel_namespace',
  ),
  centrifugo_transport_messages_received_size: counter(
    'Bytes read from clients; those of a frame with several messages count for the first.',
    'transport',
    'frame_type',
    'channel_namespace',
  ),
  centrifugo_transport_outgoing_close_count: counter(
    'Closes of connections that the server began.',
    'transport',
    'code',
  ),
  centrifugo_api_command_errors_total: counter(
    'Calls of the server API that were answered with an error.',
    'protocol',
    'method',
    'error',
  ),
  centrifugo_api_command_duration_seconds: summary('Time that a call of the server API took.', 'protocol', 'method'),
  centrifugo_proxy_duration_seconds: summary('Time that the application took to answer.', 'protocol', 'type', 'name'),
  centrifugo_proxy_errors: counter('Questions that the application did not answer.', 'protocol', 'type', 'name'),
  centrifugo_proxy_inflight_requests: gauge('Questions that wait for the application.', 'protocol', 'type', 'name'),
  centrifugo_broker_publish_suppressed_count: counter(
    'Publications not made because they were made before, or are older than what is there.',
    'reason',
    'channel_namespace',
  ),
  centrifugo_map_broker_publish_suppressed_count: counter('Keys of maps not set.', 'reason', 'channel_namespace'),
  centrifugo_map_broker_remove_suppressed_count: counter('Keys of maps not removed.', 'reason', 'channel_namespace'),
  centrifugo_shared_poll_cycle_duration_seconds: summary('Time of one round of questions.', 'channel_namespace'),
  centrifugo_shared_poll_cycle_work_duration_seconds: summary(
    'Time with a question under way in one round, each question counted for itself.',
    'channel_namespace',
  ),
  centrifugo_shared_poll_handler_duration_seconds: summary(
    'Time that the application took to answer a shared poll.',
    'trigger',
    'channel_namespace',
  ),
  centrifugo_shared_poll_sem_wait_duration_seconds: summary(
    'Time that a question waited for others to be answered.',
    'trigger',
    'channel_namespace',
  ),
  centrifugo_shared_poll_handler_error_count: counter(
    'Questions of shared polls without an answer.',
    'trigger',
    'channel_namespace',
  ),
  centrifugo_shared_poll_items_count: counter(
    'Keys in answers, by whether they were news.',
    'trigger',
    'result',
    'channel_namespace',
  ),
  centrifugo_shared_poll_notify_count: counter('Updates given to subscribers of shared polls.', 'channel_namespace'),
  centrifugo_shared_poll_publish_count: counter(
    'Keys that the application published by itself, by whether they were news.',
    'result',
    'channel_namespace',
  ),
  centrifugo_shared_poll_num_channels: gauge('Shared polls, counted once a process.'),
  centrifugo_shared_poll_num_keys: gauge('Keys that are tracked in shared polls, counted once a process.'),
  centrifugo_shared_poll_proxy_request_items: histogram('Keys in one question of a shared poll.', sizeBuckets, 'name'),
  centrifugo_shared_poll_proxy_response_items: histogram('Keys in the answer to one.', sizeBuckets, 'name'),
  parley_deliveries_total: counter('Publications given to subscribers, each counted once.', 'channel_namespace'),
  parley_publish_to_write_seconds: histogram(
    "Time from publishing to the write to a subscriber's connection, once for each subscriber.",
    pongBuckets,
    'channel_namespace',
  ),
  parley_sockets: gauge('Connections on the network, established or not.'),
  parley_queued_bytes: gauge('Bytes that wait for clients in queues and network buffers.'),
  parley_dropped_messages_total: counter('Messages that were queued for a connection that was cut.'),
  parley_dropped_bytes_total: counter('Bytes of messages that were queued for a connection that was cut.'),
  parley_slow_clients_total: counter('Connections cut because they did not read what was sent.'),
  parley_hook_events_waiting: gauge('Events that wait until the application takes them.'),
  parley_hook_events_delivered_total: counter('Events that the application took.'),
  parley_hook_events_dropped_total: counter('Events that the application was never told, for want of room or time.'),
  parley_positions_lost_total: counter('Subscriptions ended because a publication was missing.', 'channel_namespace'),
  parley_rate_limited_total: counter('Commands refused because of a rate limit.', 'method'),
  parley_token_refusals_total: counter('Tokens that were refused.', 'problem'),
} as const satisfies Readonly<Record<string, MetricSpec>>;

type Table = typeof metricTable;

/** Name of a metric. */
export type MetricName = keyof Table;

/** Names of the metrics of one kind. */
export type NameOf<Kind extends MetricSpec['kind']> = {
  [Name in MetricName]: Table[Name]['kind'] extends Kind ? Name : never;
}[MetricName];

/** The values of a metric's labels: as many as it has. */
export type LabelsOf<Name extends MetricName> = Values<Table[Name]['labels']>;

type Values<Labels extends readonly string[]> = { readonly [At in keyof Labels]: string };
