// A child process of subscribers that only count what arrives. Its parent tells it what to connect to and what to say first.
import { connect } from 'node:net';
import { MarkCounter } from './mark-counter.ts';
import { inParallel, upgrade } from './raw-client.ts';

/** What a parent orders: `count` connections that send `greeting` and then count. */
export interface SubscribersOrder {
  port: number;
  count: number;
  /** Where to ask for a WebSocket; absent: plain TCP. */
  path?: string;
  /** A finished frame in base64; "" says nothing. */
  greeting: string;
  /** Stands once in each message. */
  mark: string;
}

/** What has arrived at all connections together. */
export interface Received {
  bytes: number;
  messages: number;
}

const received: Received = { bytes: 0, messages: 0 };

async function subscribeOne({ port, path, greeting, mark }: SubscribersOrder): Promise<void> {
  const socket = path === undefined ? connect(port, '127.0.0.1') : await upgrade(port, path);
  const counter = new MarkCounter(mark);
  socket.on('error', () => process.exit(1));
  socket.on('data', (chunk: Buffer) => {
    received.bytes += chunk.length;
    received.messages += counter.count(chunk);
  });
  if (greeting !== '') socket.write(Buffer.from(greeting, 'base64'));
}

process.on('message', (order: SubscribersOrder | 'received?') => {
  if (order === 'received?') process.send?.(received);
  else void inParallel(order.count, 50, () => subscribeOne(order)).then(() => process.send?.('connected'));
});
