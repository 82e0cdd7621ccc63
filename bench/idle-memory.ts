// Measures what an idle connection with one subscription costs in resident memory, beside bare ws.
import { ask, startChild } from './harness/child.ts';
import { below, numberOption, report } from './harness/report.ts';
import { ServerProcess } from './harness/server.ts';

const connections = numberOption('connections', 10_000);
const warmUp = 200;

/** Resident bytes per connection of a server in a process of its own, after collections. */
async function bytesPerConnection(kind: 'gateway' | 'bare-ws'): Promise<number> {
  const server = await ServerProcess.start(kind, { execArgv: ['--expose-gc'] });
  const clients = startChild('./connect-child.ts');
  await ask(clients, { port: server.port, from: 0, count: warmUp });
  const before = await server.usage();
  await ask(clients, { port: server.port, from: warmUp, count: connections });
  const after = await server.usage();
  if (after.connections < connections) throw new Error(`only ${after.connections} connections stand`);
  clients.kill();
  await server.end();
  return (after.rss - before.rss) / connections;
}

const floor = (await bytesPerConnection('bare-ws')) / 1024;
const value = (await bytesPerConnection('gateway')) / 1024;
report([below({ name: `idle connection at ${connections}`, unit: 'KB RSS', value, floor, target: 12 })]);
process.exit();
