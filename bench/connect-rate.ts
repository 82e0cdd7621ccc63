// Measures what a connect with token and subscription costs, beside a bare ws upgrade with one message each way.
import type { ChildProcess } from 'node:child_process';
import { ask, startChild } from './harness/child.ts';
import { beside, median, numberOption, report } from './harness/report.ts';
import { ServerProcess } from './harness/server.ts';

const connects = numberOption('connects', 1_000);
const rounds = numberOption('rounds', 5);

interface Pair {
  readonly server: ServerProcess;
  readonly clients: ChildProcess;
  readonly results: number[];
}

async function startPair(kind: 'gateway' | 'bare-ws'): Promise<Pair> {
  return { server: await ServerProcess.start(kind), clients: startChild('./connect-child.ts'), results: [] };
}

/** CPU microseconds of the server per connect. */
async function connectRound({ server, clients }: Pair, round: number): Promise<number> {
  const before = await server.usage();
  await ask(clients, { port: server.port, from: round * connects, count: connects });
  const after = await server.usage();
  return (after.cpu - before.cpu) / connects;
}

const bare = await startPair('bare-ws');
const gateway = await startPair('gateway');
for (let round = 0; round <= rounds; round += 1) {
  for (const pair of [bare, gateway]) {
    const value = await connectRound(pair, round);
    // The first round warms up.
    if (round > 0) pair.results.push(value);
  }
}
report([
  beside({
    name: 'connect with token and subscribe',
    unit: 'µs CPU/connect',
    value: median(gateway.results),
    floor: median(bare.results),
    target: 1.5,
  }),
]);
await Promise.all([bare.server.end(), gateway.server.end()]);
process.exit();
