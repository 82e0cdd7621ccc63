// Measures what a delivery costs: one channel with many subscribers, beside writing one precomputed frame to each raw socket.
import { setTimeout as delay } from 'node:timers/promises';
import { ask, startChild } from './harness/child.ts';
import { beside, median, numberOption, report } from './harness/report.ts';
import { listenGateway, listenTcp } from './harness/servers.ts';

const subscribers = numberOption('subscribers', 1_000);
const turns = numberOption('turns', 60);
const rounds = numberOption('rounds', 5);
const channel = 'fan-out';
const data = { text: 'x'.repeat(100), at: 1_700_000_000_000 };

const gateway = await listenGateway();
const tcp = await listenTcp();
const child = startChild('./drain.ts');
await ask(child, { kind: 'tcp', port: tcp.port, count: subscribers, channel });
await ask(child, { kind: 'gateway', port: gateway.port, count: subscribers, channel });
while (gateway.gateway.stats().subscriptions < subscribers || tcp.sockets.length < subscribers) await delay(5);

const payload = Buffer.from(JSON.stringify({ push: { channel, pub: { data } } }));
const frame = Buffer.concat([Buffer.from([0x81, 126, payload.length >> 8, payload.length & 0xff]), payload]);

function floorRound(): Promise<number> {
  return measure(turns, 1, () => {
    for (const socket of tcp.sockets) socket.write(frame);
  });
}

function gatewayRound(messagesPerTurn: number): Promise<number> {
  return measure(turns, messagesPerTurn, () => {
    for (let sent = 0; sent < messagesPerTurn; sent += 1)
      void gateway.gateway.serverApi.call('publish', { channel, data });
  });
}

/** CPU microseconds of this process per delivery. */
async function measure(turnCount: number, messagesPerTurn: number, turn: () => void): Promise<number> {
  await drained();
  const before = process.cpuUsage();
  for (let count = 0; count < turnCount; count += 1) {
    turn();
    // Two turns of the loop: what was queued in the first is written at its end.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (turnCount * messagesPerTurn * subscribers);
}

/** Waits until the child has taken everything, so that no round pays for the one before. */
async function drained(): Promise<void> {
  for (let before = -1; ;) {
    const { received } = await ask<{ received: number }>(child, 'received?');
    if (received === before) return;
    before = received;
    await delay(50);
  }
}

const results = { floor: [] as number[], one: [] as number[], ten: [] as number[] };
for (let round = -1; round < rounds; round += 1) {
  const measured = { floor: await floorRound(), one: await gatewayRound(1), ten: await gatewayRound(10) };
  // The first round warms up.
  if (round < 0) continue;
  for (const name of ['floor', 'one', 'ten'] as const) results[name].push(measured[name]);
}
const { slowDisconnects, subscriptions } = gateway.gateway.stats();
if (slowDisconnects > 0 || subscriptions !== subscribers)
  throw new Error('subscribers were lost: the figures mean nothing');

const floor = median(results.floor);
report([
  beside({
    name: 'fan-out, 1 message per turn',
    unit: 'µs CPU/delivery',
    value: median(results.one),
    floor,
    target: 1.35,
  }),
  beside({
    name: 'fan-out, 10 messages per turn',
    unit: 'µs CPU/delivery',
    value: median(results.ten),
    floor,
    target: 0.35,
  }),
]);
process.exit();
