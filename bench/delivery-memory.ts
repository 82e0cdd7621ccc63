// Measures whether deliveries leave anything in memory: the heap before and after a million of them, each time collected.
import { setTimeout as delay } from 'node:timers/promises';
import { HttpLoad, postRequest } from './harness/http-load.ts';
import { below, numberOption, report } from './harness/report.ts';
import { ServerProcess } from './harness/server.ts';
import { apiKey } from './harness/servers.ts';
import { greetingFrame, pathOf, payload as data, Subscribers } from './harness/subscribers.ts';

const subscribers = numberOption('subscribers', 1_000);
const publishes = numberOption('publishes', 1_000);
const channel = 'fan-out';
const request = postRequest('/api/publish', { channel, data }, { 'X-API-Key': apiKey });

const server = await ServerProcess.start('gateway', { execArgv: ['--expose-gc'] });
const clients = new Subscribers();
const greeting = greetingFrame('json', channel);
await clients.connect({ port: server.port, count: subscribers, path: pathOf('json'), greeting });
await server.hasConnections(subscribers);

/** Heap bytes after so many publications have reached everyone. */
async function heapAfter(count: number, total: number): Promise<number> {
  const load = await HttpLoad.open(server.port, 8);
  await load.send(() => request, count, 1);
  load.close();
  await clients.haveReceived(total * subscribers);
  await delay(200);
  return (await server.usage()).heapUsed;
}

// Code that is compiled and caches that fill belong to the first deliveries, not to each.
const warmUp = publishes;
const before = await heapAfter(warmUp, warmUp);
const after = await heapAfter(publishes, warmUp + publishes);
report([
  below({
    name: `heap kept by ${publishes * subscribers} deliveries`,
    unit: 'bytes/delivery',
    value: Math.max(0, after - before) / (publishes * subscribers),
    target: 0.2,
  }),
]);
await server.end();
process.exit();
