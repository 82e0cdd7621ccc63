// Measures what an idle connection with one subscription costs in resident memory, beside bare ws.
import { once } from 'node:events';
import { ask, startChild } from './harness/child.ts';
import { below, numberOption, report } from './harness/report.ts';
import type { Usage } from './harness/server-child.ts';

const connections = numberOption('connections', 5_000);
const warmUp = 200;

/** Resident bytes per connection of a server in a process of its own, after collections. */
async function bytesPerConnection(kind: 'gateway' | 'bare-ws'): Promise<number> {
  const server = startChild('./server-child.ts', { args: [kind], execArgv: ['--expose-gc'] });
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];
  const clients = startChild('./connect-child.ts');
  await ask(clients, { port, from: 0, count: warmUp });
  const before = await ask<Usage>(server, 'usage');
  await ask(clients, { port, from: warmUp, count: connections });
  const after = await ask<Usage>(server, 'usage');
  if (after.connections < connections) throw new Error(`only ${after.connections} connections stand`);
  clients.kill();
  server.kill();
  return (after.rss - before.rss) / connections;
}

const floor = (await bytesPerConnection('bare-ws')) / 1024;
const value = (await bytesPerConnection('gateway')) / 1024;
report([below({ name: `idle connection at ${connections}`, unit: 'KB RSS', value, floor, target: 16 })]);
process.exit();
