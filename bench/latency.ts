// Measures latency under half of the load that the gateway can take: many rooms, published to over HTTP.
import { setTimeout as delay } from 'node:timers/promises';
import type { AgesOrder, AgesResult } from './harness/ages-child.ts';
import { ask, startChild } from './harness/child.ts';
import { HttpLoad, postRequest } from './harness/http-load.ts';
import { below, numberOption, report } from './harness/report.ts';
import { ServerProcess } from './harness/server.ts';
import { apiKey } from './harness/servers.ts';

const connections = numberOption('connections', 1_000);
const rooms = numberOption('rooms', 100);
const seconds = numberOption('seconds', 8);
const IN_FLIGHT = 64;
const CAPACITY_SECONDS = 3;
const size = connections / rooms;

if (connections % rooms !== 0) throw new TypeError('--connections must be a multiple of --rooms');
const server = await ServerProcess.start('gateway');
const child = startChild('./ages-child.ts');
const greetings = Array.from(
  { length: rooms },
  (_, room) => `{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"room-${room}"}}`,
);
await ask(child, { port: server.port, connections, greetings } satisfies AgesOrder);
await server.hasConnections(connections);

/** A publish of this instant. */
function publish(serial: number): Buffer {
  const at = performance.timeOrigin + performance.now();
  const body = { channel: `room-${serial % rooms}`, data: { at, text: 'x'.repeat(100) } };
  return postRequest('/api/publish', body, { 'X-API-Key': apiKey });
}

/** Publishes a second with 64 in flight, everything delivered. */
async function measureCapacity(): Promise<number> {
  const load = await HttpLoad.open(server.port, IN_FLIGHT);
  const startedAt = performance.now();
  let sent = 0;
  for (; performance.now() - startedAt < CAPACITY_SECONDS * 1_000; sent += IN_FLIGHT * 10) {
    await load.send(publish, IN_FLIGHT * 10, 1);
  }
  load.close();
  await received(sent);
  const elapsed = performance.now() - startedAt;
  return sent / (elapsed / 1_000);
}

/** Publishes when each is due, whatever the server does; gives how many. */
async function publishAt(rate: number): Promise<number> {
  const load = await HttpLoad.open(server.port, IN_FLIGHT);
  const startedAt = performance.now();
  let sent = 0;
  while (performance.now() - startedAt < seconds * 1_000) {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * rate);
    for (; sent < due; sent += 1) load.fire(publish(sent), sent);
    await delay(1);
  }
  await delay(100);
  load.close();
  return sent;
}

/** Waits until the subscribers have all of so many publishes; they begin to count anew. */
async function received(publishes: number): Promise<AgesResult> {
  for (let tries = 0; tries < 100; tries += 1) {
    const result = await ask<AgesResult>(child, 'result');
    if (result.received === publishes * size) {
      await ask(child, 'clear');
      return result;
    }
    await delay(100);
  }
  throw new Error(`${publishes * size} deliveries were to arrive`);
}

// The first time warms up.
await measureCapacity();
const capacity = await measureCapacity();
await server.stalls();
const sent = await publishAt(capacity / 2);
const ages = await received(sent);
const stalls = await server.stalls();
const load = `${connections} connections, ${rooms} rooms`;
report([
  { name: `${load}: capacity`, unit: 'publishes/s', value: capacity },
  { name: `${load}: p50 at half of it`, unit: 'ms', value: ages.p50 },
  below({ name: `${load}: p99 at half of it`, unit: 'ms', value: ages.p99, target: 15 }),
  below({ name: `${load}: longest stall of the event loop`, unit: 'ms', value: stalls.max, target: 50 }),
]);
await server.end();
process.exit();
