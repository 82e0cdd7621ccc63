// A child process of subscribers that note how old each publication is when it arrives; a publication carries its birth as `at`.
import { clientFrame, inParallel, upgrade } from './raw-client.ts';
import { percentile } from './report.ts';

/** What a parent orders: connections that send one of these texts each, by turns, and then listen. */
export interface AgesOrder {
  port: number;
  connections: number;
  greetings: string[];
}

/** Publications received and their ages in milliseconds. */
export interface AgesResult {
  received: number;
  p50: number;
  p99: number;
}

const PING = Buffer.from([0x81, 0x02, 0x7b, 0x7d]);
const pong = clientFrame('{}');
const ages: number[] = [];

process.on('message', (order: AgesOrder | 'result') => {
  if (order === 'result') {
    const result: AgesResult = { received: ages.length, p50: percentile(ages, 0.5), p99: percentile(ages, 0.99) };
    process.send?.(result);
    return;
  }
  const greetings = order.greetings.map(clientFrame);
  void inParallel(order.connections, 50, async (index) => {
    const socket = await upgrade(order.port, '/connection/websocket');
    socket.on('data', (chunk: Buffer) => {
      if (chunk.includes(PING)) socket.write(pong);
      noteAges(chunk);
    });
    socket.write(greetings[index % greetings.length] ?? '');
  }).then(() => process.send?.('connected'));
});

function noteAges(chunk: Buffer): void {
  const now = performance.timeOrigin + performance.now();
  for (const [, at] of chunk.toString('latin1').matchAll(/"at":([\d.]+)/g)) ages.push(now - Number(at));
}
