// Decides what is counted of what arrives from the broker on its way to the subscribers.
import type { BrokerEvents } from '../engine/broker.ts';
import type { Hub } from '../hub/hub.ts';
import type { Metrics } from './metrics.ts';

/** Hands what arrives to the hub, and counts it. */
export function deliverTo(hub: Hub, metrics: Metrics): BrokerEvents {
  const { store, namespaceOf } = metrics;
  const announce = (type: 'join' | 'leave', ...[channel, info]: Parameters<BrokerEvents['onJoin']>): void => {
    const startedAt = metrics.elapsed();
    hub.announce(type, channel, info);
    const namespace = namespaceOf(channel);
    store.count('centrifugo_node_messages_received_count', type, namespace);
    const duration = store.spread('centrifugo_node_broadcast_duration_seconds', type, namespace);
    duration.observe(metrics.secondsSince(startedAt), 1);
  };
  return {
    onPublication(channel, arrived) {
      const startedAt = metrics.elapsed();
      const { received, delivered, filtered, lag, duration } = metrics.broadcast(channel);
      received.value += 1;
      lag.observe(arrived.lagMs / 1000, 1);
      delivered.value += hub.publish(channel, arrived, { since: startedAt - arrived.lagMs, filtered });
      duration.observe(metrics.secondsSince(startedAt), 1);
    },
    onJoin: (channel, info) => announce('join', channel, info),
    onLeave: (channel, info) => announce('leave', channel, info),
  };
}
