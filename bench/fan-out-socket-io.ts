// Measures what a delivery costs beside Socket.IO on the same work: posted over HTTP, to one room of many raw subscribers.
import { HttpLoad, postRequest } from './harness/http-load.ts';
import { beside, median, numberOption, report, textOption } from './harness/report.ts';
import { ServerProcess } from './harness/server.ts';
import { apiKey } from './harness/servers.ts';
import { clientFrame } from './harness/raw-client.ts';
import { type Format, greetingFrame, pathOf, payload as data, Subscribers } from './harness/subscribers.ts';

const subscribers = numberOption('subscribers', 1_000);
const publishes = numberOption('publishes', 320);
const rounds = numberOption('rounds', 5);
const format = textOption<Format>('format', ['json', 'protobuf']);
const channel = 'fan-out';
const request = postRequest('/api/publish', { channel, data }, { 'X-API-Key': apiKey });

interface Shape {
  readonly name: string;
  readonly connections: number;
  readonly depth: number;
  readonly target?: number;
}

/** How publishes come: over so many connections, on each so many at a time. Targets are ratios to Socket.IO. */
const shapes: readonly Shape[] = [
  { name: '1 message a turn', connections: 1, depth: 1, target: 1 },
  { name: '10 messages a turn', connections: 1, depth: 10 },
  { name: '64 in flight', connections: 64, depth: 1, target: 1 / 3 },
];

interface Contestant {
  readonly server: ServerProcess;
  readonly clients: Subscribers;
  readonly results: number[][];
  delivered: number;
}

async function start(kind: 'gateway' | 'socket-io'): Promise<Contestant> {
  const server = await ServerProcess.start(kind);
  const clients = new Subscribers();
  const talk =
    kind === 'gateway'
      ? { path: pathOf(format), greeting: greetingFrame(format, channel) }
      : { path: '/socket.io/?EIO=4&transport=websocket', greeting: clientFrame('40') };
  await clients.connect({ port: server.port, count: subscribers, ...talk });
  await server.hasConnections(subscribers);
  return { server, clients, results: shapes.map(() => []), delivered: 0 };
}

/** CPU microseconds of the server per delivery, with all deliveries made. */
async function measure(contestant: Contestant, { connections, depth }: Shape): Promise<number> {
  const { server, clients } = contestant;
  const load = await HttpLoad.open(server.port, connections);
  const before = await server.usage();
  await load.send(() => request, publishes, depth);
  load.close();
  contestant.delivered += publishes * subscribers;
  await clients.haveReceived(contestant.delivered);
  const after = await server.usage();
  return (after.cpu - before.cpu) / (publishes * subscribers);
}

const parley = await start('gateway');
const socketIo = await start('socket-io');
for (let round = -1; round < rounds; round += 1) {
  for (const [index, shape] of shapes.entries()) {
    for (const contestant of [parley, socketIo]) {
      const value = await measure(contestant, shape);
      // The first round warms up.
      if (round >= 0) contestant.results[index]?.push(value);
    }
  }
}
report(
  shapes.map(({ name, target }, index) =>
    beside({
      name: `fan-out beside Socket.IO, ${format}, ${name}`,
      unit: 'µs CPU/delivery',
      value: median(parley.results[index] ?? []),
      floor: median(socketIo.results[index] ?? []),
      ...(target === undefined ? {} : { target }),
    }),
  ),
);
await Promise.all([parley.server.end(), socketIo.server.end()]);
process.exit();
