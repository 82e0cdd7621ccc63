// Measures latency at a fixed rate: many connections spread over many rooms.
import { setTimeout as delay } from 'node:timers/promises';
import { ask, startChild } from './harness/child.ts';
import { beside, numberOption, report } from './harness/report.ts';
import type { AgesResult } from './harness/ages-child.ts';
import { listenGateway, listenTcp } from './harness/servers.ts';
import { Subscribers } from './harness/subscribers.ts';

const connections = numberOption('connections', 1_000);
const rooms = numberOption('rooms', 100);
const messagesPerSecond = numberOption('rate', 500);
const seconds = numberOption('seconds', 10);

const { gateway, port } = await listenGateway();
const child = startChild('./ages-child.ts');
const greetings = Array.from(
  { length: rooms },
  (_, room) => `{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"room-${room}"}}`,
);
await ask(child, { port, connections, greetings });
while (gateway.stats().subscriptions < connections) await delay(5);

/** Calls `send` with 0, 1, 2 … at the fixed rate; CPU microseconds of this process in all, and how often it was called. */
async function paced(send: (serial: number) => unknown): Promise<{ cpu: number; sent: number }> {
  const start = performance.now();
  const before = process.cpuUsage();
  let sent = 0;
  while (performance.now() - start < seconds * 1000) {
    const due = Math.floor(((performance.now() - start) / 1000) * messagesPerSecond);
    for (; sent < due; sent += 1) await send(sent);
    await delay(1);
  }
  const { user, system } = process.cpuUsage(before);
  return { cpu: user + system, sent };
}

/** The floor: the same rate, one precomputed frame written to each raw socket of a room. */
async function measureFloor(): Promise<number> {
  const tcp = await listenTcp();
  const clients = new Subscribers();
  await clients.connect({ port: tcp.port, count: connections });
  while (tcp.sockets.length < connections) await delay(5);
  const frame = Buffer.alloc(230, 'x');
  const size = connections / rooms;
  const { cpu, sent } = await paced((serial) => {
    const first = (serial % rooms) * size;
    for (const socket of tcp.sockets.slice(first, first + size)) socket.write(frame);
  });
  clients.end();
  return cpu / (sent * size);
}

const floor = await measureFloor();
const { cpu } = await paced((serial) => {
  const at = performance.timeOrigin + performance.now();
  return gateway.serverApi.call('publish', { channel: `room-${serial % rooms}`, data: { at, text: 'x'.repeat(100) } });
});
const expected = gateway.stats().delivered;
const deadline = performance.now() + 10_000;
let result: AgesResult;
do {
  await delay(20);
  result = await ask<AgesResult>(child, 'result');
} while (result.received < expected && performance.now() < deadline);
if (result.received !== expected) throw new Error(`${expected} deliveries, ${result.received} received`);

const load = `${connections} connections, ${rooms} rooms, ${messagesPerSecond}/s`;
report([
  { name: `${load}: p50`, unit: 'ms', value: result.p50 },
  { name: `${load}: p99`, unit: 'ms', value: result.p99 },
  beside({ name: `${load}: CPU`, unit: 'µs CPU/delivery', value: cpu / expected, floor }),
]);
process.exit();
