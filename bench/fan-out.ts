// Measures what a delivery costs: one channel with many subscribers, beside writing one precomputed frame to each raw socket.
import { setTimeout as delay } from 'node:timers/promises';
import { beside, median, numberOption, report, textOption } from './harness/report.ts';
import { listenGateway, listenTcp } from './harness/servers.ts';
import { type Format, greetingFrame, pathOf, payload as data, Subscribers } from './harness/subscribers.ts';

const subscribers = numberOption('subscribers', 1_000);
const turns = numberOption('turns', 60);
const rounds = numberOption('rounds', 5);
const format = textOption<Format>('format', ['json', 'protobuf']);
const channel = 'fan-out';

const gateway = await listenGateway();
const tcp = await listenTcp();
const clients = new Subscribers();
await clients.connect({ port: tcp.port, count: subscribers });
await clients.connect({
  port: gateway.port,
  count: subscribers,
  path: pathOf(format),
  greeting: greetingFrame(format, channel),
});
while (gateway.connections() < subscribers || tcp.sockets.length < subscribers) await delay(5);

const payload = Buffer.from(JSON.stringify({ push: { channel, pub: { data } } }));
const frame = Buffer.concat([Buffer.from([0x81, 126, payload.length >> 8, payload.length & 0xff]), payload]);
let delivered = 0;

function floorRound(): Promise<number> {
  return measure(1, () => {
    for (const socket of tcp.sockets) socket.write(frame);
  });
}

function gatewayRound(messagesPerTurn: number): Promise<number> {
  return measure(messagesPerTurn, () => {
    for (let sent = 0; sent < messagesPerTurn; sent += 1)
      void gateway.gateway.serverApi.call('publish', { channel, data });
  });
}

/** CPU microseconds of this process per delivery. */
async function measure(messagesPerTurn: number, turn: () => void): Promise<number> {
  const before = process.cpuUsage();
  for (let count = 0; count < turns; count += 1) {
    turn();
    // Two turns of the loop: what was queued in the first is written at its end.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(before);
  delivered += turns * messagesPerTurn * subscribers;
  // So that no round pays for the one before.
  await clients.haveReceived(delivered);
  return (user + system) / (turns * messagesPerTurn * subscribers);
}

const results = { floor: [] as number[], one: [] as number[], ten: [] as number[] };
for (let round = -1; round < rounds; round += 1) {
  const measured = { floor: await floorRound(), one: await gatewayRound(1), ten: await gatewayRound(10) };
  // The first round warms up.
  if (round < 0) continue;
  for (const name of ['floor', 'one', 'ten'] as const) results[name].push(measured[name]);
}

const floor = median(results.floor);
const unit = 'µs CPU/delivery';
report([
  beside({ name: `fan-out, ${format}, 1 message a turn`, unit, value: median(results.one), floor, target: 1.2 }),
  beside({ name: `fan-out, ${format}, 10 messages a turn`, unit, value: median(results.ten), floor, target: 0.2 }),
]);
process.exit();
