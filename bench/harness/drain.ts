// A child process of subscribers that only drain. Its parent tells it what to connect to; it counts the bytes.
import { connect } from 'node:net';
import { clientFrame, inParallel, upgrade } from './raw-client.ts';

/** What a parent orders: `tcp` just connects, `gateway` subscribes the channel. */
export interface DrainOrder {
  kind: 'tcp' | 'gateway';
  port: number;
  count: number;
  channel: string;
}

let received = 0;

async function drainOne({ kind, port, channel }: DrainOrder): Promise<void> {
  const socket = kind === 'tcp' ? connect(port, '127.0.0.1') : await upgrade(port, '/connection/websocket');
  if (kind === 'gateway')
    socket.write(clientFrame(`{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"${channel}"}}`));
  socket.on('error', () => process.exit(1));
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
}

process.on('message', (order: DrainOrder | 'received?') => {
  if (order === 'received?') process.send?.({ received });
  else void inParallel(order.count, 50, () => drainOne(order)).then(() => process.send?.({ connected: order.kind }));
});
