// Decides what a configuration of the gateway is: the whole table, read and checked.
import { checkChannels } from './config/checks-channel.ts';
import { checkClient } from './config/checks-client.ts';
import { checkProxies } from './config/checks-proxy.ts';
import { checkRateLimits } from './config/checks-rate-limit.ts';
import { checkServer } from './config/checks-server.ts';
import type { ConfigSources } from './config/fields.ts';
import { type Findings, readSettings } from './config/read.ts';
import { type GatewayConfig, table } from './config/table.ts';

export type { ChannelOptions, GatewayConfig, GatewayConfigInput } from './config/table.ts';

/**
 * A configuration that is good to start with, or every reason why it is not, each naming its option. Warnings name
 * options that are not known; they have no effect.
 */
export type ReadConfig =
  | { ok: true; config: GatewayConfig; warnings: readonly string[] }
  | { ok: false; problems: readonly string[]; warnings: readonly string[] };

/** Reads options, fills in the defaults and looks for combinations that cannot work. */
export function readGatewayConfig(input: unknown, sources: ConfigSources = {}): ReadConfig {
  const findings: Findings = { problems: [], warnings: [] };
  const { problems, warnings } = findings;
  const config = readSettings(table, input, { findings, sources });
  checkServer(config, problems);
  checkClient(config, problems);
  checkRateLimits(config, problems);
  checkChannels(config, problems);
  checkProxies(config, problems);
  return problems.length === 0 ? { ok: true, config, warnings } : { ok: false, problems, warnings };
}
