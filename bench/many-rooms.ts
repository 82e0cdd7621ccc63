// Measures latency at a fixed rate: many connections spread over many rooms.
import { setTimeout as delay } from 'node:timers/promises';
import { ask, startChild } from './harness/child.ts';
import { numberOption, report } from './harness/report.ts';
import type { AgesResult } from './harness/ages-child.ts';
import { listenGateway } from './harness/servers.ts';

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

const start = performance.now();
const before = process.cpuUsage();
let sent = 0;
while (performance.now() - start < seconds * 1000) {
  const due = Math.floor(((performance.now() - start) / 1000) * messagesPerSecond);
  for (; sent < due; sent += 1) {
    const at = performance.timeOrigin + performance.now();
    await gateway.serverApi.call('publish', { channel: `room-${sent % rooms}`, data: { at, text: 'x'.repeat(100) } });
  }
  await delay(1);
}
const { user, system } = process.cpuUsage(before);
const expected = gateway.stats().delivered;
let result: AgesResult;
do {
  await delay(20);
  result = await ask<AgesResult>(child, 'result');
} while (result.received < expected && performance.now() - start < (seconds + 10) * 1000);
if (result.received !== expected) throw new Error(`${expected} deliveries, ${result.received} received`);

const load = `${connections} connections, ${rooms} rooms, ${messagesPerSecond}/s`;
report([
  { name: `${load}: p50`, unit: 'ms', value: result.p50 },
  { name: `${load}: p99`, unit: 'ms', value: result.p99 },
  { name: `${load}: CPU`, unit: 'µs CPU/delivery', value: (user + system) / expected },
]);
process.exit();
