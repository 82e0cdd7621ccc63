// Decides which proxy of the configuration a question goes to.
import type { GatewayConfig } from '../config.ts';
import type { BackendEvent } from './backend.ts';

/** How one application is asked. */
export type ProxyConfig = GatewayConfig['rpc']['proxy'];

/** A proxy with the option that it stands at, for messages. */
export interface Proxy {
  readonly path: string;
  readonly proxy: ProxyConfig;
}

/** All proxies that have an endpoint. */
export function definedProxies(config: GatewayConfig): Proxy[] {
  const standard = Object.keys(paths).map((event) => standardProxy(config, event as BackendEvent));
  const named = config.proxies.map((proxy) => ({ path: `proxies.${proxy.name}`, proxy }));
  return [...standard, ...named].filter(({ proxy }) => proxy.endpoint !== '');
}

/** The proxy of a name; "default" is the one that stands beside the event. Undefined: there is none. */
export function findProxy(config: GatewayConfig, event: BackendEvent, name: string): Proxy | undefined {
  if (name === 'default') return standardProxy(config, event);
  const proxy = config.proxies.find((candidate) => candidate.name === name);
  return proxy && { path: `proxies.${name}`, proxy };
}

const paths = {
  connect: 'client.proxy.connect',
  refresh: 'client.proxy.refresh',
  subscribe: 'channel.proxy.subscribe',
  publish: 'channel.proxy.publish',
  subRefresh: 'channel.proxy.sub_refresh',
  rpc: 'rpc.proxy',
  mapPublish: 'channel.proxy.map_publish',
  mapRemove: 'channel.proxy.map_remove',
  sharedPollRefresh: 'channel.proxy.shared_poll_refresh',
  disconnect: 'client.proxy.disconnect',
  unsubscribe: 'channel.proxy.unsubscribe',
  channelState: 'channel.proxy.state',
} as const satisfies Record<BackendEvent, string>;

function standardProxy({ client, channel, rpc }: GatewayConfig, event: BackendEvent): Proxy {
  const proxies: Record<BackendEvent, ProxyConfig> = {
    connect: client.proxy.connect,
    refresh: client.proxy.refresh,
    subscribe: channel.proxy.subscribe,
    publish: channel.proxy.publish,
    subRefresh: channel.proxy.sub_refresh,
    rpc: rpc.proxy,
    mapPublish: channel.proxy.map_publish,
    mapRemove: channel.proxy.map_remove,
    sharedPollRefresh: channel.proxy.shared_poll_refresh,
    disconnect: client.proxy.disconnect,
    unsubscribe: channel.proxy.unsubscribe,
    channelState: channel.proxy.state,
  };
  return { path: paths[event], proxy: proxies[event] };
}
