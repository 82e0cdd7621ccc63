// Measures what a connect with token and subscription costs, beside a bare ws upgrade with one message each way.
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { ask, startChild } from './harness/child.ts';
import { beside, median, numberOption, report } from './harness/report.ts';
import type { Usage } from './harness/server-child.ts';

const connects = numberOption('connects', 1_000);
const rounds = numberOption('rounds', 5);

interface Pair {
  server: ChildProcess;
  clients: ChildProcess;
  port: number;
}

async function startPair(kind: 'gateway' | 'bare-ws'): Promise<Pair> {
  const server = startChild('./server-child.ts', { args: [kind] });
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];
  return { server, clients: startChild('./connect-child.ts'), port };
}

/** CPU microseconds of the server per connect. */
async function connectRound({ server, clients, port }: Pair, round: number): Promise<number> {
  const before = await ask<Usage>(server, 'usage');
  await ask(clients, { port, from: round * connects, count: connects });
  const after = await ask<Usage>(server, 'usage');
  return (after.cpu - before.cpu) / connects;
}

const bare = await startPair('bare-ws');
const gateway = await startPair('gateway');
const floors: number[] = [];
const values: number[] = [];
for (let round = 0; round <= rounds; round += 1) {
  const floor = await connectRound(bare, round);
  const value = await connectRound(gateway, round);
  // The first round warms up.
  if (round === 0) continue;
  floors.push(floor);
  values.push(value);
}
report([
  beside({
    name: 'connect with token and subscribe',
    unit: 'µs CPU/connect',
    value: median(values),
    floor: median(floors),
  }),
]);
process.exit();
