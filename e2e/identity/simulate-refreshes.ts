// Decides how the long simulation of refreshes is run by hand: `node e2e/identity/simulate-refreshes.ts --refreshes 1000000 --seed 1`.
import { numberOption } from '../../bench/harness/report.ts';
import { simulate } from './refresh-simulation.ts';

const options = { refreshes: numberOption('refreshes', 1_000_000), seed: numberOption('seed', 1) };
const result = await simulate(options);
process.stdout.write(`${JSON.stringify({ ...options, ...result, seconds: Math.round(result.seconds) })}\n`);
if (result.innocent > 0 || result.missed > 0) process.exitCode = 1;
