// Metrics for tests that need some and look at none.
import { readGatewayConfig } from '../config.ts';
import { Metrics } from '../metrics/metrics.ts';
import { createFakeClock } from './fake-clock.ts';

/** Metrics of a gateway without namespaces; time stands still. */
export function createTestMetrics(): Metrics {
  const read = readGatewayConfig({});
  if (!read.ok) throw new Error(read.problems.join('; '));
  return new Metrics({ config: read.config, clock: createFakeClock(), elapsed: () => 0 });
}
