// Decides what happens when somebody asks a running gateway to read its configuration again.
import type { GatewayConfig } from '@parley/gateway';
import type { Logger } from 'pino';
import type { LoadedGateway } from './config/load.ts';

/** What a reload works with. `apply` puts a good configuration into force, or says why it cannot. */
export interface ReloadPorts {
  readonly log: Logger;
  /** What the process was started with. */
  readonly started: GatewayConfig;
  load(): LoadedGateway;
  apply(config: GatewayConfig): readonly string[];
}

/**
 * Reads everything again. A configuration with a problem is refused as a whole, and the old one stays. What only a restart
 * puts into force is named.
 *
 * @returns whether the new configuration is in force
 */
export function reload(ports: ReloadPorts): boolean {
  const { log } = ports;
  const loaded = ports.load();
  for (const warning of loaded.warnings) log.warn(warning);
  const problems = loaded.ok ? ports.apply(loaded.config) : loaded.problems;
  for (const problem of problems) log.error(problem);
  if (problems.length > 0) log.error('the new configuration is refused; the old one stays in force');
  else {
    log.info('the new options of client and channel are in force');
    const later = loaded.ok ? changedSections(ports.started, loaded.config) : [];
    if (later.length > 0) log.warn(`changed, and waiting for a restart: ${later.join(', ')}`);
  }
  return problems.length === 0;
}

/** Sections with a difference that a running process does not take over. */
function changedSections(before: GatewayConfig, after: GatewayConfig): string[] {
  const fixed = ({ client, channel, ...sections }: GatewayConfig): Record<string, unknown> => ({
    ...sections,
    'client.proxy': client.proxy,
    'channel.proxy': channel.proxy,
  });
  const [old, next] = [fixed(before), fixed(after)];
  return Object.keys(old).filter((name) => JSON.stringify(old[name]) !== JSON.stringify(next[name]));
}
