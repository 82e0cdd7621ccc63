// Decides which limits of rates cannot work.
import type { GatewayConfig } from './table.ts';

type RateLimit = GatewayConfig['client']['rate_limit'];
type Limit = RateLimit['client_error']['total'];

const minIntervalMs = 1_000;
const maxIntervalMs = 3_600_000;

/** Looks at every bucket, in use or not. */
export function checkRateLimits({ client }: Pick<GatewayConfig, 'client'>, problems: string[]): void {
  const { client_command: ofClient, user_command: ofUser, client_error: errors } = client.rate_limit;
  checkCommands('client.rate_limit.client_command', ofClient, problems);
  checkCommands('client.rate_limit.user_command', ofUser, problems);
  checkLimit('client.rate_limit.client_error.total', errors.total, problems);
}

function checkCommands(path: string, commands: RateLimit['client_command'], problems: string[]): void {
  const { enabled: _enabled, ...limits } = commands;
  for (const [name, limit] of Object.entries(limits)) checkLimit(`${path}.${name}`, limit, problems);
  commands.rpc.method_overrides.forEach((override, index) => {
    const place = `${path}.rpc.method_overrides[${index}]`;
    if (override.method === '') problems.push(`${place}.method is missing`);
    checkLimit(place, override, problems);
  });
}

function checkLimit(path: string, { enabled, buckets }: Limit, problems: string[]): void {
  if (enabled && buckets.length === 0) problems.push(`${path}.buckets is missing`);
  buckets.forEach(({ interval, rate }, index) => {
    const place = `${path}.buckets[${index}]`;
    if (interval < minIntervalMs || interval > maxIntervalMs) problems.push(`${place}.interval must be from 1s to 1h`);
    if (rate < 1) problems.push(`${place}.rate must be above 0`);
  });
}
