// Decides which combinations of the options of maps cannot work.
import type { ChannelOptions, GatewayConfig } from './table.ts';
import type { Report } from './checks-text.ts';
import { mapSettings } from './map-settings.ts';

const mapTypes: readonly string[] = ['map', 'map_clients', 'map_users'];

/** Looks at the map options of one namespace, and at where it keeps presence in maps. */
export function checkMap(config: GatewayConfig, options: ChannelOptions, report: Report): void {
  checkPresencePrefixes(config, options, report);
  if (options.map.remove_client_on_unsubscribe && options.subscription_type !== 'map') {
    report('map.remove_client_on_unsubscribe needs subscription_type "map"');
  }
  if (!mapTypes.includes(options.subscription_type)) return;
  checkMode(options, report);
  checkLifetimes(options, report);
  const { map } = options;
  if (map.min_page_size > map.default_page_size || map.default_page_size > map.max_page_size) {
    report('map.min_page_size, default_page_size and max_page_size must ascend');
  }
  if (map.client_key !== '' && (map.publish_proxy_enabled || map.remove_proxy_enabled)) {
    report('map.client_key excludes publish_proxy_enabled and remove_proxy_enabled');
  }
}

function checkMode({ map, subscription_type: type }: ChannelOptions, report: Report): void {
  if (map.mode === '') report('map.mode must be set: "ephemeral", "recoverable" or "persistent"');
  if (map.mode === 'persistent' && type !== 'map') report(`map.mode "persistent" is not for ${type}`);
  const hasKeyTtl = map.key_ttl > 0;
  if (map.mode === 'persistent' && hasKeyTtl) report('map.key_ttl is not for mode "persistent"');
  if ((map.mode === 'ephemeral' || map.mode === 'recoverable') && !hasKeyTtl) {
    report(`map.key_ttl must be set for mode "${map.mode}"`);
  }
}

function checkLifetimes({ map }: ChannelOptions, report: Report): void {
  if (map.mode === 'ephemeral') {
    for (const name of ['stream_size', 'stream_ttl', 'meta_ttl'] as const) {
      if (map[name] > 0) report(`map.${name} is not for mode "ephemeral"`);
    }
  }
  if (map.mode === 'persistent' && map.meta_ttl > 0) report('map.meta_ttl is not for mode "persistent"');
  if (map.mode !== 'recoverable' || map.meta_ttl === 0) return;
  if (map.meta_ttl < mapSettings({ map }).streamTtlMs) report('map.meta_ttl must not be below stream_ttl');
  if (map.meta_ttl < map.key_ttl) report('map.meta_ttl must not be below key_ttl');
}

function checkPresencePrefixes({ channel }: GatewayConfig, options: ChannelOptions, report: Report): void {
  for (const type of ['map_clients', 'map_users'] as const) {
    const prefix = options[`${type}_presence_channel_prefix`];
    if (prefix === '') continue;
    const boundary = prefix.indexOf(channel.namespace_boundary);
    const name = prefix.slice(0, Math.max(boundary, 0));
    const target =
      boundary === -1 ? channel.without_namespace : channel.namespaces.find((known) => known.name === name);
    if (target === undefined) report(`${type}_presence_channel_prefix: no namespace ${name}`);
    else if (target.subscription_type !== type) {
      report(`${type}_presence_channel_prefix: its namespace must have subscription_type "${type}"`);
    }
  }
}
