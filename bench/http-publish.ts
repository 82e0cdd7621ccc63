// Measures what a publish over HTTP costs without subscribers, with history, beside a bare node:http server that echoes.
import { HttpLoad, postRequest } from './harness/http-load.ts';
import { atLeast, beside, median, numberOption, report } from './harness/report.ts';
import { ServerProcess } from './harness/server.ts';
import { apiKey } from './harness/servers.ts';
import { payload as data } from './harness/subscribers.ts';

const requests = numberOption('requests', 19_200);
const rounds = numberOption('rounds', 5);
const CONNECTIONS = 8;
const PIPELINED = 16;
const request = postRequest('/api/publish', { channel: 'orders', data }, { 'X-API-Key': apiKey });
const config = { channel: { without_namespace: { history_size: 100, history_ttl: '10m' } } };

interface Contestant {
  readonly server: ServerProcess;
  readonly cpu: number[];
  readonly perSecond: number[];
}

async function start(kind: 'gateway' | 'bare-http'): Promise<Contestant> {
  return { server: await ServerProcess.start(kind, { config }), cpu: [], perSecond: [] };
}

async function measure({ server, cpu, perSecond }: Contestant, round: number): Promise<void> {
  const load = await HttpLoad.open(server.port, CONNECTIONS);
  const before = await server.usage();
  const startedAt = performance.now();
  await load.send(() => request, requests, PIPELINED);
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = await server.usage();
  load.close();
  // The first round warms up.
  if (round < 0) return;
  cpu.push((after.cpu - before.cpu) / requests);
  perSecond.push(requests / seconds);
}

const gateway = await start('gateway');
const bare = await start('bare-http');
for (let round = -1; round < rounds; round += 1) {
  for (const contestant of [gateway, bare]) await measure(contestant, round);
}
const value = median(gateway.cpu);
const floor = median(bare.cpu);
report([
  beside({ name: 'publish over HTTP, history on', unit: 'µs CPU/request', value, floor }),
  atLeast({
    name: 'publish over HTTP, on one core',
    unit: 'requests/CPU s',
    value: 1e6 / value,
    floor: 1e6 / floor,
    target: 12_000,
  }),
  {
    name: 'publish over HTTP, with the load beside it',
    unit: 'requests/s',
    value: median(gateway.perSecond),
    floor: median(bare.perSecond),
  },
]);
await Promise.all([gateway.server.end(), bare.server.end()]);
process.exit();
