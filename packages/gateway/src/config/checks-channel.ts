// Decides which combinations of channel options cannot work.
import { compilePattern } from '@parley/tokens';
import type { ChannelOptions, GatewayConfig } from './table.ts';
import { checkMap } from './checks-map.ts';
import { checkNames, type Report } from './checks-text.ts';

/** The highest power of a name's length with which the time to match it may grow: names are a stranger's text, and short. */
const maxPatternPower = 3;

/** Looks at all channel options. */
export function checkChannels(config: GatewayConfig, problems: string[]): void {
  const { channel } = config;
  const places = [
    { path: 'channel.without_namespace', options: channel.without_namespace },
    ...channel.namespaces.map((options, index) => ({ path: `channel.namespaces[${index}]`, options })),
  ];
  for (const { path, options } of places) {
    const report = (problem: string) => problems.push(`${path}.${problem}`);
    checkHistory(channel.history_meta_ttl, options, report);
    checkSubscriptions(options, report);
    checkMap(config, options, report);
    checkSharedPoll(config, options, report);
  }
  checkNames('channel.namespaces', channel.namespaces, problems);
}

function checkHistory(metaTtl: number, options: ChannelOptions, report: Report): void {
  const hasHistory = options.history_size > 0 && options.history_ttl > 0;
  if (options.history_size > 0 !== options.history_ttl > 0) report('history_size and history_ttl go together');
  if (options.history_ttl % 1_000 !== 0) report('history_ttl must be whole seconds');
  if (options.history_meta_ttl % 1_000 !== 0) report('history_meta_ttl must be whole seconds');
  if (options.force_recovery && !hasHistory) report('force_recovery needs history_size and history_ttl');
  if (options.force_positioning && !hasHistory) report('force_positioning needs history_size and history_ttl');
  if ((options.history_meta_ttl || metaTtl) < options.history_ttl)
    report('history_meta_ttl must not be below history_ttl');
  if (options.auto_cache_recover && !(options.force_recovery && options.force_recovery_mode === 'cache')) {
    report('auto_cache_recover needs force_recovery and force_recovery_mode "cache"');
  }
}

function checkSubscriptions(options: ChannelOptions, report: Report): void {
  const pattern = compilePattern(options.channel_regex);
  if (!pattern.ok) report(`channel_regex ${pattern.reason}; write it in the syntax of RE2`);
  else if (pattern.pattern.power > maxPatternPower) {
    report(
      `channel_regex takes too long for some names; anchor it with ^, and repeat at most ${maxPatternPower} things, none of which varies`,
    );
  }
  const { subscribe_stream_proxy_enabled: hasStream } = options;
  for (const kind of ['subscribe', 'publish', 'sub_refresh'] as const) {
    if (hasStream && options[`${kind}_proxy_enabled`]) {
      report(`subscribe_stream_proxy_enabled excludes ${kind}_proxy_enabled`);
    }
  }
}

function checkSharedPoll(config: GatewayConfig, options: ChannelOptions, report: Report): void {
  const poll = options.shared_poll;
  if (poll.publish_enabled && poll.mode === 'versionless') report('shared_poll.publish_enabled needs mode "versioned"');
  if (options.subscription_type !== 'shared_poll') return;
  if (config.shared_poll.hmac_secret_key === '') report('subscription_type needs shared_poll.hmac_secret_key');
  if (poll.refresh_interval === 0) report('shared_poll.refresh_interval must be above 0');
}
