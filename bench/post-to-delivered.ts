// Measures the way of a durable message: from its POST to the frame on a subscriber's socket, on an idle server.
import { createRoom, join, send, setUp, subscribe } from '../e2e/support/account.ts';
import { startServer, until } from '../e2e/support/server.ts';
import { below, median, numberOption, percentile, report } from './harness/report.ts';
import { cpuMicroseconds } from './harness/process-cpu.ts';

const messages = numberOption('messages', 500);

const server = await startServer({ LOG_LEVEL: 'warn', PARLEY_RATE_LIMIT_FACTOR: '1000' });
try {
  const ana = await setUp(server.url, server.setupLink());
  const room = await createRoom(ana, 'bench');
  const bo = await join(server.url, ana, 'Bo', room.id);
  const arrivals = new Map<string, number>();
  const subscriber = await subscribe(server.url, bo, room.channel, (data) => {
    const event = data as { type: string; data: { message?: { clientMessageId: string } } };
    if (event.data.message) arrivals.set(event.data.message.clientMessageId, performance.now());
  });
  const measure = async (name: string, count: number): Promise<number[]> => {
    const delays: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const id = `${name}-${index}-00000000`;
      const start = performance.now();
      const answered = send(ana, room.id, id);
      const arrived = await until('delivery', () => arrivals.get(id));
      delays.push(arrived - start);
      await answered;
    }
    return delays;
  };
  await measure('warm', 50);
  const before = cpuMicroseconds(server.pid());
  const delays = await measure('run', messages);
  const cpu = (cpuMicroseconds(server.pid()) - before) / messages;
  subscriber.close();
  report([
    { name: 'post-to-delivered p50', unit: 'ms', value: median(delays) },
    below({ name: 'post-to-delivered p99', unit: 'ms', value: percentile(delays, 0.99), target: 30 }),
    { name: 'post-to-delivered server CPU', unit: 'µs/message', value: cpu },
  ]);
} finally {
  await server.close();
}
