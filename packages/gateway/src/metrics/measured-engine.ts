// Decides what is counted of the work of an engine, whichever it is: calls, suppressed publications, arrivals, questions.
import type { Broker } from '../engine/broker.ts';
import type { Engine } from '../engine/engine.ts';
import type { MapBroker } from '../engine/map-broker.ts';
import type { NodeHandlers, Nodes } from '../engine/nodes.ts';
import type { PresenceStore } from '../engine/presence-store.ts';
import type { Metrics } from './metrics.ts';

/** The same engine, counted. */
export function measureEngine(engine: Engine, metrics: Metrics): Engine {
  return {
    ready: engine.ready,
    revocations: engine.revocations,
    audience: engine.audience,
    broker: measureBroker(engine.broker, metrics),
    mapBroker: measureMapBroker(engine.mapBroker, metrics),
    presence: measurePresence(engine.presence, metrics),
    nodes: measureNodes(engine.nodes, metrics),
    stop: () => engine.stop(),
  };
}

function measureBroker(broker: Broker, { store, namespaceOf }: Metrics): Broker {
  const sent = (type: 'publication' | 'join' | 'leave', channel: string): void =>
    store.count('centrifugo_node_messages_sent_count', type, namespaceOf(channel));
  const did = (action: string, channel: string): void =>
    store.count('centrifugo_node_action_count', action, namespaceOf(channel));
  return {
    subscribe: (channel) => broker.subscribe(channel),
    unsubscribe: (channel) => broker.unsubscribe(channel),
    async publish(channel, publication, settings) {
      sent('publication', channel);
      const published = await broker.publish(channel, publication, settings);
      const { suppressed } = published;
      if (suppressed === undefined) return published;
      store.count('centrifugo_broker_publish_suppressed_count', suppressed, namespaceOf(channel));
      return published;
    },
    publishJoin(channel, info) {
      sent('join', channel);
      return broker.publishJoin(channel, info);
    },
    publishLeave(channel, info) {
      sent('leave', channel);
      return broker.publishLeave(channel, info);
    },
    history(channel, query) {
      did('history', channel);
      return broker.history(channel, query);
    },
    removeHistory(channel) {
      did('history_remove', channel);
      return broker.removeHistory(channel);
    },
  };
}

function measureMapBroker(broker: MapBroker, { store, namespaceOf }: Metrics): MapBroker {
  const did = (action: string, channel: string): void =>
    store.count('centrifugo_node_action_count', action, namespaceOf(channel));
  return {
    subscribe: (channel) => broker.subscribe(channel),
    unsubscribe: (channel) => broker.unsubscribe(channel),
    async publish(channel, entry, settings) {
      did('map_publish', channel);
      const written = await broker.publish(channel, entry, settings);
      const reason = written.ok ? written.suppressed : undefined;
      if (reason === undefined) store.count('centrifugo_node_messages_sent_count', 'publication', namespaceOf(channel));
      else store.count('centrifugo_map_broker_publish_suppressed_count', reason, namespaceOf(channel));
      return written;
    },
    async remove(channel, key, settings) {
      did('map_remove', channel);
      const written = await broker.remove(channel, key, settings);
      const reason = written.ok ? written.suppressed : undefined;
      if (reason === undefined) store.count('centrifugo_node_messages_sent_count', 'publication', namespaceOf(channel));
      else store.count('centrifugo_map_broker_remove_suppressed_count', reason, namespaceOf(channel));
      return written;
    },
    readState(channel, query) {
      did('map_read_state', channel);
      return broker.readState(channel, query);
    },
    readStream(channel, query) {
      did('map_read_stream', channel);
      return broker.readStream(channel, query);
    },
    count(channel) {
      did('map_stats', channel);
      return broker.count(channel);
    },
    clear(channel, map) {
      did('map_clear', channel);
      return broker.clear(channel, map);
    },
  };
}

function measurePresence(presence: PresenceStore, { store, namespaceOf }: Metrics): PresenceStore {
  const did = (action: string, channel: string): void =>
    store.count('centrifugo_node_action_count', action, namespaceOf(channel));
  return {
    add(channel, info) {
      did('add_presence', channel);
      return presence.add(channel, info);
    },
    remove(channel, clientId) {
      did('remove_presence', channel);
      return presence.remove(channel, clientId);
    },
    get(channel) {
      did('presence', channel);
      return presence.get(channel);
    },
    count(channel) {
      did('presence_stats', channel);
      return presence.count(channel);
    },
  };
}

function measureNodes(nodes: Nodes, metrics: Metrics): Nodes {
  const { store } = metrics;
  async function timed<R>(op: string, ask: () => Promise<R>): Promise<R> {
    const startedAt = metrics.elapsed();
    store.count('centrifugo_node_messages_sent_count', 'control', '');
    store.count('centrifugo_node_action_count', 'survey', '');
    const result = await ask();
    store.took('centrifugo_node_survey_duration_seconds', metrics.secondsSince(startedAt), op);
    return result;
  }
  return {
    all: (call, params) => timed(call, () => nodes.all(call, params)),
    one: (nodeId, call, params) => timed(call, () => nodes.one(nodeId, call, params)),
  };
}

/** The same handlers; what others ask is counted. */
export function measureHandlers(handlers: NodeHandlers, { store }: Metrics): NodeHandlers {
  const received = (): void => store.count('centrifugo_node_messages_received_count', 'control', '');
  const entries = Object.entries(handlers).map(([call, handler]) => [
    call,
    (params: never) => {
      received();
      return (handler as (given: unknown) => Promise<unknown>)(params);
    },
  ]);
  return Object.fromEntries(entries) as NodeHandlers;
}
