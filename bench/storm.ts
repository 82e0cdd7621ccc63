// Measures a storm: all clients lose their connections, come back in the same instant with token and subscription, and recover what they missed.
import { setTimeout as delay } from 'node:timers/promises';
import { ask, startChild } from './harness/child.ts';
import { HttpLoad, postRequest } from './harness/http-load.ts';
import { atLeast, below, median, numberOption, percentile, report } from './harness/report.ts';
import { ServerProcess } from './harness/server.ts';
import { apiKey } from './harness/servers.ts';
import type { StormOrder, StormResult } from './harness/storm-child.ts';
import { payload as data } from './harness/subscribers.ts';

const clients = numberOption('clients', 5_000);
const rooms = numberOption('rooms', 50);
const missed = numberOption('missed', 10);
const config = {
  client: { insecure: false },
  channel: {
    without_namespace: {
      history_size: 100,
      history_ttl: '10m',
      allow_subscribe_for_client: true,
      allow_recovery: true,
    },
  },
};

const server = await ServerProcess.start('gateway', { config });
const child = startChild('./storm-child.ts');
const order: StormOrder = { port: server.port, clients, rooms, missed };
await ask(child, { order, step: 'arrive' });
await server.hasConnections(clients);
await ask(child, { order, step: 'drop' });
while ((await server.usage()).connections > 0) await delay(20);

const load = await HttpLoad.open(server.port, 1);
for (let room = 0; room < rooms; room += 1) {
  const request = postRequest('/api/publish', { channel: `room-${room}`, data }, { 'X-API-Key': apiKey });
  await load.send(() => request, missed, 1);
}
load.close();

await server.stalls();
const before = await server.usage();
const result = await ask<StormResult>(child, { order, step: 'storm' });
const after = await server.usage();
const stalls = await server.stalls();
if (result.failures.length > 0) console.error(result.failures.join('; '));
const name = `storm of ${clients} clients, ${missed} missed each`;
report([
  atLeast({ name: `${name}: recovered`, unit: 'clients', value: result.recovered, target: clients }),
  { name: `${name}: half are back`, unit: 'ms', value: median(result.timesMs) },
  below({ name: `${name}: all are back`, unit: 'ms', value: percentile(result.timesMs, 1), target: 5_000 }),
  { name: `${name}: server CPU`, unit: 'µs CPU/client', value: (after.cpu - before.cpu) / clients },
  { name: `${name}: longest stall`, unit: 'ms', value: stalls.max },
]);
await server.end();
process.exit();
