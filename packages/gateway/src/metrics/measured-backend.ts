// Decides what is counted when the application is asked: how long it took, what runs, what failed.
import type { Ask, Backend, BackendEvent } from '../backend/backend.ts';
import { findProxy } from '../backend/proxies.ts';
import type { GatewayConfig } from '../config.ts';
import { inProcessEndpoint } from '../config/proxy-text.ts';
import type { Metrics } from './metrics.ts';

/** The same backend, counted under the names that the configuration gives to proxies. */
export function measureBackend(backend: Backend, metrics: Metrics, config: GatewayConfig): Backend {
  const measured = <Event extends BackendEvent>(event: Event, ask: Ask<Event>): Ask<Event> => {
    const labelsOf = (proxy: string) => [protocolOf(config, event, proxy), typeOf(event), proxy] as const;
    return async (proxy, call) => timed(metrics, labelsOf(proxy), () => ask(proxy, call));
  };
  return {
    connect: measured('connect', backend.connect),
    refresh: measured('refresh', backend.refresh),
    subscribe: measured('subscribe', backend.subscribe),
    publish: measured('publish', backend.publish),
    subRefresh: measured('subRefresh', backend.subRefresh),
    rpc: measured('rpc', backend.rpc),
    mapPublish: measured('mapPublish', backend.mapPublish),
    mapRemove: measured('mapRemove', backend.mapRemove),
    disconnect: measured('disconnect', backend.disconnect),
    unsubscribe: measured('unsubscribe', backend.unsubscribe),
    channelState: measured('channelState', backend.channelState),
    sharedPollRefresh: measured('sharedPollRefresh', countItems(backend.sharedPollRefresh, metrics)),
  };
}

function countItems(ask: Ask<'sharedPollRefresh'>, { store }: Metrics): Ask<'sharedPollRefresh'> {
  return async (proxy, call) => {
    store.spread('centrifugo_shared_poll_proxy_request_items', proxy).observe(call.items.length, 1);
    const answer = await ask(proxy, call);
    const items = answer.ok ? (answer.result?.items.length ?? 0) : 0;
    store.spread('centrifugo_shared_poll_proxy_response_items', proxy).observe(items, 1);
    return answer;
  };
}

type Labels = readonly [protocol: string, type: string, name: string];

async function timed<Answer>(metrics: Metrics, labels: Labels, ask: () => Promise<Answer>): Promise<Answer> {
  const { store } = metrics;
  const inflight = store.cell('centrifugo_proxy_inflight_requests', ...labels);
  const startedAt = metrics.elapsed();
  inflight.value += 1;
  try {
    return await ask();
  } catch (error) {
    store.count('centrifugo_proxy_errors', ...labels);
    throw error;
  } finally {
    inflight.value -= 1;
    store.took('centrifugo_proxy_duration_seconds', metrics.secondsSince(startedAt), ...labels);
  }
}

function protocolOf(config: GatewayConfig, event: BackendEvent, proxy: string): string {
  return findProxy(config, event, proxy)?.proxy.endpoint === inProcessEndpoint ? 'in_process' : 'http';
}

// As the configuration and Centrifugo write it.
function typeOf(event: BackendEvent): string {
  return event.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
