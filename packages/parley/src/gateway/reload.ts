// Decides what happens when somebody asks a running gateway to read its configuration again.
import type { GatewayConfig } from '@parley/gateway';
import type { Logger } from 'pino';
import type { LoadedGateway } from './config/load.ts';

/** What a reload works with. `apply` puts a good configuration into force, or says why it cannot. */
export interface ReloadPorts {
  readonly log: Logger;
  load(): LoadedGateway;
  apply(config: GatewayConfig): readonly string[];
}

/**
 * Reads everything again. A configuration with a problem is refused as a whole, and the old one stays.
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
  else log.info('the new configuration is in force; listeners and transports keep the old one until a restart');
  return problems.length === 0;
}
