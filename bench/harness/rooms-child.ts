// A child process of subscribers in rooms that note how old each publication is when it arrives.
import { clientFrame, inParallel, upgrade } from './raw-client.ts';
import { percentile } from './report.ts';

/** What a parent orders. */
export interface RoomsOrder {
  port: number;
  connections: number;
  rooms: number;
}

/** Publications received and their ages in milliseconds. */
export interface RoomsResult {
  received: number;
  p50: number;
  p99: number;
}

const ages: number[] = [];

process.on('message', (order: RoomsOrder | 'result') => {
  if (order === 'result') {
    const result: RoomsResult = { received: ages.length, p50: percentile(ages, 0.5), p99: percentile(ages, 0.99) };
    process.send?.(result);
    return;
  }
  void inParallel(order.connections, 50, async (index) => {
    const socket = await upgrade(order.port, '/connection/websocket');
    socket.on('data', noteAges);
    socket.write(clientFrame(`{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"room-${index % order.rooms}"}}`));
  }).then(() => process.send?.('connected'));
});

function noteAges(chunk: Buffer): void {
  const now = performance.timeOrigin + performance.now();
  for (const [, at] of chunk.toString('latin1').matchAll(/"at":([\d.]+)/g)) ages.push(now - Number(at));
}
