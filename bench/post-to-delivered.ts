// Measures the way of a durable message: from its POST to the frame on a subscriber's socket, on an idle server, beside a bare one.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { callApi, createRoom, join, send, setUp, subscribe } from '../e2e/support/account.ts';
import { startServer } from '../e2e/support/server.ts';
import { startChild } from './harness/child.ts';
import type { FloorPorts } from './harness/durable-floor-child.ts';
import { below, beside, median, numberOption, percentile, report } from './harness/report.ts';
import { cpuMicroseconds } from './harness/process-cpu.ts';

const messages = numberOption('messages', 1_000);
const warmUp = numberOption('warm-up', 300);
const pauseMs = numberOption('pause', 10);
const DEADLINE_MS = 15_000;

/** One way to send a message and to learn that it has arrived. */
interface Way {
  pid: number;
  post(id: string): Promise<unknown>;
}

const arrivals = new Map<string, (at: number) => void>();
const arrived = (id: string): void => arrivals.get(id)?.(performance.now());

/** Milliseconds from the POST to the arrival. */
async function sendOne(way: Way, id: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const deadline = setTimeout(() => reject(new Error(`${id} did not arrive in ${DEADLINE_MS} ms`)), DEADLINE_MS);
  arrivals.set(id, resolve);
  const start = performance.now();
  const [at] = await Promise.all([promise, way.post(id)]);
  clearTimeout(deadline);
  arrivals.delete(id);
  return at - start;
}

const server = await startServer({ NODE_ENV: '', LOG_LEVEL: 'warn', PARLEY_RATE_LIMIT_FACTOR: '1000' });
const floor = startChild('./durable-floor-child.ts');
try {
  const [ports] = (await once(floor, 'message')) as [FloorPorts];
  const floorSocket = connect(ports.subscribe, '127.0.0.1');
  floorSocket.on('data', (body: Buffer) =>
    arrived((JSON.parse(body.toString()) as { clientMessageId: string }).clientMessageId),
  );
  await once(floorSocket, 'connect');
  const ana = await setUp(server.url, server.setupLink());
  const room = await createRoom(ana, 'bench');
  const bo = await join(server.url, ana, 'Bo', room.id);
  const subscriber = await subscribe(server.url, bo, room.channel, (data) => {
    const event = data as { data: { message?: { clientMessageId: string } } };
    if (event.data.message) arrived(event.data.message.clientMessageId);
  });
  const ways = {
    parley: { pid: server.pid(), post: (id: string) => send(ana, room.id, id) },
    bare: {
      pid: floor.pid ?? 0,
      post: (id: string) =>
        callApi(`http://127.0.0.1:${ports.post}`, { method: 'POST', path: '/', body: { clientMessageId: id } }),
    },
  };
  const delays: Record<keyof typeof ways, number[]> = { parley: [], bare: [] };
  const cpu: Record<keyof typeof ways, number> = { parley: 0, bare: 0 };
  for (let index = -warmUp; index < messages; index += 1) {
    for (const name of ['parley', 'bare'] as const) {
      // Only the own CPU of an idle server counts, so its clock is read right before and at the end.
      if (index === 0) cpu[name] = -cpuMicroseconds(ways[name].pid);
      const took = await sendOne(ways[name], `${name}-${index}-00000000`);
      if (index >= 0) delays[name].push(took);
      await delay(pauseMs);
    }
  }
  for (const name of ['parley', 'bare'] as const) cpu[name] += cpuMicroseconds(ways[name].pid);
  subscriber.close();
  floorSocket.destroy();
  report([
    { name: 'post-to-delivered p50', unit: 'ms', value: median(delays.parley), floor: median(delays.bare) },
    below({
      name: 'post-to-delivered p99',
      unit: 'ms',
      value: percentile(delays.parley, 0.99),
      floor: percentile(delays.bare, 0.99),
      target: 30,
    }),
    beside({
      name: 'post-to-delivered server CPU',
      unit: 'µs CPU/message',
      value: cpu.parley / messages,
      floor: cpu.bare / messages,
    }),
  ]);
} finally {
  await server.close();
  floor.send('end');
}
